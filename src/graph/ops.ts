import { infer } from "./infer.ts";
import { sameShape } from "./shapes.ts";
import {
  type Attending,
  type AttentionAttrs,
  type DType,
  type EntryDropout,
  type EntryPart,
  type Init,
  type OpAttrs,
  type OpName,
  type Pooling,
  type Shape,
  Tensor,
  type UnaryFn,
  type Unrolled,
  type Window,
} from "./tensor.ts";

let scopes: readonly string[] = [];

/** Runs `build` with `name` noted on every node it makes, so that summaries and diagrams can speak of layers. */
export function withScope<T>(name: string, build: () => T): T {
  const outer = scopes;
  scopes = [...outer, name];
  try {
    return build();
  } finally {
    scopes = outer;
  }
}

/** How a parameter learns where it is not as the training says. */
export type OwnTraining = Partial<Pick<OpAttrs["param"], "l2" | "optimizer">>;

export function make<K extends OpName>(op: K, attrs: OpAttrs[K], inputs: readonly Tensor[]): Tensor<"f32", K> {
  const { shape } = infer[op](inputs, attrs);
  return new Tensor(op, attrs, inputs, "f32", shape, scopes.at(-1));
}

/** A value fed at every step: ids as `i32`, labels as `f32`; shape `["batch"]`. */
export const input = <D extends DType>(name: string, dtype: D, shape: Shape = ["batch"]): Tensor<D, "input"> =>
  new Tensor("input", { name }, [], dtype, shape, scopes.at(-1));

/**
 * A named array that the model owns. `trainable: false` for statistics and constants that come from the data; `own` says how it learns
 * where the training's own L2 regularization and update rule are not meant for this array.
 */
export const param = (
  name: string,
  shape: readonly number[],
  init: Init,
  trainable = true,
  { l2, optimizer }: OwnTraining = {},
): Tensor<"f32", "param"> => {
  const attrs = { name, init, trainable, ...(l2 !== undefined && { l2 }), ...(optimizer && { optimizer }) };
  return new Tensor("param", attrs, [], "f32", shape, scopes.at(-1));
};

/**
 * A sparse matrix that the data provides (the history of each user, neighbours of each item): read by `bag` and `spmm` alone. `ordered`: its
 * rows are in order of time and may repeat a column (what each user did, one event after the other); read by `unroll` alone.
 */
export const data = (name: string, rows: number, columns: number, ordered = false): Tensor<"f32", "data"> =>
  new Tensor("data", { name, ...(ordered && { ordered }) }, [], "f32", [rows, columns], scopes.at(-1));

/**
 * For each id the rows of a table `[columns, width]`, added up by the weights in that row of a data matrix
 * `[rows, columns]`: `[batch, width]`. The table may be a data matrix itself. `without` `[batch]`: a column whose entry is
 * left out of each sum, as training does with the item that is to be foretold. `dropout`: entries left out at random.
 */
export const bag = (
  table: Tensor,
  matrix: Tensor<"f32", "data">,
  ids: Tensor<"i32">,
  without?: Tensor<"i32">,
  dropout?: EntryDropout,
) => make("bag", entryAttrs(dropout), [table, matrix, ids, ...(without ? [without] : [])]);
const entryAttrs = (dropout?: EntryDropout) => (dropout && dropout.rate > 0 ? { dropout } : {});

/** The rows of a data matrix `[rows, columns]` as they are, zeros where it has no entry: `[batch, columns]`. */
export const denseRows = (matrix: Tensor<"f32", "data">, ids: Tensor<"i32">) => make("denseRows", {}, [matrix, ids]);

/**
 * A data matrix `[rows, columns]` times a table `[columns, width]`: `[rows, width]`. Of a transposed matrix the table is
 * `[rows, width]`, the result `[columns, width]`. Computed once a step, by all threads together.
 */
export const spmm = (matrix: Tensor<"f32", "data">, table: Tensor, { transpose = false } = {}) =>
  make("spmm", { transpose }, [matrix, table]);

/**
 * Rows times a data matrix: `[batch, rows] x [rows, columns] → [batch, columns]`; of a transposed matrix `[batch, columns] → [batch, rows]`.
 * The rows are dense, so that memory grows with the batch times both sides of the matrix.
 */
