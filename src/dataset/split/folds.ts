import { checkInteractions, checkOptions } from "../../core/argument.ts";
import { hash, STREAM } from "../../core/random.ts";
import type { Interactions } from "../interactions.ts";
import { checkPart, checkShares, cut, type Split, TEST, TRAIN, VALIDATION } from "./split.ts";

export interface FoldOptions {
  /** Which fold is the test, counted from 1. */
  readonly fold: number;
  /** How many there are, at least 2. Default 5. */
  readonly folds?: number;
  /** Share of the other folds, drawn for validation. Default 0: no validation part. */
  readonly validation?: number;
  /** Draws the folds; the same for all of them. Default 0. */
  readonly seed?: number;
}

/**
 * One fold of a cross-validation: all interactions, whoever's they are, are ordered by hash(seed, user, item) and cut into folds of equal
 * size, so that each is tested once. A user may have nothing left to learn from. Throws CONFIG_VALUE, DATA_SPLIT where a part is empty.
 */
export function foldSplit(interactions: Interactions, options: FoldOptions): Split {
  checkInteractions(interactions, "foldSplit(interactions)");
  checkOptions(options, "foldSplit(interactions, options)");
  const { fold, folds = 5, validation = 0, seed = 0 } = options;
  checkPart("fold", fold, folds, 2);
  checkShares(1 / folds, validation * (1 - 1 / folds));
  const order = drawnOrder(interactions, seed);
  const part = new Uint8Array(order.length).fill(TRAIN);
  const bound = (at: number): number => Math.round((order.length * at) / folds);
  const [from, to] = [bound(fold - 1), bound(fold)];
  for (const at of order.subarray(from, to)) part[at] = TEST;
  const held = Math.round((order.length - (to - from)) * validation);
  // what follows the test, and from the beginning again
  for (let i = 0; i < held; i++) part[order[(to + i) % order.length] as number] = VALIDATION;
  return cut(interactions, part, { kind: "k-fold", seed, validation: validation > 0 });
}

/** Numbers of all interactions in a drawn order. */
function drawnOrder({ byUser: { offsets, items } }: Interactions, seed: number): Int32Array {
  const draws = new Float64Array(items.length);
  for (let user = 0; user + 1 < offsets.length; user++) {
    for (let at = offsets[user] as number; at < (offsets[user + 1] as number); at++) {
      draws[at] = hash(seed, STREAM.split, user, items[at] as number);
    }
  }
  return Int32Array.from(draws.keys()).sort((a, b) => (draws[a] as number) - (draws[b] as number) || a - b);
}
