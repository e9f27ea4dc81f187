/** Everything that the benchmark takes from the product, from its compiled form: what is measured is what is shipped. */

export type { Artifact } from "../dist/artifact/index.js";
export { below, hash, normal, STREAM, unit } from "../dist/core/random.js";
export {
  type HugeOptions,
  hugeInteractions,
  type Interactions,
  importDataset,
  kCore,
  leaveLastOut,
  mergeParts,
  popularityTable,
  ratioSplit,
  readInteractions,
  type Split,
} from "../dist/dataset/index.js";
export type {
  Csr,
  Engine,
  FeedSpec,
  OptimizerSpec,
  Scorer,
  Trainer,
  TrainSpec,
} from "../dist/engine/contract.js";
export { loadEngine } from "../dist/engine/index.js";
export { createFeed } from "../dist/engine/reference/index.js";
export { evaluateRanking, evaluateRating } from "../dist/evaluate/index.js";
export type { Plan } from "../dist/graph/plan.js";
export { biasedMf, bprMf, modelNamed, neuMf } from "../dist/models/index.js";
export type { Catalog, Model, ModelFactory } from "../dist/nn/model.js";
export { initialParameters, scorePlan, trainingPlan } from "../dist/nn/plans.js";
export { type FoldIn, foldInOf } from "../dist/retrieve/fold-in.js";
export { createRecommender, type Recommender } from "../dist/retrieve/index.js";
export { learningOf } from "../dist/retrieve/learning.js";
export { cholesky, solve } from "../dist/retrieve/symmetric.js";
export { fit, type Run, toArtifact } from "../dist/train/index.js";
export { evaluate } from "../dist/workflow/evaluate.js";
export { recommenderOf } from "../dist/workflow/recommender.js";
