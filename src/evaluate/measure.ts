import {
  type BootstrapOptions,
  columnTotals,
  DEFAULT_RESAMPLES,
  distinctColumns,
  percentileInterval,
  resampleTotals,
  type Table,
} from "./bootstrap.ts";
import { isGraded, LOGLOSS, metricLabel, type RankingMetricName, rankingMetrics } from "./metrics/index.ts";
import type { Ranked } from "./ranked.ts";
import type { Interval } from "./types.ts";

/** Every user's value of every metric: what intervals and comparisons are made from. */
export interface UserMetrics extends Table {
  readonly users: Int32Array;
  /** Names of the columns: `hr@10`, `ndcg@10` … */
  readonly labels: readonly string[];
}

/** All ranking metrics at k for every user; the graded ones where held-out items have values, the log loss where it was measured. */
export function measureUsers(ranked: Ranked, k: number): UserMetrics {
  const all = Object.keys(rankingMetrics) as RankingMetricName[];
  const names = ranked.values ? all : all.filter((name) => !isGraded(name));
  const { logLosses } = ranked;
  const width = names.length + (logLosses ? 1 : 0);
  const cells = new Float64Array(ranked.users.length * width);
  for (let row = 0; row < ranked.users.length; row++) {
    const [from, to] = [ranked.offsets[row], ranked.offsets[row + 1]];
    const [positions, values] = [ranked.positions.subarray(from, to), ranked.values?.subarray(from, to)];
    for (const [column, name] of names.entries()) {
      cells[row * width + column] = rankingMetrics[name](positions, k, ranked.candidates[row] as number, values);
    }
    if (logLosses) cells[row * width + names.length] = logLosses[row] as number;
  }
  const labels = [...names.map((name) => metricLabel(name, k)), ...(logLosses ? [LOGLOSS] : [])];
  return { users: ranked.users, labels, cells, width };
}

/** Means over users, by label. */
export function means({ labels, ...table }: UserMetrics): Record<string, number> {
  const rows = table.cells.length / table.width;
  const totals = columnTotals(table);
  return Object.fromEntries(labels.map((label, column) => [label, (totals[column] as number) / rows]));
}

/**
 * Means over users with 95 % bootstrap intervals, by label. Metrics that are equal for every user (recall and hit rate, where
 * each has one held-out item) are resampled once.
 */
export function meanIntervals({ labels, ...all }: UserMetrics, options: BootstrapOptions): Record<string, Interval> {
  const { distinct, placeOf } = distinctColumns(all);
  const { width } = distinct;
  const rows = all.cells.length / all.width;
  const totals = resampleTotals(distinct, options);
  const intervals = Array.from(columnTotals(distinct), (total, column) => {
    const resampled = Float64Array.from(
      { length: options.resamples ?? DEFAULT_RESAMPLES },
      (_, round) => (totals[round * width + column] as number) / rows,
    );
    return percentileInterval(total / rows, resampled);
  });
  return Object.fromEntries(labels.map((label, column) => [label, intervals[placeOf[column] as number] as Interval]));
}
