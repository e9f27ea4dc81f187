/** What goes over the wire, as types alone: nothing of the server comes into a client. */
import type { Static } from "typebox";
import type * as schemas from "../serve/schemas.ts";

export type { EventBody, PatchBody, PutBody, RecommendBody } from "../serve/schemas.ts";
export type ErasedAnswer = Static<typeof schemas.ErasedAnswer>;
export type EventsAnswer = Static<typeof schemas.EventsAnswer>;
export type ExperimentsAnswer = Static<typeof schemas.ExperimentsAnswer>;
export type FieldsAnswer = Static<typeof schemas.FieldsAnswer>;
export type HealthAnswer = Static<typeof schemas.HealthAnswer>;
export type ItemAnswer = Static<typeof schemas.ItemAnswer>;
export type ModelAnswer = Static<typeof schemas.ModelAnswer>;
export type ModelsAnswer = Static<typeof schemas.ModelsAnswer>;
export type ReadyAnswer = Static<typeof schemas.ReadyAnswer>;
export type RecommendationsAnswer = Static<typeof schemas.RecommendationsAnswer>;
export type SimilarAnswer = Static<typeof schemas.SimilarAnswer>;
export type UserAnswer = Static<typeof schemas.UserAnswer>;
