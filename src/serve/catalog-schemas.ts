/** What goes over the wire of items and people, and what is known of them. */
import Type, { type Static, type TSchema } from "typebox";

const strict = { additionalProperties: false };

const FieldValue = Type.Union([
  Type.String({ maxLength: 4096 }),
  Type.Number(),
  Type.Boolean(),
  Type.Array(Type.String({ maxLength: 256 }), { maxItems: 256 }),
  Type.Array(Type.Number(), { maxItems: 4096, description: "a vector" }),
]);
/** Conditions name those that are no words in brackets: item["release year"]. */
const FIELD_NAME = "^[A-Za-z0-9_][A-Za-z0-9_ .:/()-]{0,63}$";
const fieldsOf = <T extends TSchema>(value: T, description: string) =>
  Type.Object(
    { fields: Type.Record(Type.String({ pattern: FIELD_NAME }), value, { maxProperties: 64, description, ...strict }) },
    strict,
  );

export const PutBody = fieldsOf(
  FieldValue,
  "all that is known, by name: texts, numbers, true or false, lists of texts or of numbers",
);
export type PutBody = Static<typeof PutBody>;
export const PatchBody = fieldsOf(
  Type.Union([FieldValue, Type.Null()]),
  "fields on top of those that are known; null takes one away",
);
export type PatchBody = Static<typeof PatchBody>;

const AnyFields = Type.Record(Type.String(), FieldValue);
export const ItemAnswer = Type.Object({
  item: Type.String(),
  fields: AnyFields,
  shown: Type.Boolean({ description: "whether it may stand in lists: it was not deleted, and available is not false" }),
  models: Type.Array(Type.String(), { description: "the models that know it, and so can recommend it" }),
});
export const FieldsAnswer = Type.Object({ user: Type.String(), fields: AnyFields });
export const UserAnswer = Type.Object({
  user: Type.String(),
  fields: AnyFields,
  met: Type.Array(
    Type.Object({
      item: Type.String(),
      likes: Type.Boolean(),
      types: Type.Array(Type.String(), { description: "of the events, each once" }),
      rating: Type.Optional(Type.Number()),
    }),
    { description: "what they have done since the models were trained, the newest last" },
  ),
  models: Type.Array(Type.String(), { description: "the models that were trained on them" }),
});
export const ErasedAnswer = Type.Object({
  user: Type.String(),
  events: Type.Integer({ description: "entries that were taken out of the event log" }),
  datasets: Type.Array(Type.Object({ dataset: Type.String(), interactions: Type.Integer() })),
  runs: Type.Array(
    Type.Object({ run: Type.String(), interactions: Type.Integer(), tables: Type.Array(Type.String()) }),
  ),
  models: Type.Array(
    Type.Object({ model: Type.String(), interactions: Type.Integer(), tables: Type.Array(Type.String()) }),
    { description: "deployments, which are copies of runs" },
  ),
  checkpoints: Type.Array(Type.String()),
  searched: Type.Object(
    { files: Type.Integer(), bytes: Type.Integer() },
    { description: "all that is left of the workspace was searched for the person, and nothing was found" },
  ),
});
