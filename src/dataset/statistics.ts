import type { Interactions } from "./interactions.ts";

/** Spread of a set of counts. */
export interface Spread {
  readonly least: number;
  readonly median: number;
  readonly mean: number;
  readonly most: number;
}

export interface HistogramBar {
  /** The value, or the range [from, to) of values. */
  readonly label: string;
  readonly count: number;
}

export interface ValueStatistics {
  readonly least: number;
  readonly mean: number;
  readonly most: number;
  readonly distinct: number;
  /** Interactions without a value. */
  readonly unknown: number;
  readonly histogram: readonly HistogramBar[];
}

export interface TimeStatistics {
  /** Unix seconds. */
  readonly first: number;
  readonly last: number;
  /** Interactions without a time. */
  readonly unknown: number;
}

/** Values shown one by one in a histogram, before ranges are made. */
const SINGLE = 20;
const RANGES = 10;

/** Spread of the numbers of interactions of users, or of items. */
export function spreadOf(degrees: Int32Array): Spread {
  const sorted = degrees.slice().sort();
  const size = sorted.length;
  const median = ((sorted[(size - 1) >> 1] ?? 0) + (sorted[size >> 1] ?? 0)) / 2;
  const total = sorted.reduce((sum, degree) => sum + degree, 0);
  return { least: sorted[0] ?? 0, median, mean: total / Math.max(1, size), most: sorted[size - 1] ?? 0 };
}

export function valueStatistics({ byUser: { values } }: Interactions): ValueStatistics | undefined {
  if (values === undefined) return undefined;
  const few = countsOfFew(values);
  return few ? ofFew(few, values.length) : ofMany(values);
}

/** How often each value occurs; undefined where there are more than a histogram shows one by one. */
function countsOfFew(values: Float32Array): Map<number, number> | undefined {
  const counts = new Map<number, number>();
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    const count = counts.get(value);
    if (count === undefined && counts.size === SINGLE) return undefined;
    counts.set(value, (count ?? 0) + 1);
  }
  return counts;
}

/** Undefined where there is no value at all. */
function ofFew(counts: ReadonlyMap<number, number>, size: number): ValueStatistics | undefined {
  const sorted = [...counts].sort(([a], [b]) => a - b);
  const [least, most] = [sorted[0]?.[0], sorted.at(-1)?.[0]];
  if (least === undefined || most === undefined) return undefined;
  const known = sorted.reduce((total, [, count]) => total + count, 0);
  const mean = sorted.reduce((sum, [value, count]) => sum + value * count, 0) / known;
  const histogram = sorted.map(([value, count]) => ({ label: shown(value), count }));
  return { least, mean, most, distinct: sorted.length, unknown: size - known, histogram };
}

function ofMany(values: Float32Array): ValueStatistics {
  const all = values.slice().sort(); // what is not known (NaN) comes last
  let known = all.length;
  while (Number.isNaN(all[known - 1])) known--;
  const sorted = all.subarray(0, known);
  let distinct = 1;
  let sum = 0;
  for (let i = 0; i < known; i++) {
    sum += sorted[i] as number;
    if (i > 0 && sorted[i] !== sorted[i - 1]) distinct++;
  }
  const [least, most] = [sorted[0] as number, sorted[known - 1] as number];
  const histogram = ranges(sorted, edges(least, most));
  return { least, mean: sum / known, most, distinct, unknown: all.length - known, histogram };
}

/** Equal steps, or equal factors where values span more than three orders of magnitude. */
function edges(least: number, most: number): number[] {
  const factor = least > 0 && most / least > 1000 ? (most / least) ** (1 / RANGES) : undefined;
  return Array.from({ length: RANGES }, (_, i) =>
    factor === undefined ? least + (i * (most - least)) / RANGES : least * factor ** i,
  );
}

function ranges(sorted: Float32Array, from: readonly number[]): HistogramBar[] {
  const counts = from.map(() => 0);
  let range = 0;
  for (let i = 0; i < sorted.length; i++) {
    while (range + 1 < from.length && (sorted[i] as number) >= (from[range + 1] ?? 0)) range++;
    counts[range] = (counts[range] ?? 0) + 1;
  }
  const end = shown(sorted[sorted.length - 1] ?? 0);
  return counts.map((count, i) => ({
    label: `${shown(from[i] ?? 0)} to ${i + 1 < from.length ? shown(from[i + 1] ?? 0) : end}`,
    count,
  }));
}

const shown = (value: number): string => String(Number(value.toPrecision(4)));

export function timeStatistics({ byUser: { times } }: Interactions): TimeStatistics | undefined {
  if (times === undefined) return undefined;
  let [first, last, unknown] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const time of times) {
    if (Number.isNaN(time)) unknown++;
    else {
      first = Math.min(first, time);
      last = Math.max(last, time);
    }
  }
  return unknown === times.length ? undefined : { first, last, unknown };
}
