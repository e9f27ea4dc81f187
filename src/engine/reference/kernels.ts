import { gaussian, hash, STREAM, unit } from "../../core/random.ts";
import type { OpAttrs, OpName } from "../../graph/tensor.ts";
import type { Csr } from "../contract.ts";
import { type Entry, entries } from "./bag.ts";
import * as batch from "./batch.ts";
import { crossAttention, crossAttentionGradient } from "./cross-attention.ts";
import { crosses } from "./crosses.ts";
import * as drawn from "./drawn.ts";
import * as ragged from "./entries.ts";
import { layerNorm, layerNormGrad } from "./normalize.ts";
import { batchProduct, flat, product } from "./products.ts";
import * as recurrent from "./recurrent.ts";
import { through } from "./through.ts";
import { unary } from "./unary.ts";
import * as windows from "./windows.ts";

/** A row-sparse gradient: `values` holds one row of `width` numbers per entry of `ids`; rows may repeat. */
export interface SparseRows {
  readonly ids: Int32Array;
  readonly values: Float64Array;
  readonly rows: number;
  readonly width: number;
}
export type Value = Float64Array | Int32Array | SparseRows | Csr;

/** Where a random op stands: with its id these decide its mask. */
export interface Moment {
  readonly seed: number;
  readonly epoch: number;
  readonly step: number;
}

interface Call<K extends OpName> {
  readonly attrs: OpAttrs[K];
  readonly shape: readonly number[];
  readonly shapes: readonly (readonly number[])[];
  readonly moment: Moment;
  readonly entries: ragged.Entries;
  /** Whether the value has a row for each entry. */
  readonly isEntries: boolean;
}
// Operands are dense float64 but where a rule says otherwise; a missing one is the verifier's business.
type Dense = Float64Array;
type Kernel<K extends OpName> = (call: Call<K>, x: Dense, y: Dense, z: Dense, all: readonly Value[]) => Value;

export const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const last = (shape: readonly number[]): number => shape.at(-1) ?? 1;
function fill(n: number, f: (i: number) => number): Float64Array {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) out[i] = f(i);
  return out;
}
const at = (x: ArrayLike<number>, i: number): number => x[i] as number;

function add(out: Float64Array, place: number, value: number): void {
  out[place] = at(out, place) + value;
}

function addSparseRow(out: Float64Array, start: number, { offsets, items, values }: Csr, row: number, weight: number) {
  for (let e = at(offsets, row); e < at(offsets, row + 1); e++)
    add(out, start + at(items, e), weight * (values?.[e] ?? 1));
}

/** The whole array: rows that repeat are added in order. */
export function toDense({ ids, values, rows, width }: SparseRows): Float64Array {
  const out = new Float64Array(rows * width);
  for (const [i, value] of values.entries()) add(out, at(ids, Math.floor(i / width)) * width + (i % width), value);
  return out;
}

/** Products of row i of x with all rows of a table of that shape. */
function logits(x: Dense, rows: Dense, [items = 0, width = 0]: readonly number[], i: number): Float64Array {
  return fill(items, (item) => {
    let sum = 0;
    for (let c = 0; c < width; c++) sum += at(x, i * width + c) * at(rows, item * width + c);
    return sum;
  });
}

function logSumExp(x: Float64Array): number {
  const most = x.reduce((a, b) => Math.max(a, b));
  return most + Math.log(x.reduce((sum, v) => sum + Math.exp(v - most), 0));
}

/** Suffix broadcasting: the shorter operand repeats. */
const arithmetic =
  (f: (a: number, b: number) => number) =>
  ({ shape }: { readonly shape: readonly number[] }, a: Dense, b: Dense): Float64Array =>
    fill(size(shape), (i) => f(at(a, i % a.length), at(b, i % b.length)));

const identity = (_: unknown, x: Dense): Float64Array => x.slice();

