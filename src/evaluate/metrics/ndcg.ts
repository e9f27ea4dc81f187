import { hits, type RankingMetric } from "./metric.ts";

/**
 * NDCG@k with binary gains: the sum of 1 / log2(place + 1) over the relevant items among the first k (places counted from 1),
 * divided by the largest such sum possible, min(k, relevant) items at the top.
 * Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", TOIS 2002, with discounts from place 1 on.
 */
export const ndcg: RankingMetric = (positions, k) => {
  const found = hits(positions, k);
  if (found === 0) return 0;
  let gain = 0;
  for (let i = 0; i < found; i++) gain += discount(positions[i] as number);
  let ideal = 0;
  for (let i = 0; i < Math.min(k, positions.length); i++) ideal += discount(i);
  return gain / ideal;
};

/** What the item at a 0-based place counts for: 1 / log2(place + 1), places from 1. */
export const discount = (position: number): number => 1 / Math.log2(position + 2);
