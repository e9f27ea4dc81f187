import { filledRows, rowOf, stack } from "../core/csr.ts";
import { blocksOf, checkScores } from "./blocks.ts";
import type { Part, ScoreSource, Watch } from "./types.ts";

export interface ErrorOptions extends Watch {
  /** Held-out ratings, in `byUser.values`. */
  readonly test: Part;
  /** Predictions are moved into this range before they are compared, as a rating scale is known in practice. Default: not. */
  readonly range?: readonly [low: number, high: number] | undefined;
}

/** Prediction minus rating, for every held-out rating in the order of `test.byUser`. Throws EVAL_SCORES. */
export async function ratingErrors(source: Pick<ScoreSource, "score">, options: ErrorOptions): Promise<Float64Array> {
  const { test, range: [low, high] = [-Infinity, Infinity] } = options;
  const { values, items } = test.byUser;
  const errors = new Float64Array(items.length);
  let at = 0;
  for (const block of blocksOf(filledRows(test.byUser), options)) {
    const lists = stack(Array.from(block, (user) => rowOf(test.byUser, user)));
    const owners = new Int32Array(lists.items.length);
    for (const [row, user] of block.entries()) owners.fill(user, lists.offsets[row], lists.offsets[row + 1]);
    const predicted = await source.score(owners, lists.items);
    checkScores(predicted, owners, lists.items);
    for (const prediction of predicted) {
      errors[at] = Math.min(high, Math.max(low, prediction)) - (values?.[at] ?? 1);
      at++;
    }
  }
  return errors;
}
