import type { RankingMetric } from "./metric.ts";

/** MRR@k: 1 / place (from 1) of the first relevant item, 0 where it is not among the first k. */
export const reciprocalRank: RankingMetric = (positions, k) => {
  const first = positions[0];
  return first === undefined || first >= k ? 0 : 1 / (first + 1);
};
