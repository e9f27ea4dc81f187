/** What requests for lists may say beside who asks: of the event, and of the page that is wanted. */
import Type from "typebox";
import { Pipeline } from "../pipeline/index.ts";

/** Of what somebody is known by, or an event. */
export const FeatureValue = Type.Union([
  Type.String({ maxLength: 4096 }),
  Type.Number(),
  Type.Boolean(),
  Type.Null(),
  Type.Array(Type.Union([Type.String({ maxLength: 256 }), Type.Number()]), { maxItems: 4096 }),
]);

const contextOf = (description: string) =>
  Type.Record(Type.String({ maxLength: 128 }), FeatureValue, { maxProperties: 64, description });

/** Of an event that is told. */
export const eventContext = contextOf(
  "what else is known of the event, by the names of its columns: kept for training",
);

/** Of the event that a list is asked for. */
export const eventFields = {
  context: Type.Optional(
    contextOf("what is known of the event, by the names of its columns: for models that look at context"),
  ),
  at: Type.Optional(
    Type.Union([Type.Number(), Type.String({ maxLength: 40 })], {
      description:
        "the time of the request, for models that look at it: seconds since 1970, or 2024-01-15T20:00 (UTC where it says no zone). Default: not known",
    }),
  ),
};

/** The same in an address, where all is text. */
export const askedFields = {
  context: Type.Optional(
    Type.String({ maxLength: 8192, description: 'what is known of the event, as JSON: {"device": "phone"}' }),
  ),
  at: Type.Optional(
    Type.String({ maxLength: 40, description: "the time of the request: seconds since 1970, or 2024-01-15T20:00" }),
  ),
};

/** Of a page made by a pipeline. */
export const pageFields = {
  pipeline: Type.Optional(
    Type.Union([Type.String({ maxLength: 64 }), Pipeline], {
      description: "a pipeline that is served, by name, or one written out; instead of model",
    }),
  ),
  trace: Type.Optional(
    Type.Boolean({ description: "of a pipeline: where each item came from, and each stage's time" }),
  ),
};
