export { createRecommender, type RecommenderOptions } from "./recommender.ts";
export type {
  ExplanationMethod,
  Method,
  Profile,
  Reason,
  Recommendations,
  RecommendedItem,
  Recommender,
  RecommendOptions,
  SimilarItems,
  Who,
} from "./types.ts";
