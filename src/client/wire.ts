/** What goes over the wire, as types alone: nothing of the server comes into a client. */
import type { Static } from "typebox";
import type * as catalog from "../serve/catalog-schemas.ts";
import type * as schemas from "../serve/schemas.ts";

export type { PatchBody, PutBody } from "../serve/catalog-schemas.ts";
export type { EventBody, RecommendBody } from "../serve/schemas.ts";
export type ErasedAnswer = Static<typeof catalog.ErasedAnswer>;
export type EventsAnswer = Static<typeof schemas.EventsAnswer>;
export type ExperimentsAnswer = Static<typeof schemas.ExperimentsAnswer>;
export type FieldsAnswer = Static<typeof catalog.FieldsAnswer>;
export type HealthAnswer = Static<typeof schemas.HealthAnswer>;
export type ItemAnswer = Static<typeof catalog.ItemAnswer>;
export type ModelAnswer = Static<typeof schemas.ModelAnswer>;
export type ModelsAnswer = Static<typeof schemas.ModelsAnswer>;
export type ReadyAnswer = Static<typeof schemas.ReadyAnswer>;
export type RecommendationsAnswer = Static<typeof schemas.RecommendationsAnswer>;
export type SimilarAnswer = Static<typeof schemas.SimilarAnswer>;
export type UserAnswer = Static<typeof catalog.UserAnswer>;
