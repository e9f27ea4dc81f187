/** Entries of the rows of a batch: which there are, and the ops that look at more than one of them. */
import { hash, STREAM, unit } from "../../core/random.ts";
import type { Instruction, Plan } from "../../graph/plan.ts";
import type { AttentionAttrs, OpAttrs } from "../../graph/tensor.ts";
import type { Csr, DataMatrices } from "../contract.ts";
import type { Moment } from "./kernels.ts";

/** The entries of row r of the batch are `[starts[r], starts[r + 1])`. */
export interface Entries {
  readonly starts: Int32Array;
  /** At most so many in a row. */
  readonly newest: number;
  /** Where the first entry of each row lies in its matrix. */
  readonly firsts: Int32Array;
  /** Those of the matrix; absent where each is 1. */
  readonly values?: Float32Array | undefined;
}

const at = (x: ArrayLike<number>, i: number): number => x[i] as number;

/** The entries of a plan's batch; those of a plan without unroll are none. */
export function entriesOf(
  { instructions }: Plan,
  feeds: Readonly<Record<string, ArrayLike<number>>>,
  data: DataMatrices,
): Entries {
  const unroll = instructions.find(({ op }) => op === "unroll");
  if (!unroll) return { starts: Int32Array.of(0), newest: 0, firsts: new Int32Array(0) };
  const { newest, ahead } = unroll.attrs as OpAttrs["unroll"];
  const nameOf = (slot: number) => ((instructions[slot] as Instruction).attrs as OpAttrs["input"]).name;
  const [matrix, rows] = unroll.inputs.map(nameOf) as [string, string];
  const { offsets, values } = data[matrix] as Csr;
  const ids = Array.from(feeds[rows] ?? []);
  const starts = new Int32Array(ids.length + 1);
  const firsts = new Int32Array(ids.length);
  for (const [r, id] of ids.entries()) {
    const end = at(offsets, id + 1) - (ahead ? 1 : 0);
    const count = Math.max(0, Math.min(newest, end - at(offsets, id)));
    firsts[r] = end - count;
    starts[r + 1] = at(starts, r) + count;
  }
  return { starts, newest, firsts, values };
}

export const countOf = ({ starts }: Entries): number => at(starts, starts.length - 1);

/** Calls `visit` with the first entry and the number of entries of each row of the batch. */
export function eachRow({ starts }: Entries, visit: (start: number, count: number, row: number) => void): void {
  for (let row = 0; row + 1 < starts.length; row++) visit(at(starts, row), at(starts, row + 1) - at(starts, row), row);
}

/** The number of an entry that does not depend on other rows: `row * newest + place in the row`. */
export function numbersOf(entries: Entries): Int32Array {
  const numbers = new Int32Array(countOf(entries));
  eachRow(entries, (start, count, row) => {
    for (let i = 0; i < count; i++) numbers[start + i] = row * entries.newest + i;
  });
  return numbers;
}

export function unroll({ part }: OpAttrs["unroll"], { items }: Csr, entries: Entries): Int32Array {
  const out = new Int32Array(countOf(entries));
  eachRow(entries, (start, count, row) => {
    const first = at(entries.firsts, row);
    for (let i = 0; i < count; i++)
      out[start + i] = part === "position" ? count - 1 - i : at(items, first + i + (part === "next" ? 1 : 0));
  });
  return out;
}

/** What the matrix has for each entry, or for the one after it. */
export function entryValues({ part }: OpAttrs["entryValues"], entries: Entries): Float64Array {
  const { values, firsts } = entries;
  const out = new Float64Array(countOf(entries)).fill(1);
  eachRow(entries, (start, count, row) => {
    const first = at(firsts, row) + (part === "next" ? 1 : 0);
    if (values) out.set(values.subarray(first, first + count), start);
  });
  return out;
}

export function last(width: number, x: Float64Array, entries: Entries): Float64Array {
  const out = new Float64Array((entries.starts.length - 1) * width);
  eachRow(entries, (start, count, row) => {
    const from = (start + count - 1) * width;
    if (count > 0) out.set(x.subarray(from, from + width), row * width);
  });
  return out;
}

export function atLast(width: number, dy: Float64Array, entries: Entries): Float64Array {
  const out = new Float64Array(countOf(entries) * width);
  eachRow(entries, (start, count, row) => {
    if (count > 0) out.set(dy.subarray(row * width, (row + 1) * width), (start + count - 1) * width);
  });
  return out;
}

