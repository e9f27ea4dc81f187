export {
  type BesideOptions,
  baselineSources,
  type EvaluationBeside,
  evaluateBeside,
  type Measured,
  type Scorer,
} from "./beside.ts";
export type { BootstrapOptions } from "./bootstrap.ts";
export { compareRatings, compareUsers, type Difference, pairedDifference } from "./compare.ts";
export { type Selected, type SelectionOptions, selectWeights } from "./ensemble-selection.ts";
export { type Gate, type Judgement, judge, parseGate } from "./gate.ts";
export { itemScores } from "./item-scores.ts";
export type { GroupExposure } from "./list-quality.ts";
export { evaluateLists, itemCounts, type ListEvaluation, type ListOptions } from "./lists.ts";
export { meanIntervals, means, measureUsers, type UserMetrics } from "./measure.ts";
export * from "./metrics/index.ts";
export { type EvaluationWarning, negativesInWords, type SampledNegatives } from "./negatives.ts";
export { type Protocol, type ProtocolName, parseProtocol } from "./protocol.ts";
export { randomScores } from "./random-scores.ts";
export type { Ranked, RankingTask } from "./ranked.ts";
export { type Evaluation, evaluateRanking, listLength, type RankingOptions, rankUsers, summarize } from "./ranking.ts";
export { evaluateRating, type RatingOptions, ratingSums, summarizeRating } from "./rating.ts";
export { type ErrorOptions, ratingErrors } from "./rating-errors.ts";
export { parseRelevance, type Relevance, type RelevanceFacts, type RelevanceRule } from "./relevance.ts";
export { averageUsers, meanRmse } from "./seeds.ts";
export { benjaminiHochberg, holm } from "./several.ts";
export {
  activitySlices,
  coldSlices,
  evaluateSlices,
  type FairnessGap,
  fairnessGaps,
  popularitySlices,
  quarters,
  type Slice,
  type SliceEvaluation,
} from "./slices.ts";
export type { Interval, Part, ScoreSource, TargetRanks, Watch } from "./types.ts";
export { type SignedRanks, signedRanks } from "./wilcoxon.ts";
