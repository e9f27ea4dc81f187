import { checkCount, checkWithin } from "./greedy.ts";

export interface FairOptions {
  readonly k: number;
  /** Share of the group that the list is to look as if drawn with, in (0, 1). */
  readonly share: number;
  /** Chance that a list drawn so would be changed, in (0, 1). Default 0.1. */
  readonly significance?: number | undefined;
}

/**
 * FA*IR: places of the candidates in their new order, by score, but with so many of a group among the first i, for every i, as a list has
 * that draws them with the given share. `scores`: any order; `isOfGroup`: one per candidate. Where the group has too few
 * candidates the list has as many as there are. Throws CONFIG_VALUE.
 * Zehlike et al., "FA*IR: a fair top-k ranking algorithm", CIKM 2017, algorithm 2, with the correction for k tests of section 4.3.
 */
export function fair(
  scores: ArrayLike<number>,
  isOfGroup: readonly boolean[],
  { k, share, significance = 0.1 }: FairOptions,
): Int32Array {
  checkCount(k, "k");
  checkWithin(share, "share", [1e-9, 1 - 1e-9]);
  checkWithin(significance, "significance", [1e-9, 1 - 1e-9]);
  const least = leastOfGroup(k, share, significance);
  const order = Array.from({ length: scores.length }, (_, place) => place).sort(
    (a, b) => (scores[b] as number) - (scores[a] as number) || a - b,
  );
  const group = order.filter((place) => isOfGroup[place]);
  const others = order.filter((place) => !isOfGroup[place]);
  const rank = new Map(order.map((place, i) => [place, i]));
  const list: number[] = [];
  let [g, o] = [0, 0];
  while (list.length < Math.min(k, order.length)) {
    const [first, other] = [group[g], others[o]];
    const isDue = g < (least[list.length] as number);
    const isBest =
      other === undefined || (first !== undefined && (rank.get(first) as number) < (rank.get(other) as number));
    if (first !== undefined && (isDue || isBest)) {
      list.push(first);
      g++;
    } else {
      list.push(other as number);
      o++;
    }
  }
  return Int32Array.from(list);
}

/**
 * How many of the group have to be among the first 1 … k places: the most for which a drawn list fails at some place with a chance of at most
 * `significance`.
 */
export function leastOfGroup(k: number, share: number, significance: number): Int32Array {
  let [low, high] = [0, significance];
  // the chance to fail somewhere grows with the level of each single test, in steps
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (failing(leastOfOne(k, share, middle), share) <= significance) low = middle;
    else high = middle;
  }
  return leastOfOne(k, share, low);
}

/** For 1 … k drawn: the smallest number whose cumulative binomial probability is above the level. */
export function leastOfOne(k: number, share: number, level: number): Int32Array {
  const least = new Int32Array(k);
  let chances: Float64Array = Float64Array.of(1);
  for (let n = 1; n <= k; n++) {
    chances = drawn(chances, share);
    let sum = 0;
    for (let m = 0; m <= n; m++) {
      sum += chances[m] as number;
      if (sum > level) {
        least[n - 1] = m;
        break;
      }
    }
  }
  return least;
}

/** Probabilities of 0 … n+1 of the group after one more draw. */
function drawn(chances: Float64Array, share: number): Float64Array {
  const next = new Float64Array(chances.length + 1);
  for (const [m, chance] of chances.entries()) {
    next[m] = (next[m] as number) + chance * (1 - share);
    next[m + 1] = (next[m + 1] as number) + chance * share;
  }
  return next;
}

/** Chance that a drawn list has too few somewhere. */
function failing(least: Int32Array, share: number): number {
  let chances: Float64Array = Float64Array.of(1);
  for (const few of least) {
    chances = drawn(chances, share);
    chances.fill(0, 0, few); // those have failed
  }
  return 1 - chances.reduce((sum, chance) => sum + chance, 0);
}
