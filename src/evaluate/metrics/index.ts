import { auc } from "./auc.ts";
import { averagePrecision } from "./average-precision.ts";
import { exponentialNdcg, linearNdcg } from "./graded-ndcg.ts";
import { hitRate } from "./hit-rate.ts";
import { constantLogLoss, logLoss } from "./log-loss.ts";
import type { RankingMetric } from "./metric.ts";
import { ndcg } from "./ndcg.ts";
import { precision } from "./precision.ts";
import { recall } from "./recall.ts";
import { reciprocalRank } from "./reciprocal-rank.ts";

export { averagePopularity, coverage, gini } from "./exposure.ts";
export type { RankingMetric } from "./metric.ts";
export { mae, rmse } from "./rating-errors.ts";
export {
  auc,
  averagePrecision,
  constantLogLoss,
  exponentialNdcg,
  hitRate,
  linearNdcg,
  logLoss,
  ndcg,
  precision,
  recall,
  reciprocalRank,
};

/** Every ranking metric by the name it has in results, in the order in which it is shown. */
export const rankingMetrics = {
  hr: hitRate,
  ndcg,
  mrr: reciprocalRank,
  map: averagePrecision,
  precision,
  recall,
  auc,
  "ndcg-linear": linearNdcg,
  "ndcg-exponential": exponentialNdcg,
} as const satisfies Record<string, RankingMetric>;

/** Label of the log loss in results: measured where scores are logits and the candidates were listed; lower is better. */
export const LOGLOSS = "logloss";

/** Metrics, by label, of which less is better. */
export const isLowerBetter = (label: string): boolean => label === LOGLOSS || label === "rmse" || label === "mae";

export type RankingMetricName = keyof typeof rankingMetrics;

/** Those that look at values; measured where there are some. */
export const isGraded = (name: RankingMetricName): boolean => name === "ndcg-linear" || name === "ndcg-exponential";

/** `hr@10`, `ndcg@10` …; `auc`, which looks at the whole list, has no k. */
export function metricLabel(name: RankingMetricName, k: number): string {
  return name === "auc" ? name : `${name}@${k}`;
}
