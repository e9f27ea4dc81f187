import { checkOptions, checkSource } from "../core/argument.ts";
import { type Csr, filledRows } from "../core/csr.ts";
import { fail } from "../core/errors.ts";
import {
  type BootstrapOptions,
  columnTotals,
  DEFAULT_RESAMPLES,
  percentileInterval,
  resampleTotals,
} from "./bootstrap.ts";
import type { UserMetrics } from "./measure.ts";
import { naming } from "./naming.ts";
import type { Evaluation } from "./ranking.ts";
import { type ErrorOptions, ratingErrors } from "./rating-errors.ts";
import type { ScoreSource } from "./types.ts";

export interface RatingOptions extends ErrorOptions, BootstrapOptions {}

/** Columns of the table: what RMSE and MAE over any set of users are computed from. */
const labels = ["squared errors", "absolute errors", "ratings"] as const;
const [SQUARES, ABSOLUTES, COUNT, WIDTH] = [0, 1, 2, labels.length];

/**
 * RMSE and MAE over all held-out ratings (every rating weighs the same, not every user), with 95 % bootstrap intervals over
 * users. Throws EVAL_EMPTY where nothing is held out, EVAL_SCORES where a prediction is NaN.
 */
export async function evaluateRating(source: Pick<ScoreSource, "score">, options: RatingOptions): Promise<Evaluation> {
  checkSource(source, "evaluateRating(source, options)");
  checkOptions(options, "evaluateRating(source, options)", "test");
  return summarizeRating(await ratingSums(source, options), options);
}

/** Sums by user of squared and of absolute errors, and the number of ratings. Throws as `evaluateRating` does. */
export async function ratingSums(source: Pick<ScoreSource, "score">, options: RatingOptions): Promise<UserMetrics> {
  const users = filledRows(options.test.byUser);
  if (users.length === 0) fail("EVAL_EMPTY", { what: "No rating is held out" });
  const errors = await naming(options.test, () => ratingErrors(source, options));
  const cells = new Float64Array(users.length * WIDTH);
  for (const [row, user] of users.entries()) cells.set(userSums(errors, options.test.byUser, user), row * WIDTH);
  return { users, labels, cells, width: WIDTH };
}

/** The metrics' part alone. */
export function summarizeRating(table: UserMetrics, options: BootstrapOptions): Evaluation {
  const totals = resampleTotals(table, options);
  const resampled = (statistic: Statistic) =>
    Float64Array.from({ length: options.resamples ?? DEFAULT_RESAMPLES }, (_, round) =>
      statistic(totals, round * WIDTH),
    );
  const interval = (statistic: Statistic) =>
    percentileInterval(statistic(columnTotals(table), 0), resampled(statistic));
  const metrics = { rmse: interval(rmseOf), mae: interval(maeOf) };
  return { protocol: "rating", seed: options.seed, users: table.users.length, metrics };
}

type Statistic = (totals: Float64Array, start: number) => number;
const share = (totals: Float64Array, start: number, column: number) =>
  (totals[start + column] as number) / (totals[start + COUNT] as number);
const rmseOf: Statistic = (totals, start) => Math.sqrt(share(totals, start, SQUARES));
const maeOf: Statistic = (totals, start) => share(totals, start, ABSOLUTES);

/** Sum of squares, sum of absolute differences and number of a user's ratings. */
function userSums(errors: Float64Array, { offsets }: Csr, user: number): readonly number[] {
  const own = errors.subarray(offsets[user], offsets[user + 1]);
  const sums = [0, 0, own.length];
  for (const error of own) {
    sums[SQUARES] = (sums[SQUARES] as number) + error * error;
    sums[ABSOLUTES] = (sums[ABSOLUTES] as number) + Math.abs(error);
  }
  return sums;
}