export const through = (x: Tensor, matrix: Tensor<"f32", "data">, { transpose = false } = {}) =>
  make("through", { transpose }, [x, matrix]);

/** Rows of a `[rows, width]` table: `[batch, width]`. */
export const gather = (table: Tensor, ids: Tensor<"i32">) => make("gather", {}, [table, ids]);
export const scatterAdd = (ids: Tensor, dy: Tensor, rows: number) => make("scatterAdd", { rows }, [ids, dy]);
/** What flows from a bag to its table: `dy` `[batch, width]`, times its weight, at the column of every entry of its sum. */
export const scatterBag = (
  dy: Tensor,
  matrix: Tensor,
  ids: Tensor,
  without?: Tensor,
  { dropout }: OpAttrs["scatterBag"] = {},
) => make("scatterBag", entryAttrs(dropout), [dy, matrix, ids, ...(without ? [without] : [])]);
/** A row-sparse gradient as a whole array. */
export const toDense = (x: Tensor) => make("toDense", {}, [x]);
/** Rows times a matrix, `[batch, …, k] x [k, n] → [batch, …, n]`; both sides rows, with `transposeA`: `[…, m]`, `[…, n] → [m, n]`. */
export const matmul = (a: Tensor, b: Tensor, { transposeA = false, transposeB = false } = {}) =>
  make("matmul", { transposeA, transposeB }, [a, b]);
/** A product of matrices for each row of the batch: `[batch, m, k] x [batch, k, n] → [batch, m, n]`. */
export const batchMatmul = (a: Tensor, b: Tensor, { transposeA = false, transposeB = false } = {}) =>
  make("batchMatmul", { transposeA, transposeB }, [a, b]);

export const add = (a: Tensor, b: Tensor) => make("add", {}, [a, b]);
export const sub = (a: Tensor, b: Tensor) => make("sub", {}, [a, b]);
export const mul = (a: Tensor, b: Tensor) => make("mul", {}, [a, b]);
export const div = (a: Tensor, b: Tensor) => make("div", {}, [a, b]);
/** `x * scale + offset` with constants. */
export const affine = (x: Tensor, scale: number, offset = 0) => make("affine", { scale, offset }, [x]);
export const unary = (fn: UnaryFn, x: Tensor) => make("unary", { fn }, [x]);

/** Sums over the leading dimensions, keeping the last `rank`; the shape itself where there is nothing to sum. */
export const reduceTo = (x: Tensor, rank: number, mean = false): Tensor =>
  rank === x.shape.length ? x : make("reduceTo", { rank, mean }, [x]);
export const mean = (x: Tensor) => reduceTo(x, 0, true);
export const broadcastTo = (x: Tensor, shape: Shape, mean = false): Tensor =>
  sameShape(x.shape, shape) ? x : make("broadcastTo", { shape, mean }, [x]);
/** `[batch, width] → [batch]`. */
export const sumLast = (x: Tensor) => make("sumLast", {}, [x]);
export const expandLast = (x: Tensor, size: number) => make("expandLast", { size }, [x]);

export const concat = (...xs: readonly [Tensor, ...Tensor[]]): Tensor =>
  xs.length === 1 ? xs[0] : make("concat", {}, xs);
export const slice = (x: Tensor, start: number, size: number) => make("slice", { start, size }, [x]);
export const pad = (x: Tensor, before: number, after: number) => make("pad", { before, after }, [x]);
export const reshape = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : make("reshape", { shape }, [x]);
/** `[batch, 1] → [batch]`. */
export const squeezeLast = (x: Tensor) => reshape(x, x.shape.slice(0, -1));
/** Zeroes each element with probability `rate` and scales the rest; `id` separates the layers' random streams. */
export const dropout = (x: Tensor, rate: number, id: number): Tensor =>
  rate === 0 ? x : make("dropout", { rate, id }, [x]);
/**
 * Standard normal noise `["batch", …]`, new in every step and the same for the same seed; `id` separates the layers' random streams. It does
 * not depend on anything, so that no gradient flows into it.
 */
export const normal = (shape: Shape, id: number) => make("normal", { shape, id }, []);
/**
 * 1 with the probability that x says, else 0: new in every step and the same for the same seed; `id` separates the layers' random
 * streams. No gradient flows through it.
 */