/** Each entry gets the value of the one `by` places before it in its row, zeros where there is none. */
export function shift(by: number, width: number, x: Float64Array, entries: Entries): Float64Array {
  const out = new Float64Array(x.length);
  eachRow(entries, (start, count) => {
    for (let i = Math.max(0, by); i < Math.min(count, count + by); i++) {
      const from = (start + i - by) * width;
      out.set(x.subarray(from, from + width), (start + i) * width);
    }
  });
  return out;
}

/** One head of one row of the batch: its entries, and which columns are the head's. */
interface Head {
  readonly start: number;
  readonly count: number;
  readonly width: number;
  readonly first: number;
  readonly size: number;
}

function eachHead({ heads }: AttentionAttrs, width: number, entries: Entries, visit: (head: Head, h: number) => void) {
  const size = width / heads;
  eachRow(entries, (start, count) => {
    for (let h = 0; h < heads; h++) visit({ start, count, width, first: h * size, size }, h);
  });
}

/** Element c of entry i. */
const element = (x: Float64Array, { start, width, first }: Head, i: number, c: number) =>
  at(x, (start + i) * width + first + c);

function dot(x: Float64Array, i: number, y: Float64Array, j: number, head: Head): number {
  let sum = 0;
  for (let c = 0; c < head.size; c++) sum += element(x, head, i, c) * element(y, head, j, c);
  return sum;
}

/** Weights of entries 0 to i for entry i: their softmax, and the factor by which dropout scales each (1 / (1 - rate), or 0). */
function weightsOf(q: Float64Array, k: Float64Array, i: number, head: Head, factor: (i: number, j: number) => number) {
  const scores = Array.from({ length: i + 1 }, (_, j) => dot(q, i, k, j, head) / Math.sqrt(head.size));
  const most = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power, j) => ({ p: power / sum, kept: factor(i, j) }));
}

/** Whether a weight is kept is a function of the moment, the op, the entry's number and head, and the other's place. */
function dropped({ heads, rate, id }: AttentionAttrs, { seed, epoch, step }: Moment, numbers: Int32Array) {
  return (start: number, h: number) => (i: number, j: number) => {
    if (rate === 0) return 1;
    const draw = unit(hash(seed, STREAM.dropout, epoch, step, id, at(numbers, start + i) * heads + h, j));
    return draw >= rate ? 1 / (1 - rate) : 0;
  };
}

export function attention(
  attrs: AttentionAttrs,
  width: number,
  [q, k, v]: readonly [Float64Array, Float64Array, Float64Array],
  entries: Entries,
  moment: Moment,
): Float64Array {
  const out = new Float64Array(q.length);
  const factors = dropped(attrs, moment, numbersOf(entries));
  eachHead(attrs, width, entries, (head, h) => {
    for (let i = 0; i < head.count; i++) {
      for (const [j, { p, kept }] of weightsOf(q, k, i, head, factors(head.start, h)).entries()) {
        for (let c = 0; c < head.size; c++) add(out, head, i, c, width, p * kept * element(v, head, j, c));
      }
    }
  });
  return out;
}

function add(out: Float64Array, { start, first }: Head, i: number, c: number, stride: number, value: number): void {
  const place = (start + i) * stride + first + c;
  out[place] = at(out, place) + value;
}

/** The gradients of queries, keys and values side by side. */
export function attentionGrad(
  attrs: AttentionAttrs,
  width: number,
  [q, k, v, dy]: readonly [Float64Array, Float64Array, Float64Array, Float64Array],
  entries: Entries,
  moment: Moment,
): Float64Array {
  const out = new Float64Array(3 * q.length);
  const factors = dropped(attrs, moment, numbersOf(entries));
  eachHead(attrs, width, entries, (head, h) => {
    for (let i = 0; i < head.count; i++) {
      const weights = weightsOf(q, k, i, head, factors(head.start, h));
      const slopes = weights.map(({ kept }, j) => kept * dot(dy, i, v, j, head));
      const mean = weights.reduce((sum, { p }, j) => sum + p * at(slopes, j), 0);
      for (const [j, { p, kept }] of weights.entries()) {
        const slope = (p * (at(slopes, j) - mean)) / Math.sqrt(head.size);
        for (let c = 0; c < head.size; c++) {
          add(out, head, i, c, 3 * width, slope * element(k, head, j, c));
          add(out, head, j, width + c, 3 * width, slope * element(q, head, i, c));
          add(out, head, j, 2 * width + c, 3 * width, p * kept * element(dy, head, i, c));
        }
      }
    }
  });
  return out;
}
