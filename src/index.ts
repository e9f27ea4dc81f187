/**
 * Penchant: from a file of interactions to a trained, honestly evaluated, explained recommender.
 * The zoo is in `penchant/models`; the graph and its layers, for models of one's own, in `penchant/graph` and `penchant/nn`.
 */
export {
  type Artifact,
  type Ensemble,
  loadArtifact,
  loadSaved,
  type Saved,
  saveArtifact,
  saveEnsemble,
} from "./artifact/index.ts";
export { catalogue, type ErrorCode, PenchantError } from "./core/errors.ts";
export {
  type Dataset,
  foldSplit,
  givenSplit,
  Interactions,
  importDataset,
  inspect,
  kCore,
  leaveLastOut,
  noSplit,
  ratioSplit,
  readInteractions,
  readPicture,
  type Split,
  timeSplit,
  toImplicit,
  windowSplit,
} from "./dataset/index.ts";
export type { Engine } from "./engine/contract.ts";
export { loadEngine } from "./engine/index.ts";
export {
  type Evaluation,
  type EvaluationBeside,
  evaluateBeside,
  evaluateRanking,
  evaluateRating,
  pairedDifference,
  selectWeights,
} from "./evaluate/index.ts";
export { exportHistories, exportOnnx, exportTowers } from "./export/index.ts";
export {
  createRecommender,
  ensembleOf,
  type Id,
  type Profile,
  type Recommendations,
  type Recommender,
  type RecommendOptions,
  type ScoredPair,
  type SimilarItems,
  scorerOf,
  type Who,
} from "./retrieve/index.ts";
export { defaults, type FitOptions, fit, type Run, type TrainingSettings, toArtifact } from "./train/index.ts";
export { type EvaluateOptions, evaluate } from "./workflow/evaluate.ts";
export { recommenderOf } from "./workflow/recommender.ts";
