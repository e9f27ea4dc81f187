/** What goes over the wire: requests are checked by these, /openapi.json shows them, types are made from them. */
import Type, { type Static } from "typebox";
import { EVENT_TYPES } from "../store/index.ts";
import { askedFields, eventContext, eventFields, FeatureValue, pageFields } from "./request-fields.ts";

const strict = { additionalProperties: false };
/** Ids of one request, at most. */
const MANY = 10_000;

export const IdSchema = Type.Union([Type.String({ maxLength: 1024 }), Type.Integer()], {
  description: "an id as it stands in the data: a text of at most 1,024 characters, or a whole number",
});
const IdList = Type.Array(IdSchema, { maxItems: MANY });
const K = Type.Integer({ minimum: 1, maximum: 1000, description: "length of the list, 1 to 1,000; default 10" });
const FilterText = Type.String({
  maxLength: 2000,
  description:
    'items that may stand in the list, in CEL over item, user and id: item.genre == "drama" && item.price < 20',
});
const ModelName = Type.String({ maxLength: 64, description: "which of the models served; default: the first" });

export const RecommendBody = Type.Object(
  {
    user: Type.Optional(IdSchema),
    history: Type.Optional(
      Type.Array(IdSchema, { maxItems: MANY, description: "items that the person likes, on top of what is known" }),
    ),
    ratings: Type.Optional(
      Type.Record(Type.String(), Type.Number(), { maxProperties: MANY, description: "ratings by item" }),
    ),
    features: Type.Optional(
      Type.Record(Type.String(), FeatureValue, {
        maxProperties: 64,
        description: "what is known of somebody whom the model has not met, by the names of features of users",
      }),
    ),
    candidates: Type.Optional(Type.Array(IdSchema, { maxItems: MANY, description: "choose among these only" })),
    filter: Type.Optional(FilterText),
    exclude: Type.Optional(
      Type.Union([Type.Literal("seen"), Type.Literal("none"), IdList], {
        description:
          '"seen" (default): what the person has met; "none": nothing; a list of ids: the seen items and these',
      }),
    ),
    includeSeen: Type.Optional(Type.Boolean({ description: "seen items too; a list in exclude still holds" })),
    ...eventFields,
    k: Type.Optional(K),
    why: Type.Optional(Type.Boolean({ description: "past items that speak for each item" })),
    model: Type.Optional(ModelName),
    ...pageFields,
    explain: Type.Optional(
      Type.Array(IdSchema, {
        maxItems: 20,
        description: "of a pipeline: what became of these items, and at which stage",
      }),
    ),
  },
  strict,
);
export type RecommendBody = Static<typeof RecommendBody>;

/** Flags of an address are texts. */
const Flag = Type.Union([Type.Literal("true"), Type.Literal("false")], { description: '"true" or "false"' });
const KText = Type.String({ pattern: "^[1-9][0-9]{0,3}$", description: "length of the list, a whole number from 1" });

export const IdParams = Type.Object({ id: Type.String({ maxLength: 1024 }) }, strict);
export const ListQuery = Type.Object(
  {
    k: Type.Optional(KText),
    why: Type.Optional(Flag),
    includeSeen: Type.Optional(Flag),
    filter: Type.Optional(FilterText),
    model: Type.Optional(ModelName),
    ...askedFields,
  },
  strict,
);
export const SimilarQuery = Type.Object(
  { k: Type.Optional(KText), filter: Type.Optional(FilterText), model: Type.Optional(ModelName) },
  strict,
);

export const EventBody = Type.Object(
  {
    user: IdSchema,
    item: IdSchema,
    type: Type.Enum(EVENT_TYPES, { description: `one of ${EVENT_TYPES.join(", ")}` }),
    value: Type.Optional(Type.Number({ description: "of a rating: on the scale of the data" })),
    time: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1e11, description: "seconds since 1970; default: the server's clock" }),
    ),
    model: Type.Optional(
      Type.String({ maxLength: 128, description: "of an exposure: name@version of the model that showed it" }),
    ),
    pipeline: Type.Optional(
      Type.String({ maxLength: 128, description: "of an exposure: the pipeline that made the list, if one did" }),
    ),
    position: Type.Optional(Type.Integer({ minimum: 1, description: "of an exposure: place in the list, from 1" })),
    context: Type.Optional(eventContext),
  },
  strict,
);
export type EventBody = Static<typeof EventBody>;
export const EventsBody = Type.Object({ events: Type.Array(EventBody, { minItems: 1, maxItems: MANY }) }, strict);
export type EventsBody = Static<typeof EventsBody>;

const Warning = Type.Object({ code: Type.String(), message: Type.String() });
const ModelOfAnswer = Type.Object({ name: Type.String(), run: Type.String(), version: Type.String() });
const Reason = Type.Object({ item: Type.String(), weight: Type.Number() });

