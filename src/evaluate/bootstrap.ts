/**
 * Percentile bootstrap over users: a metric's interval comes from recomputing it on 1,000 sets of users drawn with
 * replacement. Users are the unit, because a user's interactions are not independent of each other.
 * Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
 */
import { below, hash, mix32, STREAM } from "../core/random.ts";
import type { Interval } from "./types.ts";

export interface BootstrapOptions {
  readonly seed: number;
  /** Default 1000. */
  readonly resamples?: number | undefined;
}

export const DEFAULT_RESAMPLES = 1000;

/** A matrix, one row per user: `cells[row * width + column]`. */
export interface Table {
  readonly cells: Float64Array;
  readonly width: number;
}

/** Column sums of every resample, [resamples, width]: each resample draws as many rows as the table has. */
export function resampleTotals({ cells, width }: Table, { seed, resamples }: BootstrapOptions): Float64Array {
  const rows = cells.length / width;
  const rounds = resamples ?? DEFAULT_RESAMPLES;
  const totals = new Float64Array(rounds * width);
  const sums = new Float64Array(width);
  for (let round = 0; round < rounds; round++) {
    const key = hash(seed, STREAM.bootstrap, round);
    sums.fill(0);
    for (let i = 0; i < rows; i++) {
      const start = below(mix32(key + Math.imul(i, 0x9e3779b9)), rows) * width;
      for (let column = 0; column < width; column++) {
        sums[column] = (sums[column] as number) + (cells[start + column] as number);
      }
    }
    totals.set(sums, round * width);
  }
  return totals;
}

/** The table without columns that are equal to an earlier one, and where each of its columns is there. */
export function distinctColumns({ cells, width }: Table): { distinct: Table; placeOf: readonly number[] } {
  const kept: number[] = [];
  const isEqual = (a: number, b: number): boolean => {
    for (let start = 0; start < cells.length; start += width) if (cells[start + a] !== cells[start + b]) return false;
    return true;
  };
  const placeOf = Array.from({ length: width }, (_, column) => {
    const place = kept.findIndex((other) => isEqual(other, column));
    return place >= 0 ? place : kept.push(column) - 1;
  });
  if (kept.length === width) return { distinct: { cells, width }, placeOf };
  const narrow = new Float64Array((cells.length / width) * kept.length);
  for (let row = 0, to = 0; to < narrow.length; row += width) {
    for (const column of kept) narrow[to++] = cells[row + column] as number;
  }
  return { distinct: { cells: narrow, width: kept.length }, placeOf };
}

/** Column sums of the table itself. */
export function columnTotals({ cells, width }: Table): Float64Array {
  const sums = new Float64Array(width);
  for (let i = 0; i < cells.length; i++) sums[i % width] = (sums[i % width] as number) + (cells[i] as number);
  return sums;
}

/** The middle 95 % of the resampled values, beside the value measured. */
export function percentileInterval(value: number, resampled: Float64Array): Interval {
  const sorted = resampled.toSorted();
  return { value, low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
}

/** Linear interpolation between order statistics. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] as number;
  const above = sorted[Math.ceil(place)] as number;
  return below === above ? below : below + (above - below) * (place - Math.floor(place));
}
