import { checkWithin, greedy } from "./greedy.ts";
import type { DiversityOptions } from "./mmr.ts";
import { scaled } from "./scale.ts";
import type { Shares } from "./xquad.ts";

/** Mixed into the list's shares, so that a kind that is absent costs much and not without end (section 3 of the paper). */
const ALPHA = 0.01;

/**
 * Calibration: places of the candidates in their new order, so that the list has kinds of items in the proportions in which the
 * person has liked them. Each next one makes lambda * mean score - (1 - lambda) * KL(wanted, shares of the list) of the list so far largest;
 * scores are scaled to [0, 1]. `kinds`: shares per candidate. Throws CONFIG_VALUE. Steck, "Calibrated recommendations", RecSys 2018, equations 4 to 7.
 */
export function calibrate(
  scores: ArrayLike<number>,
  kinds: readonly Shares[],
  wanted: Shares,
  { k, lambda = 0.5 }: DiversityOptions,
): Int32Array {
  checkWithin(lambda, "lambda", [0, 1]);
  const relevance = scaled(scores);
  const sums = new Map<string, number>();
  let [count, total] = [0, 0];
  const gain = (place: number): number => {
    const own = kinds[place] ?? NOTHING;
    const share = (kind: string) => ((sums.get(kind) ?? 0) + (own.get(kind) ?? 0)) / (count + 1);
    const score = (total + (relevance[place] as number)) / (count + 1);
    return lambda * score - (1 - lambda) * divergence(wanted, share);
  };
  return greedy(scores.length, k, gain, (place) => {
    count++;
    total += relevance[place] as number;
    for (const [kind, share] of kinds[place] ?? NOTHING) sums.set(kind, (sums.get(kind) ?? 0) + share);
  });
}

const NOTHING: Shares = new Map();

function divergence(wanted: Shares, share: (kind: string) => number): number {
  let sum = 0;
  for (const [kind, p] of wanted) sum += divergenceOf(p, share(kind));
  return sum;
}

/** What a kind that p is wanted of adds to the divergence, where the list has that share of it. */
export const divergenceOf = (p: number, share: number): number =>
  p > 0 ? p * Math.log(p / ((1 - ALPHA) * share + ALPHA * p)) : 0;

/** How far the kinds of a list are from those wanted: KL divergence in nats, 0 where they are the same. */
export function miscalibration(list: readonly Shares[], wanted: Shares): number {
  return divergence(wanted, (kind) => list.reduce((sum, kinds) => sum + (kinds.get(kind) ?? 0), 0) / list.length);
}

/** Shares of kinds over several items, each of which counts 1 and is shared out evenly among its kinds. */
export function sharesOf(items: readonly (readonly string[])[]): Shares {
  const shares = new Map<string, number>();
  const counted = items.filter((kinds) => kinds.length > 0);
  for (const kinds of counted) {
    for (const kind of kinds) shares.set(kind, (shares.get(kind) ?? 0) + 1 / kinds.length / counted.length);
  }
  return shares;
}
