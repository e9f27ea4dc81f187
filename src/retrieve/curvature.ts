import type { Evidence, Terms } from "./evidence.ts";
import { addProduct, addSquare } from "./symmetric.ts";
import type { Scored } from "./user-score.ts";

/** The losses at a row: their terms by item, and how each item's score follows the row. */
export interface Seen extends Scored {
  readonly terms: Terms;
}

/** gradient += the losses' slope along the row. */
export function addSlopes(gradient: Float64Array, { terms, slope }: Seen): Float64Array {
  const width = gradient.length;
  for (const [i, down] of terms.slope.entries()) {
    for (let k = 0; k < width; k++) gradient[k] = (gradient[k] as number) + down * (slope[i * width + k] as number);
  }
  return gradient;
}

/** Of the losses and the prior, lower triangle. `share`: how much of the unknown items' counts. */
export function curvatureOf(
  { known, items }: Evidence,
  { terms, slope }: Seen,
  precision: Float64Array,
  share = 1,
): Float64Array {
  const width = Math.sqrt(precision.length);
  const sum = Float64Array.from(precision);
  for (const [i, bend] of terms.curvature.entries()) {
    addSquare(sum, width, i < known ? bend : share * bend, slope, i * width);
  }
  const { between } = terms;
  for (let j = 0; between && j < known; j++) {
    addProduct(sum, width, -1, weightedSum(between, j * (items.length - known), slope, known, width), slope, j * width);
  }
  return sum;
}

/** Slopes of the unknown items, each by its weight from `from` on. */
export function weightedSum(
  weights: Float64Array,
  from: number,
  slope: Float32Array,
  known: number,
  width: number,
): Float64Array {
  const sum = new Float64Array(width);
  for (let at = known * width, i = from; at < slope.length; at += width, i++) {
    const weight = weights[i] as number;
    for (let k = 0; k < width; k++) sum[k] = (sum[k] as number) + weight * (slope[at + k] as number);
  }
  return sum;
}