/** A number in [0, 1) for each element of rows, by its place in the batch, or that of its entry in its row. */
function drawsOf({ shape, moment, entries, isEntries }: Omit<Call<"dropout">, "attrs">, stream: number, id: number) {
  const { seed, epoch, step } = moment;
  const width = size(shape.slice(1));
  const numbers = isEntries ? ragged.numbersOf(entries) : [];
  const number = (i: number) => (isEntries ? at(numbers, Math.floor(i / width)) * width + (i % width) : i);
  return (i: number): number => unit(hash(seed, stream, epoch, step, id, number(i)));
}

/** Slow, obvious, float64: the definition of every op. */
export const kernels: { readonly [K in Exclude<OpName, "input" | "param" | "data">]: Kernel<K> } = {
  gather({ shape }, table, ids) {
    const width = last(shape);
    const out = new Float64Array(size(shape));
    for (const [i, id] of ids.entries()) out.set(table.subarray(id * width, (id + 1) * width), i * width);
    return out;
  },
  bag({ attrs, shape, moment }, table, _matrix, _ids, all) {
    const [rows] = all as readonly [Dense | Csr];
    const width = last(shape);
    const out = new Float64Array(size(shape));
    for (const { row, column, weight } of entries(all, attrs.dropout, moment)) {
      if ("offsets" in rows) addSparseRow(out, row * width, rows, column, weight);
      else for (let c = 0; c < width; c++) add(out, row * width + c, weight * at(table, column * width + c));
    }
    return out;
  },
  denseRows({ shape }, _matrix, ids, _z, all) {
    const out = new Float64Array(size(shape));
    for (const [row, id] of ids.entries()) addSparseRow(out, row * last(shape), all[0] as Csr, id, 1);
    return out;
  },
  spmm({ attrs, shape }, _matrix, table, _z, all) {
    const { offsets, items, values } = all[0] as Csr;
    const width = last(shape);
    const out = new Float64Array(size(shape));
    for (let row = 0; row + 1 < offsets.length; row++) {
      for (let e = at(offsets, row); e < at(offsets, row + 1); e++) {
        const [to, from] = attrs.transpose ? [at(items, e), row] : [row, at(items, e)];
        for (let c = 0; c < width; c++) add(out, to * width + c, (values?.[e] ?? 1) * at(table, from * width + c));
      }
    }
    return out;
  },
  through: ({ attrs, shape, shapes: [sx = []] }, x, _matrix, _z, all) =>
    through(attrs.transpose, last(shape), last(sx), x, all[1] as Csr),
  scatterAdd: ({ shape, attrs }, _ids, dy, _z, all) => ({
    ids: all[0] as Int32Array,
    values: dy,
    rows: attrs.rows,
    width: last(shape),
  }),
  scatterBag({ attrs, shape: [rows = 0, width = 1], moment }, dy, _matrix, _ids, all) {
    const found = [...entries(all, attrs.dropout, moment)];
    return {
      ids: Int32Array.from(found, ({ column }) => column),
      values: fill(found.length * width, (i) => {
        const { row, weight } = found[Math.floor(i / width)] as Entry;
        return weight * at(dy, row * width + (i % width));
      }),
      rows,
      width,
    };
  },
  sparseSum(_, _x, _y, _z, all) {
    const parts = all as readonly SparseRows[];
    const [{ rows, width }] = parts as readonly [SparseRows];
    return {
      ids: Int32Array.from(parts.flatMap((part) => [...part.ids])),
      values: Float64Array.from(parts.flatMap((part) => [...part.values])),
      rows,
      width,
    };
  },
  toDense: (_, _x, _y, _z, [rows]) => toDense(rows as SparseRows),
  matmul: ({ attrs, shapes: [sa = [], sb = []] }, a, b) => product(attrs, flat(sa), flat(sb), a, b),
  batchMatmul: ({ attrs, shape, shapes: [sa = [], sb = []] }, a, b) => batchProduct(attrs, shape, sa, sb, a, b),
  add: arithmetic((a, b) => a + b),
  sub: arithmetic((a, b) => a - b),
  mul: arithmetic((a, b) => a * b),
  div: arithmetic((a, b) => a / b),
  reduceTo({ attrs, shape }, x) {
    const out = new Float64Array(size(shape));
    for (const [i, value] of x.entries()) out[i % out.length] = at(out, i % out.length) + value;
    // The mean of no rows at all is 0: a batch may have no entries.
    return attrs.mean && x.length > 0 ? out.map((v) => (v * out.length) / x.length) : out;
  },
  broadcastTo({ attrs, shape }, x) {
    const n = size(shape);
    const scale = attrs.mean ? x.length / n : 1;
    return fill(n, (i) => at(x, i % x.length) * scale);
  },
  sumLast({ shape, shapes: [sx = []] }, x) {
    const out = new Float64Array(size(shape));
    for (const [i, value] of x.entries()) out[Math.floor(i / last(sx))] = at(out, Math.floor(i / last(sx))) + value;
    return out;
  },
  expandLast: ({ attrs, shape }, x) => fill(size(shape), (i) => at(x, Math.floor(i / attrs.size))),
  affine: ({ attrs }, x) => x.map((v) => v * attrs.scale + attrs.offset),
  unary: ({ attrs }, x) => x.map(unary[attrs.fn].value),
  unaryGrad: ({ attrs }, x, y, dy) => dy.map((d, i) => d * unary[attrs.fn].slope(at(x, i), at(y, i))),
  concat({ shape, shapes }, _x, _y, _z, all) {
    const out = new Float64Array(size(shape));
    let start = 0;
    for (const [k, part] of (all as readonly Dense[]).entries()) {
      const width = last(shapes[k] ?? []);
      for (const [i, value] of part.entries()) out[Math.floor(i / width) * last(shape) + start + (i % width)] = value;
      start += width;
    }
    return out;
  },
  slice: ({ attrs, shape, shapes: [sx = []] }, x) =>
    fill(size(shape), (i) => at(x, Math.floor(i / attrs.size) * last(sx) + attrs.start + (i % attrs.size))),
  pad({ attrs, shape, shapes: [sx = []] }, x) {
    const out = new Float64Array(size(shape));
    for (const [i, value] of x.entries())
      out[Math.floor(i / last(sx)) * last(shape) + attrs.before + (i % last(sx))] = value;
    return out;
  },
  reshape: identity,
  dropout(call, x) {
    const { rate, id } = call.attrs;
    const draw = drawsOf(call, STREAM.dropout, id);
    return x.map((v, i) => (draw(i) >= rate ? v / (1 - rate) : 0));
  },
  bernoulli(call, x) {
    const draw = drawsOf(call, STREAM.coin, call.attrs.id);
    return x.map((v, i) => (draw(i) < v ? 1 : 0));
  },
  categorical(call, x) {
    const width = last(call.shape);
    const draw = drawsOf(call, STREAM.category, call.attrs.id);
    const out = new Float64Array(x.length);
    for (let row = 0; row < x.length; row += width) {
      const place = drawn.place(x.subarray(row, row + width), draw(row));
      if (place >= 0) out[row + place] = 1;
    }
    return out;
  },
  draw: ({ attrs, moment }, _x, _y, _z, [weights]) => drawn.draw(attrs, moment, weights as Csr | undefined),
  pick: ({ shape }, table, numbers) => drawn.pick(last(shape), table, numbers),
  putBack: ({ attrs, shape }, numbers, x) => drawn.putBack(attrs.rows, last(shape), numbers, x),
  normal({ attrs: { id }, shape, moment: { seed, epoch, step } }) {
    return fill(size(shape), (i) => gaussian(hash(seed, STREAM.noise, epoch, step, id, i)));
  },
  tableLogSumExp({ shape, shapes: [, table = []] }, x, rows) {
    return fill(size(shape), (i) => logSumExp(logits(x, rows, table, i)));
  },
  tableLogSumExpGrad({ attrs, shape, shapes: [, table = []] }, x, rows, value, all) {
    const dy = all[3] as Dense;
    const width = last(table);
    const out = new Float64Array(size(shape));
    for (const [i, total] of value.entries()) {
      for (const [item, logit] of logits(x, rows, table, i).entries()) {
        const slope = at(dy, i) * Math.exp(logit - total);
        for (let c = 0; c < width; c++) {
          if (attrs.of === "rows") add(out, i * width + c, slope * at(rows, item * width + c));
          else add(out, item * width + c, slope * at(x, i * width + c));
        }
      }
    }
    return out;
  },
  crossAttention: (call, _x, _y, _z, all) =>
    crossAttention(call, all as readonly Dense[], entries(all.slice(2), undefined, call.moment)),
  crossAttentionGrad: (call, _x, _y, _z, all) =>
    crossAttentionGradient(call, all as readonly Dense[], entries(all.slice(4), undefined, call.moment)),
  unfold: ({ attrs, shapes: [sx = []] }, x) => windows.unfold(attrs, sx, x),
  fold: ({ attrs, shape }, parts) => windows.fold(attrs, shape, parts),
  pool: ({ attrs, shapes: [sx = []] }, x) => windows.pool(attrs, sx, x),
  poolGrad: ({ attrs, shape }, x, dy) => windows.poolGradient(attrs, shape, x, dy),
  crossBag({ attrs, shape, shapes: [[buckets = 0] = []], moment }, table, _y, _z, all) {
    const [width, out] = [last(shape), new Float64Array(size(shape))];
    for (const { row, bucket, weight } of crosses(all, attrs.id, buckets, moment))
      for (let c = 0; c < width; c++) add(out, row * width + c, weight * at(table, bucket * width + c));
    return out;
  },
  crossBagGrad({ attrs, shape, moment }, dy, _y, _z, all) {
    const [width, out] = [last(shape), new Float64Array(size(shape))];
    for (const { row, bucket, weight } of crosses(all, attrs.id, attrs.rows, moment))
      for (let c = 0; c < width; c++) add(out, bucket * width + c, weight * at(dy, row * width + c));
    return out;
  },
  stopGradient: identity,
  unroll: ({ attrs, entries }, _x, _y, _z, all) => ragged.unroll(attrs, all[0] as Csr, entries),
  entryValues: ({ attrs, entries }) => ragged.entryValues(attrs, entries),
  last: ({ shape, entries }, x) => ragged.last(last(shape), x, entries),
  atLast: ({ shape, entries }, dy) => ragged.atLast(last(shape), dy, entries),
  shift: ({ attrs, shape, entries }, x) => ragged.shift(attrs.by, last(shape), x, entries),
  gru: ({ shape, entries }, x, kernel, bias) => recurrent.forward(last(shape), [x, kernel, bias], entries),
  gruGrad: ({ shape, entries }, _x, _y, _z, all) => recurrent.backward(last(shape) / 4, all as Dense[], entries),
  layerNorm: ({ attrs, shape }, x) => layerNorm(x, last(shape), attrs.epsilon),
  layerNormGrad: ({ attrs, shape }, x, dy) => layerNormGrad(x, dy, last(shape), attrs.epsilon),
  attention: ({ attrs, shape, entries, moment }, q, k, v) =>
    ragged.attention(attrs, last(shape), [q, k, v], entries, moment),
  attentionGrad: ({ attrs, shape, entries, moment }, _q, _k, _v, all) =>
    ragged.attentionGrad(attrs, last(shape) / 3, all as [Dense, Dense, Dense, Dense], entries, moment),
  batchLogSumExp: ({ shapes }, x, y, _z, all) =>
    batch.logSumExp(last(shapes[0] ?? []), x, y, all.slice(2) as Int32Array[]),
  batchLogSumExpGrad: ({ attrs, shape }, x, y, lse, all) =>
    batch.gradient(attrs.of, last(shape), [x, y, lse, all[3] as Dense], all.slice(4) as Int32Array[]),
  constant: ({ attrs }) => Float64Array.of(attrs.value),
};
