import { hits, type RankingMetric } from "./metric.ts";
import { discount } from "./ndcg.ts";

/**
 * NDCG@k with gains from ratings: the sum of gain / log2(place + 1) over the relevant items among the first k, divided by the
 * largest such sum possible, the relevant items in the order of their gains. What is not relevant gains nothing. 0 where
 * nothing has a gain; without values NDCG with binary gains.
 */
const graded =
  (gainsOf: (values: Float32Array) => Float64Array): RankingMetric =>
  (positions, k, _candidates, values = new Float32Array(positions.length).fill(1)) => {
    const gains = gainsOf(values);
    let sum = 0;
    for (let i = 0; i < hits(positions, k); i++) sum += (gains[i] as number) * discount(positions[i] as number);
    const best = gains.sort().reverse().subarray(0, k);
    const ideal = best.reduce((all, gain, place) => all + gain * discount(place), 0);
    return ideal > 0 ? sum / ideal : 0;
  };

/** An unknown value (NaN) counts as none. */
const known = (value: number): number => (Number.isNaN(value) ? 0 : value);

/**
 * The gain is the rating itself; one below 0, or unknown (NaN), gains nothing.
 * Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", TOIS 20(4), 2002.
 */
export const linearNdcg: RankingMetric = graded((values) =>
  Float64Array.from(values, (value) => Math.max(0, known(value))),
);

/**
 * The gain is 2^rating - 1, which weighs the best rated far more; a rating below 0, or unknown, gains nothing.
 * Burges et al., "Learning to rank using gradient descent", ICML 2005.
 *
 * Gains are divided by 2^(largest rating), which the quotient does not see, so that ratings that are counts do not overflow.
 */
export const exponentialNdcg: RankingMetric = graded((values) => {
  const most = values.reduce((high, value) => Math.max(high, known(value)), 0);
  return Float64Array.from(values, (value) => (value > 0 ? 2 ** (value - most) - 2 ** -most : 0));
});