export const RecommendationsAnswer = Type.Object({
  user: Type.Union([Type.String(), Type.Null()]),
  known: Type.Boolean(),
  method: Type.String({ description: "model, fold-in, history, popularity or baseline: how the list was found" }),
  items: Type.Array(
    Type.Object({
      item: Type.String(),
      score: Type.Number(),
      why: Type.Optional(Type.Array(Reason)),
      explanation: Type.Optional(Type.String()),
      members: Type.Optional(
        Type.Array(Type.Object({ run: Type.String(), share: Type.Number() }), {
          description: "of an ensemble, with why: what each run says for the item",
        }),
      ),
      from: Type.Optional(Type.Record(Type.String(), Type.Integer(), { description: "place in each source, from 1" })),
      places: Type.Optional(
        Type.Array(Type.Object({ stage: Type.String(), place: Type.Integer() }), { description: "wherever it moved" }),
      ),
    }),
  ),
  pipeline: Type.Optional(Type.String()),
  pipelineVersion: Type.Optional(
    Type.String({ description: "of what the pipeline says: the same stages, the same version" }),
  ),
  stages: Type.Optional(
    Type.Array(
      Type.Object({
        stage: Type.String(),
        items: Type.Integer(),
        ms: Type.Number(),
        cost: Type.Optional(Type.Number({ description: "by how much a rule lowered the mean score of the page" })),
      }),
      {
        description: "items after each stage, and how long it took",
      },
    ),
  ),
  fates: Type.Optional(
    Type.Array(
      Type.Object({
        item: Type.String(),
        stage: Type.String(),
        why: Type.String(),
        place: Type.Optional(Type.Integer()),
      }),
    ),
  ),
  explanation: Type.Optional(Type.String()),
  ignored: Type.Optional(Type.Array(Type.String(), { description: "ids of the request that the model does not know" })),
  warnings: Type.Optional(Type.Array(Warning)),
  model: ModelOfAnswer,
  experiment: Type.Optional(
    Type.Object({ name: Type.String(), arm: Type.String({ description: "control or treatment" }) }),
  ),
});

export const SimilarAnswer = Type.Object({
  item: Type.String(),
  method: Type.String({ description: "cosine or co-occurrence" }),
  items: Type.Array(Type.Object({ item: Type.String(), score: Type.Number() })),
  warnings: Type.Optional(Type.Array(Warning)),
  model: ModelOfAnswer,
});

export const EventsAnswer = Type.Object({
  accepted: Type.Integer({ description: "events that are on the disk now, and count in the next answer" }),
  last: Type.Integer({ description: "number of the last of them in the event log" }),
});

export const ModelAnswer = Type.Object({
  name: Type.String(),
  run: Type.String(),
  deployment: Type.Union([Type.Integer(), Type.Null()], { description: "null: the run itself" }),
  version: Type.String(),
  model: Type.String({ description: "the kind, as in penchant models" }),
  task: Type.String(),
  users: Type.Integer(),
  items: Type.Integer(),
  trained: Type.String(),
  since: Type.String({ description: "when it began to answer here" }),
  warnings: Type.Array(Warning),
});
export const ModelsAnswer = Type.Object({ models: Type.Array(ModelAnswer) });

const MaybeNumber = Type.Union([Type.Number(), Type.Null()]);
export const ExperimentsAnswer = Type.Object({
  experiments: Type.Array(
    Type.Object({
      name: Type.String(),
      on: Type.String({ description: "what requests name; it answers the control arm" }),
      with: Type.String({ description: "what answers the treatment arm" }),
      share: Type.Number({ description: "of people in the treatment arm; of requests that a shadow is computed for" }),
      shadow: Type.Boolean(),
      started: Type.String(),
      answers: Type.Object({ control: Type.Integer(), treatment: Type.Integer() }),
      failures: Type.Integer({
        description: "answers of the treatment arm that the control gave, since the other could not",
      }),
      compared: Type.Optional(
        Type.Object({
          answers: Type.Integer(),
          failures: Type.Integer(),
          skipped: Type.Integer({ description: "for want of room" }),
          overlap: MaybeNumber,
          sameFirst: MaybeNumber,
          ms: MaybeNumber,
        }),
      ),
    }),
  ),
});

export const ModelParams = Type.Object({ name: Type.String({ maxLength: 64 }) }, strict);
export const ActivateBody = Type.Object(
  {
    deployment: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: "its number; default: what the workspace says now, or the run as it is now",
      }),
    ),
  },
  strict,
);
export type ActivateBody = Static<typeof ActivateBody>;

export const HealthAnswer = Type.Object({ status: Type.String() });
export const ReadyAnswer = Type.Object({
  status: Type.String({ description: "ready, degraded (answers, but takes no events) or stopping" }),
  models: Type.Integer(),
  events: Type.String({ description: "ok, off or failed" }),
  store: Type.String({ description: "embedded, shared or none" }),
});

export const ErrorAnswer = Type.Object({
  error: Type.Object({ code: Type.String(), message: Type.String(), fix: Type.String() }),
});
