/** Products of matrices. */
import type { OpAttrs } from "../../graph/tensor.ts";

type Dense = Float64Array;
type Sizes = readonly number[];
const at = (x: ArrayLike<number>, i: number): number => x[i] as number;

/** Rows of more than one dimension as if each of theirs were a row of the batch. */
export const flat = (shape: Sizes): Sizes => {
  const width = shape.at(-1) ?? 1;
  return [shape.reduce((a, b) => a * b, 1) / width, width];
};

export function product(
  { transposeA, transposeB }: OpAttrs["matmul"],
  [ra, ca]: Sizes,
  [rb, cb]: Sizes,
  a: Dense,
  b: Dense,
): Dense {
  const [rowsA, columnsA, rowsB, columnsB] = [ra, ca, rb, cb] as [number, number, number, number];
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const n = transposeB ? rowsB : columnsB;
  const [rowA, stepA] = transposeA ? [1, columnsA] : [columnsA, 1];
  const [stepB, columnB] = transposeB ? [1, columnsB] : [columnsB, 1];
  const out = new Float64Array(m * n);
  for (let row = 0; row < m; row++) {
    for (let column = 0; column < n; column++) {
      let sum = 0;
      for (let j = 0; j < k; j++) sum += at(a, row * rowA + j * stepA) * at(b, j * stepB + column * columnB);
      out[row * n + column] = sum;
    }
  }
  return out;
}

/** One for each row of the batch, `[rows, m, k] x [rows, k, n]`. */
export function batchProduct(attrs: OpAttrs["matmul"], shape: Sizes, sa: Sizes, sb: Sizes, a: Dense, b: Dense): Dense {
  const out = new Float64Array(shape.reduce((x, y) => x * y, 1));
  const part = (x: Dense, row: number) =>
    x.subarray((row * x.length) / at(shape, 0), ((row + 1) * x.length) / at(shape, 0));
  for (let row = 0; row < at(shape, 0); row++) {
    part(out, row).set(product(attrs, sa.slice(1), sb.slice(1), part(a, row), part(b, row)));
  }
  return out;
}
