import { checkArgument, has } from "../core/argument.ts";
import { fail } from "../core/errors.ts";
import {
  type BootstrapOptions,
  columnTotals,
  DEFAULT_RESAMPLES,
  percentileInterval,
  resampleTotals,
} from "./bootstrap.ts";
import { meanIntervals, type UserMetrics } from "./measure.ts";
import type { Interval } from "./types.ts";
import { type SignedRanks, signedRanks } from "./wilcoxon.ts";

/** A metric of two runs, a - b over the same users. */
export interface Difference extends Interval {
  /** Users measured in both. */
  readonly users: number;
  /** Of them those whose values differ. */
  readonly pairs: number;
  /** Of Wilcoxon's signed-rank test, two-sided; not corrected for other comparisons. */
  readonly p: number;
}

/**
 * Mean difference a - b of each metric over the same users, with the 95 % interval of a paired bootstrap: far narrower than
 * what two separate intervals suggest, because hard users are hard for both. An interval that holds 0 means that these users
 * do not tell the runs apart. Throws EVAL_UNPAIRED where users or metrics differ.
 */
export function pairedDifference(
  a: UserMetrics,
  b: UserMetrics,
  options: BootstrapOptions,
): Readonly<Record<string, Interval>> {
  for (const measured of [a, b]) {
    checkArgument(has(measured, "users", "labels", "cells"), measured, {
      ...{
        call: "pairedDifference(a, b, options)",
        name: "a measurement",
        expected: "what onUsers of an evaluation was given",
      },
    });
  }
  checkPaired(a, b);
  return meanIntervals({ ...a, cells: a.cells.map((value, i) => value - (b.cells[i] as number)) }, options);
}

/** `pairedDifference` of each metric, and the p-value of the signed-rank test over users. Throws EVAL_UNPAIRED. */
export function compareUsers(
  a: UserMetrics,
  b: UserMetrics,
  options: BootstrapOptions,
): Readonly<Record<string, Difference>> {
  const intervals = Object.entries(pairedDifference(a, b, options));
  return Object.fromEntries(
    intervals.map(([label, interval], column) => [
      label,
      { ...interval, users: a.users.length, ...tested(signedRanks(differences(a, b, column))) },
    ]),
  );
}

/**
 * The same for errors of predicted ratings, from sums by user as `ratingSums` makes them: RMSE and MAE over all ratings, each
 * user's mean squared and mean absolute error in the signed-rank test. Throws EVAL_UNPAIRED.
 */
export function compareRatings(
  a: UserMetrics,
  b: UserMetrics,
  options: BootstrapOptions,
): Readonly<Record<"rmse" | "mae", Difference>> {
  checkPaired(a, b);
  const [ours, theirs] = [toMeans(a), toMeans(b)];
  const difference = (sums: Float64Array, column: number, finish: (mean: number) => number): number => {
    const count = sums[2] as number;
    return finish((sums[column] as number) / count) - finish((sums[column + 3] as number) / count);
  };
  const beside = sideBySide(a, b);
  const totals = resampleTotals(beside, options);
  const compared = (column: number, finish: (mean: number) => number): Difference => ({
    ...percentileInterval(
      difference(columnTotals(beside), column, finish),
      Float64Array.from({ length: options.resamples ?? DEFAULT_RESAMPLES }, (_, round) =>
        difference(totals.subarray(round * 6, round * 6 + 6), column, finish),
      ),
    ),
    users: a.users.length,
    ...tested(signedRanks(differences(ours, theirs, column))),
  });
  return { rmse: compared(0, Math.sqrt), mae: compared(1, (mean) => mean) };
}

const tested = ({ pairs, p }: SignedRanks) => ({ pairs, p });

function differences(a: UserMetrics, b: UserMetrics, column: number): Float64Array {
  return Float64Array.from(a.users, (_, row) => {
    const at = row * a.width + column;
    return (a.cells[at] as number) - (b.cells[at] as number);
  });
}

/** Mean squared and mean absolute error of each user. */
function toMeans(sums: UserMetrics): UserMetrics {
  return { ...sums, cells: sums.cells.map((sum, i) => sum / (sums.cells[i - (i % 3) + 2] as number)) };
}

function sideBySide(a: UserMetrics, b: UserMetrics) {
  const cells = new Float64Array(2 * a.cells.length);
  for (let row = 0; row < a.users.length; row++) {
    cells.set(a.cells.subarray(3 * row, 3 * row + 3), 6 * row);
    cells.set(b.cells.subarray(3 * row, 3 * row + 3), 6 * row + 3);
  }
  return { cells, width: 6 };
}

/** Throws EVAL_UNPAIRED unless both tables hold the same metrics of the same users. */
export function checkPaired(a: UserMetrics, b: UserMetrics): void {
  if (a.users.length !== b.users.length || a.users.some((user, i) => user !== b.users[i])) {
    fail("EVAL_UNPAIRED", {
      what: "The two runs were not evaluated on the same users",
      received: `${a.users.length} and ${b.users.length} users`,
    });
  }
  if (a.labels.join() !== b.labels.join()) {
    fail("EVAL_UNPAIRED", {
      what: "The two runs were not evaluated with the same metrics",
      received: `${a.labels.join(", ")} and ${b.labels.join(", ")}`,
    });
  }
}
