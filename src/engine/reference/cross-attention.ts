import type { AttendedPart, Attending } from "../../graph/tensor.ts";
import type { Entry } from "./bag.ts";

/** Sizes of what comes out, and of the operands. */
interface Sizes {
  readonly attrs: Attending;
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

/** What a hidden layer makes of two rows: the first half of its units, the larger one, less the others. */
function hidden(a: Float64Array, i: number, b: Float64Array, j: number, width: number): number {
  let sum = 0;
  for (let c = 0; c < width; c++) sum += signOf(c, width) * Math.max(0, at(a, i * width + c) + at(b, j * width + c));
  return sum;
}

const signOf = (unit: number, width: number): number => (unit < Math.ceil(width / 2) ? 1 : -1);

/** Adds what flows back through `hidden` to one of its rows: the same to either. */
function addHidden(out: Float64Array, i: number, slope: number, [a, j, b, k]: Pair, width: number): void {
  for (let c = 0; c < width; c++) {
    if (at(a, j * width + c) + at(b, k * width + c) <= 0) continue;
    out[i * width + c] = at(out, i * width + c) + slope * signOf(c, width);
  }
}

type Pair = readonly [a: Float64Array, row: number, b: Float64Array, column: number];

/**
 * The entries of each row that count, with their shares of its attention, which sum to 1, and what those are multiplied with where weights
 * do not.
 */
function* attended({ query, keys, widths: [width] }: Tables, seen: Iterable<Entry>, attending: Attending) {
  const { smoothing = 1, units = false } = attending;
  const logitOf = units ? hidden : dot;
  const rows = new Map<number, Entry[]>();
  for (const entry of seen) if (entry.weight > 0) rows.set(entry.row, [...(rows.get(entry.row) ?? []), entry]);
  for (const [row, counting] of rows) {
    const logits = counting.map(({ column }) => logitOf(query, row, keys, column, width));
    const most = Math.max(...logits);
    const weights = counting.map(({ weight }, i) => weight * Math.exp(at(logits, i) - most));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const scale = smoothing === 1 ? 1 : Math.exp((1 - smoothing) * (most + Math.log(total)));
    for (const [i, { column }] of counting.entries()) yield { row, column, scale, share: at(weights, i) / total };
  }
}

export function crossAttention(sizes: Sizes, all: readonly Float64Array[], seen: Iterable<Entry>): Float64Array {
  const tables = tablesOf(all, sizes);
  const out = zeros(sizes);
  const { values, widths } = tables;
  for (const { row, column, scale, share } of attended(tables, seen, sizes.attrs)) {
    addRow(out, row, scale * share, values, column, widths[1]);
  }
  return out;
}

/** With a logit the value rises by `share (scale value - smoothing out)`. */
export function crossAttentionGradient(
  sizes: Sizes & { readonly attrs: Attending & { readonly of: AttendedPart } },
  all: readonly Float64Array[],
  seen: Iterable<Entry>,
): Float64Array {
  const tables = tablesOf(all, sizes);
  const [out, dy] = all.slice(3) as [Float64Array, Float64Array];
  const grad = zeros(sizes);
  const { query, keys, values, widths } = tables;
  const [width, valueWidth] = widths;
  const { of, smoothing = 1, units = false } = sizes.attrs;
  for (const { row, column, scale, share } of attended(tables, seen, sizes.attrs)) {
    if (of === "values") addRow(grad, column, scale * share, dy, row, valueWidth);
    else {
      const gain = scale * dot(dy, row, values, column, valueWidth);
      const slope = share * (gain - smoothing * dot(dy, row, out, row, valueWidth));
      if (units) addHidden(grad, of === "query" ? row : column, slope, [query, row, keys, column], width);
      else if (of === "query") addRow(grad, row, slope, keys, column, width);
      else addRow(grad, column, slope, query, row, width);
    }
  }
  return grad;
}
