import { hits, type RankingMetric } from "./metric.ts";

/**
 * MAP@k: precision at the place of each relevant item among the first k, summed and divided by min(k, relevant), so that
 * a perfect list scores 1. (Some libraries divide by the number of relevant items, which caps the value below 1.)
 */
export const averagePrecision: RankingMetric = (positions, k) => {
  const found = hits(positions, k);
  if (found === 0) return 0;
  let sum = 0;
  for (let i = 0; i < found; i++) sum += (i + 1) / ((positions[i] as number) + 1);
  return sum / Math.min(k, positions.length);
};
