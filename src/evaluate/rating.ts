import { fail } from "../core/errors.ts";
import { blocksOf, checkScores, filledRows } from "./blocks.ts";
import {
  type BootstrapOptions,
  columnTotals,
  DEFAULT_RESAMPLES,
  percentileInterval,
  resampleTotals,
} from "./bootstrap.ts";
import type { Evaluation } from "./ranking.ts";
import { rowOf, stack } from "./rows.ts";
import type { Part, ScoreSource, Watch } from "./types.ts";

export interface RatingOptions extends Watch, BootstrapOptions {
  /** Held-out ratings, in `byUser.values`. */
  readonly test: Part;
  /** Predictions are moved into this range before they are compared, as a rating scale is known in practice. Default: not. */
  readonly range?: readonly [low: number, high: number] | undefined;
}

/** Columns of the table: what RMSE and MAE over any set of users are computed from. */
const [SQUARES, ABSOLUTES, COUNT, WIDTH] = [0, 1, 2, 3];

/**
 * RMSE and MAE over all held-out ratings (every rating weighs the same, not every user), with 95 % bootstrap intervals over
 * users. Throws EVAL_EMPTY where nothing is held out, EVAL_SCORES where a prediction is NaN.
 */
export async function evaluateRating(source: Pick<ScoreSource, "score">, options: RatingOptions): Promise<Evaluation> {
  const users = filledRows(options.test.byUser);
  if (users.length === 0) fail("EVAL_EMPTY", { what: "No rating is held out" });
  const cells = new Float64Array(users.length * WIDTH);
  let row = 0;
  for (const block of blocksOf(users, options)) {
    for (const errors of await blockErrors(source, block, options)) cells.set(errors, row++ * WIDTH);
  }
  const table = { cells, width: WIDTH };
  const totals = resampleTotals(table, options);
  const resampled = (statistic: Statistic) =>
    Float64Array.from({ length: options.resamples ?? DEFAULT_RESAMPLES }, (_, round) =>
      statistic(totals, round * WIDTH),
    );
  const interval = (statistic: Statistic) =>
    percentileInterval(statistic(columnTotals(table), 0), resampled(statistic));
  return { protocol: "rating", users: users.length, metrics: { rmse: interval(rmseOf), mae: interval(maeOf) } };
}

type Statistic = (totals: Float64Array, start: number) => number;
const share = (totals: Float64Array, start: number, column: number) =>
  (totals[start + column] as number) / (totals[start + COUNT] as number);
const rmseOf: Statistic = (totals, start) => Math.sqrt(share(totals, start, SQUARES));
const maeOf: Statistic = (totals, start) => share(totals, start, ABSOLUTES);

/** Sum of squares, sum of absolute differences and number of ratings of each user of the block. */
async function blockErrors(
  source: Pick<ScoreSource, "score">,
  block: Int32Array,
  { test, range: [low, high] = [-Infinity, Infinity] }: RatingOptions,
): Promise<number[][]> {
  const lists = stack(Array.from(block, (user) => rowOf(test.byUser, user)));
  const owners = new Int32Array(lists.items.length);
  for (const [row, user] of block.entries()) owners.fill(user, lists.offsets[row], lists.offsets[row + 1]);
  const predicted = await source.score(owners, lists.items);
  checkScores(predicted, owners, lists.items);
  return Array.from(block, (user, row) => {
    const start = test.byUser.offsets[user] as number;
    const from = lists.offsets[row] as number;
    const count = (lists.offsets[row + 1] as number) - from;
    const sums = [0, 0, count];
    for (let i = 0; i < count; i++) {
      const prediction = Math.min(high, Math.max(low, predicted[from + i] as number));
      const error = prediction - (test.byUser.values?.[start + i] ?? 1);
      sums[SQUARES] = (sums[SQUARES] as number) + error * error;
      sums[ABSOLUTES] = (sums[ABSOLUTES] as number) + Math.abs(error);
    }
    return sums;
  });
}
