import type { RankingMetric } from "./metric.ts";

/**
 * AUC over the whole list (k plays no part): share of (relevant, irrelevant) pairs in the right order. 0.5, which is
 * chance, where everything is relevant and no pair exists.
 */
export const auc: RankingMetric = (positions, _k, candidates) => {
  if (positions.length === 0) return 0;
  const irrelevant = candidates - positions.length;
  if (irrelevant <= 0) return 0.5;
  let inverted = 0;
  for (let i = 0; i < positions.length; i++) inverted += (positions[i] as number) - i;
  return 1 - inverted / (positions.length * irrelevant);
};
