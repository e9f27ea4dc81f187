import type { AttendedPart } from "../../graph/tensor.ts";
import type { Entry } from "./bag.ts";

/** Sizes of what comes out, and of the operands. */
interface Sizes {
  readonly shape: readonly number[];
  readonly shapes: readonly (readonly number[])[];
}

interface Tables {
  readonly query: Float64Array;
  readonly keys: Float64Array;
  readonly values: Float64Array;
  /** Of queries and keys, and of values. */
  readonly widths: readonly [number, number];
}

function tablesOf(all: readonly Float64Array[], { shapes }: Sizes): Tables {
  const [query, keys, values] = all as [Float64Array, Float64Array, Float64Array];
  return { query, keys, values, widths: [shapes[1]?.[1] as number, shapes[2]?.[1] as number] };
}

const zeros = ({ shape }: Sizes): Float64Array => new Float64Array(shape.reduce((a, b) => a * b, 1));

const at = (x: ArrayLike<number>, i: number): number => x[i] as number;

function dot(a: Float64Array, i: number, b: Float64Array, j: number, width: number): number {
  let sum = 0;
  for (let c = 0; c < width; c++) sum += at(a, i * width + c) * at(b, j * width + c);
  return sum;
}

function addRow(out: Float64Array, i: number, weight: number, x: Float64Array, j: number, width: number): void {
  for (let c = 0; c < width; c++) out[i * width + c] = at(out, i * width + c) + weight * at(x, j * width + c);
}

/** The entries of each row that count, with their shares of its attention. */
function* attended({ query, keys, widths: [width] }: Tables, seen: Iterable<Entry>) {
  const rows = new Map<number, Entry[]>();
  for (const entry of seen) if (entry.weight > 0) rows.set(entry.row, [...(rows.get(entry.row) ?? []), entry]);
  for (const [row, counting] of rows) {
    const logits = counting.map(({ column }) => dot(query, row, keys, column, width));
    const most = Math.max(...logits);
    const weights = counting.map(({ weight }, i) => weight * Math.exp(at(logits, i) - most));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (const [i, { column }] of counting.entries()) yield { row, column, share: at(weights, i) / total };
  }
}

export function crossAttention(sizes: Sizes, all: readonly Float64Array[], seen: Iterable<Entry>): Float64Array {
  const tables = tablesOf(all, sizes);
  const out = zeros(sizes);
  const { values, widths } = tables;
  for (const { row, column, share } of attended(tables, seen)) addRow(out, row, share, values, column, widths[1]);
  return out;
}

/** A share rises by `share (value - out)` with its logit. */
export function crossAttentionGradient(
  sizes: Sizes & { readonly attrs: { readonly of: AttendedPart } },
  all: readonly Float64Array[],
  seen: Iterable<Entry>,
): Float64Array {
  const tables = tablesOf(all, sizes);
  const [out, dy] = all.slice(3) as [Float64Array, Float64Array];
  const grad = zeros(sizes);
  const { query, keys, values, widths } = tables;
  const [width, valueWidth] = widths;
  const { of } = sizes.attrs;
  for (const { row, column, share } of attended(tables, seen)) {
    if (of === "values") addRow(grad, column, share, dy, row, valueWidth);
    else {
      const slope = share * (dot(dy, row, values, column, valueWidth) - dot(dy, row, out, row, valueWidth));
      if (of === "query") addRow(grad, row, slope, keys, column, width);
      else addRow(grad, column, slope, query, row, width);
    }
  }
  return grad;
}
