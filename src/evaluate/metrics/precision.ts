import { hits, type RankingMetric } from "./metric.ts";

/** Precision@k: share of the k places that hold a relevant item. A list shorter than k counts its missing places. */
export const precision: RankingMetric = (positions, k) => hits(positions, k) / k;
