import type { Evidence, Terms } from "./evidence.ts";
import { addProduct, addSquares, along } from "./symmetric.ts";
import type { Scored } from "./user-score.ts";

/** The losses at a row: their terms by item, and how each item's score follows the row. */
export interface Seen extends Scored {
  readonly terms: Terms;
}

/** The losses' slope along the row. */
export const slopesOf = ({ terms, slope }: Seen, width: number): Float64Array =>
  weightedSum(terms.slope, 0, slope, 0, width);

/** The losses' curvature times a vector, which takes as many products as slopes have numbers; the matrix takes so many times the width. */
export function curvatureAlong({ known, items }: Evidence, { terms, slope }: Seen, v: Float64Array): Float64Array {
  const { curvature, between } = terms;
  const moved = along(slope, v);
  const bent = curvature.map((bend, i) => bend * (moved[i] as number));
  const unknown = items.length - known;
  for (let j = 0; between && j < known; j++) {
    const own = moved[j] as number;
    let others = 0;
    for (let i = 0; i < unknown; i++) {
      const bend = between[j * unknown + i] as number;
      others += bend * (moved[known + i] as number);
      bent[known + i] = (bent[known + i] as number) - bend * own;
    }
    bent[j] = (bent[j] as number) - others;
  }
  return weightedSum(bent, 0, slope, 0, v.length);
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
  addSquares(
    sum,
    width,
    share === 1 ? terms.curvature : terms.curvature.map((bend, i) => (i < known ? bend : share * bend)),
    slope,
  );
  const { between } = terms;
  for (let j = 0; between && j < known; j++) {
    addProduct(sum, width, -1, weightedSum(between, j * (items.length - known), slope, known, width), slope, j * width);
  }
  return sum;
}

/** Slopes of the items behind the first `known` ones, each by its weight from `from` on. */
export function weightedSum(
  weights: Float64Array,
  from: number,
  slope: Float32Array,
  known: number,
  width: number,
): Float64Array {
  const sum = new Float64Array(width);
  const rows = slope.length / width - known;
  const whole = rows - (rows % 4);
  let at = known * width;
  for (let i = 0; i < whole; i += 4, at += 4 * width) {
    const [w0, w1] = [weights[from + i] as number, weights[from + i + 1] as number];
    const [w2, w3] = [weights[from + i + 2] as number, weights[from + i + 3] as number];
    for (let k = 0, p = at; k < width; k++, p++) {
      sum[k] =
        (sum[k] as number) +
        (w0 * (slope[p] as number) + w1 * (slope[p + width] as number)) +
        (w2 * (slope[p + 2 * width] as number) + w3 * (slope[p + 3 * width] as number));
    }
  }
  for (let i = whole; i < rows; i++, at += width) {
    const weight = weights[from + i] as number;
    for (let k = 0; k < width; k++) sum[k] = (sum[k] as number) + weight * (slope[at + k] as number);
  }
  return sum;
}
