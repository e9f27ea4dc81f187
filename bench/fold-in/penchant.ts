/** What only this benchmark takes from the product: inner parts, which earlier revisions may not have. */
export type { Artifact } from "../../dist/artifact/index.js";
export { type FoldIn, foldInOf } from "../../dist/retrieve/fold-in.js";
export { createRecommender, type Recommender } from "../../dist/retrieve/index.js";
export { learningOf } from "../../dist/retrieve/learning.js";
export { cholesky, solve } from "../../dist/retrieve/symmetric.js";
export { toArtifact } from "../../dist/train/index.js";
