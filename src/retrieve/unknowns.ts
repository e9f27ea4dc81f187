import { below, hash, STREAM, unit } from "../core/random.ts";

/** Items that stand for all that a user does not know, with the share of training's negatives that each would be. */
export interface Unknowns {
  /** In a random order: any first few of them are a sample. */
  readonly items: Int32Array;
  readonly weights: Float64Array;
}

/** Catalogues up to this size stand for themselves; of larger ones so many draws are taken. */
const MOST = 1024;

export interface UnknownsInput {
  readonly seed: number;
  /** Training interactions of each item. */
  readonly popularity: Float32Array;
  /** As `Learning.negativeExponent`. */
  readonly exponent: number | undefined;
}

/** Drawn once for a run, so that one item more or less in a profile changes nothing else. */
export function unknownsOf({ seed, popularity, exponent }: UnknownsInput): Unknowns {
  const weightOf = (count: number) => (exponent === undefined ? 1 : count > 0 ? count ** exponent : 0);
  const weights = Float64Array.from(popularity, weightOf);
  const found = new Map<number, number>();
  if (weights.length <= MOST) {
    for (const [item, weight] of weights.entries()) if (weight > 0) found.set(item, weight);
  } else {
    for (const item of draws(weights, seed, exponent === undefined)) found.set(item, (found.get(item) ?? 0) + 1);
  }
  const order = (item: number) => hash(seed, STREAM.fold, 1, item);
  const items = Int32Array.from(found.keys()).sort((a, b) => order(a) - order(b) || a - b);
  return { items, weights: Float64Array.from(items, (item) => found.get(item) as number) };
}

function draws(weights: Float64Array, seed: number, isUniform: boolean): Int32Array {
  const word = (i: number) => hash(seed, STREAM.fold, 0, i);
  if (isUniform) return Int32Array.from({ length: MOST }, (_, i) => below(word(i), weights.length));
  let total = 0;
  const sums = weights.map((weight) => (total += weight));
  return Int32Array.from({ length: MOST }, (_, i) => firstAbove(sums, unit(word(i)) * total));
}

function firstAbove(sums: Float64Array, value: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] as number) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
