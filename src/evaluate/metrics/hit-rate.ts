import { hits, type RankingMetric } from "./metric.ts";

/** HR@k: 1 where at least one relevant item is among the first k, else 0. */
export const hitRate: RankingMetric = (positions, k) => (hits(positions, k) > 0 ? 1 : 0);
