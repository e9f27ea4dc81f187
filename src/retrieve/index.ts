export { strangersOf } from "./as-answered.ts";
export type { Deeds } from "./deeds.ts";
export { type Describer, describerOf } from "./described.ts";
export { type Candidate, checkMembers, type EnsembleFacts, ensembleOf } from "./ensemble.ts";
export { type AskedEvent, checkAsked, kindsOf, readOf } from "./event.ts";
export { forgetUser } from "./forget.ts";
export { ItemSet } from "./item-set.ts";
export { type NewItem, withItems, withRoomForItems } from "./new-items.ts";
export type { RecommenderOptions } from "./parts.ts";
export { createRecommender } from "./recommender.ts";
export { scorerOf } from "./scoring.ts";
export type {
  AnswerWarning,
  ExplanationMethod,
  Id,
  Method,
  Pair,
  Profile,
  Reason,
  Recommendations,
  RecommendedItem,
  Recommender,
  RecommendOptions,
  ScoredPair,
  SimilarItems,
  SimilarOptions,
  Who,
} from "./types.ts";