export const bernoulli = (x: Tensor, id: number) => make("bernoulli", { id }, [x]);
/**
 * One place of each row, drawn in proportion to its weights (at least 0, of any sum): 1 there, 0 at the others; a row of zeros stays as it is.
 * New in every step; `id` tells it from other streams. No gradient flows through it.
 */
export const categorical = (x: Tensor, id: number) => make("categorical", { id }, [x]);
/**
 * Numbers of `count` rows of a table of `rows`, `[count]`, drawn with replacement: new in every step, the same for the whole batch and for
 * the same seed; `id` separates the layers' random streams. Without `weights` all rows are equally likely; `weights` is a data matrix
 * `[1, rows]` whose values add up the weights of its columns, each with those before it. As float32, so that a table has at most 2^24 rows.
 */
export const draw = (count: number, rows: number, id: number, weights?: Tensor<"f32", "data">) =>
  make("draw", { count, rows, id }, weights ? [weights] : []);
/** The rows of a table `[rows, width]` that were drawn: `[count, width]`. */
export const pick = (table: Tensor, drawn: Tensor<"f32", "draw">) => make("pick", {}, [table, drawn]);
/** A row `[count, width]` for each one drawn, added up where they were drawn from: `[rows, width]`. */
export const putBack = (drawn: Tensor, x: Tensor, rows: number) => make("putBack", { rows }, [drawn, x]);
/**
 * The log of the sum over all rows of a table of `exp(x . row)`: `[batch, width]` and `[items, width]` → `[batch]`, without
 * ever holding `[batch, items]`. It is what normalizes a softmax over the whole catalogue.
 */
export const tableLogSumExp = (x: Tensor, table: Tensor) => make("tableLogSumExp", {}, [x, table]);
/**
 * The parts of an image that a convolution looks at, side by side: `[batch, height, width, channels] → [batch, parts, size * size *
 * channels]`, parts and pixels row by row. Times a matrix they are the convolution.
 */
export const unfold = (x: Tensor, { size, stride, padding }: Window) => make("unfold", { size, stride, padding }, [x]);
/** Parts put back where they were taken from and added up, as the gradient of `unfold`: `[batch, height, width, channels]`. */
export const fold = (parts: Tensor, { size, stride, padding, height, width }: OpAttrs["fold"]) =>
  make("fold", { size, stride, padding, height, width }, [parts]);
/** The largest, or the mean, of each part of each channel: `[batch, height, width, channels]`, what does not fill a part left out. */
export const pool = (x: Tensor, { of, size, stride }: Pooling) => make("pool", { of, size, stride }, [x]);
export const stopGradient = (x: Tensor) => make("stopGradient", {}, [x]);
/**
 * For each row of the batch the logarithm of the sum of exponentials of its inner products with the rows of the whole batch:
 * `[batch, width] x [batch, width] → [batch]`; what softmax with in-batch negatives divides by. Rows of the same item or of the
 * same user do not count, but for the row itself. All of the batch's products are never held at once.
 */
export const batchLogSumExp = (queries: Tensor, keys: Tensor, item: Tensor<"i32">, user: Tensor<"i32">) =>
  make("batchLogSumExp", {}, [queries, keys, item, user]);
/** A scalar that is part of the graph. */
export const constant = (value: number) => make("constant", { value }, []);
/**
 * The entries of the rows that `rows` names, oldest first, as ids `[entries]`: at most `newest` of each row, the latest. Their
 * columns (`column`), the columns of the events after them (`next`, with `ahead` alone), or how many entries of the row come
 * after them (`position`: 0 for the latest). `ahead`: a row's last event is no entry, only the next of the one before. A plan has
 * entries of one kind.
 */
export function unroll(
  sequence: Tensor<"f32", "data">,
  rows: Tensor<"i32">,
  attrs: Unrolled & { readonly part: EntryPart },
): Tensor<"i32", "unroll"> {
  const inputs = [sequence, rows];
  return new Tensor("unroll", attrs, inputs, "i32", infer.unroll(inputs, attrs).shape, scopes.at(-1));
}
/**
 * What entries weigh, `[entries]`: the values that their matrix has for ids of columns, or of the columns after them; 1 where it has no
 * values. Of data, so that no gradient goes through it; not of `position`.
 */
