import type { SolveControl, Solver } from "../graph/problems.ts";

/** Rows of numbers, one after the other. */
export interface Rows {
  readonly values: Float32Array;
  readonly width: number;
}

/** Rows as points of a plane. */
export interface Flat {
  /** x and y of each row, one after the other. */
  readonly points: Float64Array;
  /** Share of the rows' variance along each of the two, in [0, 1]; the first is the larger. */
  readonly explained: readonly [x: number, y: number];
}

/** Products with the matrix until the two directions stand still. */
const ITERATIONS = 50;

/**
 * Principal components in the plane: rows less their mean, along the two directions in which they vary most. Of each direction the
 * component of the largest weight is positive, so that the same rows always give the same picture. Pearson 1901; Jolliffe, "Principal
 * Component Analysis", 2002, section 3.5 (by singular vectors).
 */
export async function flattened({ values, width }: Rows, solver: Solver, control: SolveControl): Promise<Flat> {
  const count = values.length / width;
  const centred = centredRows({ values, width });
  const offsets = Int32Array.from({ length: count + 1 }, (_, row) => row * width);
  const items = Int32Array.from(values, (_, at) => at % width);
  const matrix = { offsets, items, values: centred, columns: width };
  const wanted = Math.min(2, width);
  const directions = await solver.singularVectors({ matrix, count: wanted, iterations: ITERATIONS }, control);
  const points = new Float64Array(2 * count);
  const squares: [number, number] = [0, 0];
  let total = 0;
  for (let row = 0; row < count; row++) {
    for (let c = 0; c < width; c++) {
      const value = centred[row * width + c] as number;
      total += value * value;
      for (let d = 0; d < wanted; d++)
        points[2 * row + d] = (points[2 * row + d] as number) + value * (directions[c * wanted + d] as number);
    }
    squares[0] += (points[2 * row] as number) ** 2;
    squares[1] += (points[2 * row + 1] as number) ** 2;
  }
  const share = (sum: number): number => (total === 0 ? 0 : Math.min(1, sum / total));
  return { points, explained: [share(squares[0]), share(squares[1])] };
}

function centredRows({ values, width }: Rows): Float32Array {
  const means = new Float64Array(width);
  const count = values.length / width;
  for (let at = 0; at < values.length; at++)
    means[at % width] = (means[at % width] as number) + (values[at] as number) / count;
  return values.map((value, at) => value - (means[at % width] as number));
}

/** The rows of the largest cosines with one of them, itself left out; ties by lower index. */
export function nearestRows({ values, width }: Rows, row: number, k: number): { row: number; cosine: number }[] {
  const count = values.length / width;
  const length = (of: number) => Math.hypot(...values.subarray(of * width, (of + 1) * width));
  const own = length(row);
  const found = Array.from({ length: count }, (_, other) => {
    let product = 0;
    for (let c = 0; c < width; c++)
      product += (values[row * width + c] as number) * (values[other * width + c] as number);
    const lengths = own * length(other);
    return { row: other, cosine: lengths === 0 ? 0 : product / lengths };
  });
  return found
    .filter((each) => each.row !== row)
    .sort((a, b) => b.cosine - a.cosine || a.row - b.row)
    .slice(0, k);
}
