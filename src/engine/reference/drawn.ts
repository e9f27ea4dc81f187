import { below, hash, STREAM, unit } from "../../core/random.ts";
import type { OpAttrs } from "../../graph/tensor.ts";
import type { Csr } from "../contract.ts";
import type { Moment } from "./kernels.ts";

const at = (x: ArrayLike<number>, i: number): number => x[i] as number;

/** Row k of a draw: `hash(seed, DRAWN, epoch, step, id, k)` falls on a row, or on where its weight is in the sum of all. */
export function draw(
  { count, rows, id }: OpAttrs["draw"],
  { seed, epoch, step }: Moment,
  weights: Csr | undefined,
): Float64Array {
  const draws = Array.from({ length: count }, (_, k) => hash(seed, STREAM.drawn, epoch, step, id, k));
  if (!weights) return Float64Array.from(draws, (x) => below(x, rows));
  const { items } = weights;
  const sums = weights.values ?? Float32Array.from(items, () => 1);
  const total = sums.at(-1) ?? 0;
  return Float64Array.from(draws, (x) => {
    const place = Math.fround(unit(x) * total);
    const found = sums.findIndex((sum) => sum > place);
    return items.length === 0 ? 0 : at(items, found < 0 ? items.length - 1 : found);
  });
}

export function pick(width: number, table: Float64Array, numbers: Float64Array): Float64Array {
  return Float64Array.from({ length: numbers.length * width }, (_, i) =>
    at(table, at(numbers, Math.floor(i / width)) * width + (i % width)),
  );
}

export function putBack(rows: number, width: number, numbers: Float64Array, x: Float64Array): Float64Array {
  const out = new Float64Array(rows * width);
  for (const [i, value] of x.entries()) {
    const place = at(numbers, Math.floor(i / width)) * width + (i % width);
    out[place] = at(out, place) + value;
  }
  return out;
}

/** The first place where the sum of the weights up to it exceeds so much of their total; -1 where all are 0. */
export function place(weights: Float64Array, share: number): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  const found = weights.findIndex((weight) => {
    sum += weight;
    return sum > share * total;
  });
  // Rounding may leave the draw beyond the last sum: the last weight above 0 is meant.
  return found >= 0 ? found : weights.findLastIndex((weight) => weight > 0);
}
