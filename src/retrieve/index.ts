export { forgetUser } from "./forget.ts";
export { ItemSet } from "./item-set.ts";
export { type NewItem, withItems } from "./new-items.ts";
export { createRecommender, type RecommenderOptions } from "./recommender.ts";
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