export const entryValues = (entries: Tensor<"i32", "unroll">) =>
  make("entryValues", { part: entries.attrs.part }, [entries]);
/** The latest entry of each row: `[entries, width] → [batch, width]`; zeros where a row has none. */
export const last = (x: Tensor) => make("last", {}, [x]);
/** The gradient of `last`: each row at its latest entry, zeros at the others: `[batch, width] → [entries, width]`. */
export const atLast = (dy: Tensor) => make("atLast", {}, [dy]);
/** Each row less its mean, divided by its standard deviation: `(x - mean) / sqrt(variance + epsilon)`. */
export const layerNorm = (x: Tensor, epsilon: number) => make("layerNorm", { epsilon }, [x]);
/**
 * Entries moved within their rows, `[entries, width]`: each gets the value of the entry `by` places before it (below 0: after it), zeros
 * where there is none.
 */
export const shift = (x: Tensor, by: number): Tensor => (by === 0 ? x : make("shift", { by }, [x]));
/**
 * A gated recurrent unit (Cho et al. 2014, with the reset after the product, as cuDNN and PyTorch have it): the states `[entries, width]`
 * after each entry of a row, from 0 on. With `a = h kernel + bias`: r = σ(x_r + a_r), z = σ(x_z + a_z), n = tanh(x_n + r a_n),
 * h' = (1 − z) n + z h. x `[entries, 3 width]` and kernel `[width, 3 width]`, bias `[3 width]`: for r, z and n side by side.
 */
export const gru = (x: Tensor, kernel: Tensor, bias: Tensor) => make("gru", {}, [x, kernel, bias]);
/**
 * Causal attention: each entry looks at itself and the earlier entries of its row. `softmax(q k^T / sqrt(width / heads)) v`,
 * head by head, each `[entries, width]`; dropout of the weights as in `dropout`.
 */
export const attention = (
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { heads, rate, id }: AttentionAttrs = { heads: 1, rate: 0, id: 0 },
) => make("attention", { heads, rate, id }, [q, k, v]);
/**
 * Attention of a query per row, `[batch, d]`, to the entries (c, w) of that row of a data matrix `[rows, columns]`: the mean of
 * `values[c]`, each weighted by `w exp(query . keys[c])`; keys `[columns, d]`, values `[columns, v]`, out `[batch, v]`. Zeros where a row
 * has no entry of a positive weight. `without` as in `bag`. With a `smoothing` below 1 the sum of the weighted values is divided by
 * that power of the sum of the weights; `units` makes logits by a hidden layer (see `Attending`).
 */
export const crossAttention = (
  query: Tensor,
  keys: Tensor,
  values: Tensor,
  matrix: Tensor<"f32", "data">,
  ids: Tensor<"i32">,
  without?: Tensor<"i32">,
  attending: Attending = {},
) => make("crossAttention", attending, [query, keys, values, matrix, ids, ...(without ? [without] : [])]);

/** Rows of a data matrix, one for each id of the batch, but for the entries in the columns `without`. */
export interface CrossedRows {
  readonly matrix: Tensor<"f32", "data">;
  readonly ids: Tensor<"i32">;
  readonly without?: Tensor<"i32"> | undefined;
}

/**
 * Crosses of what two rows of data matrices hold: for each entry (p, w) of the left row and each (q, v) of the right one, `w v` times the
 * row `below(hash(id, q, p), buckets)` of a table `[buckets, width]` (see `src/core/random.ts`), added up: `[batch, width]`. Different crosses
 * may share a row, so that a table need not have one for each. Columns of the left row alone can be left out.
 */
export const crossBag = (table: Tensor, left: CrossedRows, right: Omit<CrossedRows, "without">, id: number) =>
  make("crossBag", { id }, [
    ...[table, left.matrix, right.matrix, left.ids, right.ids],
    ...(left.without ? [left.without] : []),
  ]);

/** Inner product of rows: `[batch, width] x [batch, width] → [batch]`. */
export const rowDot = (a: Tensor, b: Tensor) => sumLast(mul(a, b));
