/** A gated recurrent unit over the entries of rows; see `gru` in `graph/ops.ts`. Gates lie side by side: r, z, n. */
import { countOf, type Entries, eachRow } from "./entries.ts";

const at = (x: ArrayLike<number>, i: number): number => x[i] as number;
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Of column c of entry e: gates and candidate, from what comes in and the product of the state before. */
function gates(width: number, x: Float64Array, product: ArrayLike<number>, e: number, first: number, c: number) {
  const [xs, as] = [0, 1, 2].reduce<[number[], number[]]>(
    ([ins, products], gate) => [
      [...ins, at(x, (3 * e + gate) * width + c)],
      [...products, at(product, first + gate * width + c)],
    ],
    [[], []],
  );
  const [r, z] = [sigmoid(at(xs, 0) + at(as, 0)), sigmoid(at(xs, 1) + at(as, 1))];
  return { r, z, a: at(as, 2), n: Math.tanh(at(xs, 2) + r * at(as, 2)) };
}

/** `row kernel` for a kernel `[rows, columns]`, or by its transpose. */
function times(row: ArrayLike<number>, kernel: Float64Array, rows: number, columns: number, transpose = false) {
  const out = new Float64Array(transpose ? rows : columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const [to, from] = transpose ? [i, j] : [j, i];
      out[to] = at(out, to) + at(row, from) * at(kernel, i * columns + j);
    }
  return out;
}

/** The states after each entry, of x, kernel and bias. */
export function forward(width: number, [x, kernel, bias]: readonly Float64Array[], entries: Entries): Float64Array {
  const [input, weights, offset] = [x, kernel, bias] as [Float64Array, Float64Array, Float64Array];
  const out = new Float64Array(countOf(entries) * width);
  eachRow(entries, (start, count) => {
    let state = new Float64Array(width);
    for (let e = start; e < start + count; e++) {
      const product = times(state, weights, width, 3 * width).map((p, i) => p + at(offset, i));
      const before = state;
      state = before.map((h, c) => {
        const { z, n } = gates(width, input, product, e, 0, c);
        return (1 - z) * n + z * h;
      });
      out.set(state, e * width);
    }
  });
  return out;
}

/** What flows to the arguments of r, z and n, and that of n times r, side by side; of x, products, states before, kernel and dy. */
export function backward(width: number, operands: readonly Float64Array[], entries: Entries): Float64Array {
  const [x, product, before, kernel, dy] = operands as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const out = new Float64Array(countOf(entries) * 4 * width);
  eachRow(entries, (start, count) => {
    let carried = new Float64Array(width);
    for (let e = start + count - 1; e >= start; e--) {
      const into = new Float64Array(3 * width);
      const past = new Float64Array(width);
      for (let c = 0; c < width; c++) {
        const { r, z, a, n } = gates(width, x, product, e, 3 * e * width, c);
        const dh = at(dy, e * width + c) + at(carried, c);
        const ofN = dh * (1 - z) * (1 - n * n);
        const ofZ = dh * (at(before, e * width + c) - n) * z * (1 - z);
        const ofR = ofN * a * r * (1 - r);
        for (const [part, value] of [ofR, ofZ, ofN, ofN * r].entries()) out[(4 * e + part) * width + c] = value;
        for (const [part, value] of [ofR, ofZ, ofN * r].entries()) into[part * width + c] = value;
        past[c] = dh * z;
      }
      const through = times(into, kernel, width, 3 * width, true);
      carried = past.map((value, c) => value + at(through, c));
    }
  });
  return out;
}
