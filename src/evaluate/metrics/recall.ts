import { hits, type RankingMetric } from "./metric.ts";

/** Recall@k: share of the relevant items that are among the first k. */
export const recall: RankingMetric = (positions, k) =>
  positions.length === 0 ? 0 : hits(positions, k) / positions.length;
