import { checkWithin } from "./greedy.ts";
import { scaled } from "./scale.ts";

export interface FreshnessOptions {
  /** Time after which half of the freshness is gone; in the unit of the ages. */
  readonly halfLife: number;
  /** 0: by score alone; 1: by freshness alone. Default 0.3. */
  readonly weight?: number | undefined;
}

/**
 * Scores with freshness mixed in: (1 - weight) * score + weight * 2^(-age / halfLife), scores scaled to [0, 1]. `ages`: one per
 * candidate, at least 0 (what is not there yet counts as new); NaN: unknown, as old as can be. Throws CONFIG_VALUE.
 */
export function freshened(
  scores: ArrayLike<number>,
  ages: ArrayLike<number>,
  { halfLife, weight = 0.3 }: FreshnessOptions,
): Float64Array {
  checkWithin(halfLife, "halfLife", [Number.MIN_VALUE, Number.POSITIVE_INFINITY]);
  checkWithin(weight, "weight", [0, 1]);
  return scaled(scores).map((score, i) => {
    const age = ages[i] as number;
    const freshness = Number.isNaN(age) ? 0 : 2 ** (-Math.max(0, age) / halfLife);
    return (1 - weight) * score + weight * freshness;
  });
}

/** Scores scaled to [0, 1] with `by` (negative: a malus) on those of a group. Throws CONFIG_VALUE. */
export function boosted(scores: ArrayLike<number>, isOfGroup: readonly boolean[], by: number): Float64Array {
  checkWithin(by, "by", [-1e6, 1e6]);
  return scaled(scores).map((score, i) => score + (isOfGroup[i] ? by : 0));
}

/** Places in descending order of their scores; ties by the earlier place. */
export function byScore(scores: ArrayLike<number>): Int32Array {
  const order = Int32Array.from({ length: scores.length }, (_, place) => place);
  return order.sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
}
