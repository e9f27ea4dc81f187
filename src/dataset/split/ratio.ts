import { checkInteractions } from "../../core/argument.ts";
import { hash, STREAM } from "../../core/random.ts";
import type { Interactions } from "../interactions.ts";
import { checkShares, cut, LEAST, type Split, TEST, TRAIN, VALIDATION } from "./split.ts";

export interface RatioOptions {
  /** Share of each user's interactions, rounded to the nearest number of them. Default 0.2. */
  readonly test?: number;
  /** Default 0: no validation part. */
  readonly validation?: number;
  /** Default 0. */
  readonly seed?: number;
}

/**
 * Holds out a random share of each user's interactions: a user's items are ordered by hash(seed, user, item), ties by
 * item, and the first ones are held out, so that the draw for one user does not depend on the others. At least one
 * interaction stays in training; users with one or two stay there whole.
 */
export function ratioSplit(
  interactions: Interactions,
  { test = 0.2, validation = 0, seed = 0 }: RatioOptions = {},
): Split {
  checkInteractions(interactions, "ratioSplit(interactions)");
  checkShares(test, validation);
  const part = new Uint8Array(interactions.size).fill(TRAIN);
  const { offsets, items } = interactions.byUser;
  for (let user = 0; user < interactions.users.size; user++) {
    const [start, end] = [offsets[user] ?? 0, offsets[user + 1] ?? 0];
    const count = end - start;
    if (count < LEAST) continue;
    const drawn = Array.from({ length: count }, (_, i) => {
      return { at: start + i, draw: hash(seed, STREAM.split, user, items[start + i] ?? 0) };
    });
    drawn.sort((a, b) => a.draw - b.draw || a.at - b.at);
    const tests = Math.min(count - 1, Math.round(count * test));
    const held = Math.min(count - 1, tests + Math.round(count * validation));
    drawn.slice(0, held).forEach(({ at }, place) => {
      part[at] = place < tests ? TEST : VALIDATION;
    });
  }
  return cut(interactions, part, { kind: "ratio", seed, validation: validation > 0 });
}
