/**
 * One experiment, repeated with several seeds: what is quoted is the mean over them, and its interval must be that mean's own.
 * Users (or ratings) are drawn once per resample for all seeds alike, because every seed was measured on the same ones.
 */
import {
  type BootstrapOptions,
  columnTotals,
  DEFAULT_RESAMPLES,
  percentileInterval,
  resampleTotals,
} from "./bootstrap.ts";
import { checkPaired } from "./compare.ts";
import type { UserMetrics } from "./measure.ts";
import type { Interval } from "./types.ts";

/** Every user's mean over the seeds: `meanIntervals` of it is the interval of the mean. Throws EVAL_UNPAIRED. */
export function averageUsers(first: UserMetrics, ...others: readonly UserMetrics[]): UserMetrics {
  for (const other of others) checkPaired(first, other);
  const count = 1 + others.length;
  const sum = (i: number) =>
    others.reduce((total, { cells }) => total + (cells[i] as number), first.cells[i] as number);
  return { ...first, cells: first.cells.map((_, i) => sum(i) / count) };
}

/** Mean over the seeds of each one's RMSE, with an interval over ratings. `errors[s]` holds seed s's error of every rating. */
export function meanRmse(errors: readonly Float64Array[], options: BootstrapOptions): Interval {
  const width = errors.length;
  const ratings = errors[0]?.length ?? 0;
  const cells = Float64Array.from(
    { length: ratings * width },
    (_, i) => (errors[i % width]?.[Math.floor(i / width)] ?? 0) ** 2,
  );
  const totals = resampleTotals({ cells, width }, options);
  const mean = (sums: Float64Array): number => sums.reduce((all, sum) => all + Math.sqrt(sum / ratings), 0) / width;
  const resampled = Float64Array.from({ length: options.resamples ?? DEFAULT_RESAMPLES }, (_, round) =>
    mean(totals.subarray(round * width, (round + 1) * width)),
  );
  return percentileInterval(mean(columnTotals({ cells, width })), resampled);
}
