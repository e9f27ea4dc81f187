import { type Csr, rowOf } from "../core/csr.ts";
import { holds, lowerBound } from "../core/sorted.ts";
import type { ScoreSource } from "./types.ts";

type RankRequest = Parameters<ScoreSource["ranks"]>[0];
type TopKRequest = Parameters<ScoreSource["topK"]>[0];

/**
 * A scorer that gives an item the same score for everybody: popularity, when the scores are training counts. It sorts the
 * catalogue once and then ranks a target in logarithmic time.
 */
export function itemScores(scores: Float32Array): ScoreSource {
  const ascending = scores.slice().sort();
  const best = Int32Array.from(scores.keys()).sort((a, b) => at(scores, b) - at(scores, a) || a - b);
  return {
    score: async (_users, items) => Float32Array.from(items, (item) => at(scores, item)),
    topK: async (request) => topItems(request, best, scores),
    ranks: async (request) => rankTargets(request, ascending, scores),
  };
}

function topItems({ users, k, exclude }: TopKRequest, best: Int32Array, scores: Float32Array) {
  const items = new Int32Array(users.length * k).fill(-1);
  for (let row = 0; row < users.length; row++) {
    const excluded = exclude ? rowOf(exclude, row) : NONE;
    let place = row * k;
    for (let i = 0; i < best.length && place < (row + 1) * k; i++) {
      if (!holds(excluded, at(best, i))) items[place++] = at(best, i);
    }
  }
  return { items, scores: Float32Array.from(items, (item) => (item < 0 ? -Infinity : at(scores, item))) };
}

function rankTargets({ users, targets, exclude }: RankRequest, ascending: Float32Array, scores: Float32Array) {
  const greater = new Int32Array(targets.items.length);
  const equal = new Int32Array(targets.items.length);
  const candidates = new Int32Array(users.length);
  for (let row = 0; row < users.length; row++) {
    const left = Float32Array.from(leftOut(row, targets, exclude), (item) => at(scores, item)).sort();
    candidates[row] = ascending.length - left.length;
    for (let t = targets.offsets[row] as number; t < (targets.offsets[row + 1] as number); t++) {
      const own = at(scores, targets.items[t] as number);
      greater[t] = above(ascending, own) - above(left, own);
      equal[t] =
        ascending.length -
        left.length -
        (greater[t] as number) -
        (lowerBound(ascending, own) - lowerBound(left, own)) -
        1;
    }
  }
  return { greater, equal, candidates };
}

/** Items of the row that are excluded and no targets. */
export function leftOut(row: number, targets: Csr, exclude: Csr | undefined): Int32Array {
  const own = rowOf(targets, row);
  return exclude ? rowOf(exclude, row).filter((item) => !holds(own, item)) : NONE;
}

const NONE = new Int32Array(0);
const at = (values: Float32Array | Int32Array, i: number) => values[i] as number;

/** How many of the ascending values are greater. */
function above(ascending: Float32Array, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (at(ascending, middle) <= value) low = middle + 1;
    else high = middle;
  }
  return ascending.length - low;
}
