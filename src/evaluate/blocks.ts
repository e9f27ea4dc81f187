import { fail } from "../core/errors.ts";
import type { Watch } from "./types.ts";

/** Users of one call to the scorer: enough to keep an engine busy, few enough that memory stays small. */
export const BLOCK_USERS = 512;

/** Cuts users into blocks, reports progress after each and heeds the signal before each. */
export function* blocksOf(users: Int32Array, { onProgress, signal }: Watch, size = BLOCK_USERS): Generator<Int32Array> {
  for (let start = 0; start < users.length; start += size) {
    signal?.throwIfAborted();
    yield users.subarray(start, start + size);
    onProgress?.(Math.min(start + size, users.length), users.length);
  }
}

/** Throws EVAL_SCORES where a score is not a number: such a model has no order to measure. */
export function checkScores(scores: Float32Array, users: Int32Array, items: Int32Array): void {
  const bad = scores.findIndex(Number.isNaN);
  if (bad === -1) return;
  fail("EVAL_SCORES", {
    what: `The score of user index ${users[bad]} and item index ${items[bad]} is not a number`,
    details: { user: users[bad], item: items[bad] },
  });
}
