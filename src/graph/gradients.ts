import { fail } from "../core/errors.ts";
import {
  add,
  affine,
  atLast,
  batchMatmul,
  broadcastTo,
  concat,
  constant,
  div,
  dropout,
  expandLast,
  fold,
  last,
  make,
  matmul,
  mul,
  pad,
  pick,
  putBack,
  reduceTo,
  reshape,
  scatterAdd,
  scatterBag,
  shift,
  slice,
  spmm,
  sumLast,
  through,
  toDense,
  unfold,
} from "./ops.ts";
import { isEntries, sameShape } from "./shapes.ts";
import { type DType, isRowSparse, type OpAttrs, type OpName, type Tensor, topologicalOrder } from "./tensor.ts";

type Gradients = readonly (Tensor | undefined)[];
/** Two at least where a rule takes them apart; the verifier counts them. */
type Operands = readonly [Tensor, Tensor, Tensor, ...Tensor[]];
type Rule<K extends OpName> = "none" | ((out: Tensor<DType, K>, dy: Tensor, inputs: Operands) => Gradients);

/** The gradient of a broadcast operand: what flowed to its copies, summed. */
const onto = (x: Tensor, dy: Tensor): Tensor => reduceTo(dy, x.shape.length);

/** Gradient of each operand as new nodes; `undefined` where none flows, `"none"` where nothing can be differentiated. */
const rules: { readonly [K in OpName]: Rule<K> } = {
  input: "none",
  param: "none",
  data: "none",
  bag: ({ attrs }, dy, [, matrix, ids, without]) => [scatterBag(dy, matrix, ids, without, attrs)],
  denseRows: () => [undefined, undefined],
  spmm: ({ attrs }, dy, [matrix]) => [
    undefined,
    spmm(matrix as Tensor<"f32", "data">, dy, { transpose: !attrs.transpose }),
  ],
  through: ({ attrs }, dy, [, matrix]) => [
    through(dy, matrix as Tensor<"f32", "data">, { transpose: !attrs.transpose }),
    undefined,
  ],
  gather(_, dy, [table, ids]) {
    const rows = scatterAdd(ids, dy, table.shape[0] as number);
    // Entries look up more rows than a table has, or not many fewer.
    return [isEntries(dy.shape) ? toDense(rows) : rows, undefined];
  },
  scatterAdd: "none",
  scatterBag: "none",
  sparseSum: "none",
  toDense: "none",
  matmul({ attrs: { transposeA, transposeB } }, dy, [a, b]) {
    const da = transposeA
      ? matmul(b, dy, { transposeA: transposeB, transposeB: true })
      : matmul(dy, b, { transposeB: !transposeB });
    const db = transposeB
      ? matmul(dy, a, { transposeA: true, transposeB: transposeA })
      : matmul(a, dy, { transposeA: !transposeA });
    return [da, db];
  },
  batchMatmul({ attrs: { transposeA, transposeB } }, dy, [a, b]) {
    const da = transposeA
      ? batchMatmul(b, dy, { transposeA: transposeB, transposeB: true })
      : batchMatmul(dy, b, { transposeB: !transposeB });
    const db = transposeB
      ? batchMatmul(dy, a, { transposeA: true, transposeB: transposeA })
      : batchMatmul(a, dy, { transposeA: !transposeA });
    return [da, db];
  },
  add: (_, dy, [a, b]) => [onto(a, dy), onto(b, dy)],
  sub: (_, dy, [a, b]) => [onto(a, dy), onto(b, affine(dy, -1))],
  mul: (_, dy, [a, b]) => [onto(a, mul(dy, b)), onto(b, mul(dy, a))],
  div: (out, dy, [a, b]) => [onto(a, div(dy, b)), onto(b, affine(div(mul(dy, out), b), -1))],
  reduceTo: ({ attrs }, dy, [x]) => [broadcastTo(dy, x.shape, attrs.mean)],
  broadcastTo: ({ attrs }, dy, [x]) => [reduceTo(dy, x.shape.length, attrs.mean)],
  sumLast: (_, dy, [x]) => [expandLast(dy, x.shape.at(-1) as number)],
  expandLast: (_, dy) => [sumLast(dy)],
  affine: ({ attrs }, dy) => [affine(dy, attrs.scale)],
  unary: (out, dy, [x]) => [make("unaryGrad", out.attrs, [x, out, dy])],
  unaryGrad: "none",
  concat(out, dy) {
    let start = 0;
    return out.inputs.map((x) => {
      const size = x.shape.at(-1) as number;
      start += size;
      return slice(dy, start - size, size);
    });
  },
  slice: ({ attrs }, dy, [x]) => [pad(dy, attrs.start, (x.shape.at(-1) as number) - attrs.start - attrs.size)],
  pad: ({ attrs }, dy, [x]) => [slice(dy, attrs.before, x.shape.at(-1) as number)],
  reshape: (_, dy, [x]) => [reshape(dy, x.shape)],
  dropout: ({ attrs }, dy) => [dropout(dy, attrs.rate, attrs.id)],
  normal: "none",
  bernoulli: () => [undefined],
  categorical: () => [undefined],
  draw: "none",
  pick: (_, dy, [table, drawn]) => [putBack(drawn, dy, table.shape[0] as number), undefined],
  putBack: (_, dy, [drawn]) => [undefined, pick(dy, drawn as Tensor<"f32", "draw">)],
  tableLogSumExp: (out, dy, [x, table]) =>
    (["rows", "table"] as const).map((of) => make("tableLogSumExpGrad", { of }, [x, table, out, dy])),
  tableLogSumExpGrad: "none",
  unfold({ attrs }, dy, [{ shape }]) {
    const [height, width] = shape.slice(1) as [number, number];
    return [fold(dy, { ...attrs, height, width })];
  },
  fold: ({ attrs }, dy) => [unfold(dy, attrs)],
  pool: ({ attrs }, dy, [x]) => [make("poolGrad", attrs, [x, dy])],
  poolGrad: "none",
  stopGradient: () => [undefined],
  unroll: "none",
  entryValues: () => [undefined],
  last: (_, dy) => [atLast(dy)],
  atLast: (_, dy) => [last(dy)],
  shift: ({ attrs }, dy) => [shift(dy, -attrs.by)],
  gru(out, dy, [x, kernel, bias]) {
    const width = dy.shape.at(-1) as number;
    // What each state was made of: one product for all entries, which the fused op then goes back through.
    const before = shift(out, 1);
    const product = add(matmul(before, kernel), bias as Tensor);
    const all = make("gruGrad", {}, [x, product, before, kernel, dy]);
    const into = concat(slice(all, 0, 2 * width), slice(all, 3 * width, width));
    return [slice(all, 0, 3 * width), matmul(before, into, { transposeA: true }), reduceTo(into, 1)];
  },
  gruGrad: "none",
  layerNorm: ({ attrs }, dy, [x]) => [make("layerNormGrad", attrs, [x, dy])],
  layerNormGrad: "none",
  attention({ attrs, inputs }, dy) {
    const all = make("attentionGrad", attrs, [...inputs, dy]);
    const width = dy.shape.at(-1) as number;
    return inputs.map((_, i) => slice(all, i * width, width));
  },
  attentionGrad: "none",
  crossAttention(out, dy, [query, keys, values, ...rows]) {
    const { attrs } = out as Tensor<"f32", "crossAttention">;
    const operands = [query, keys, values, out, dy, ...rows];
    return (["query", "keys", "values"] as const).map((of) => make("crossAttentionGrad", { ...attrs, of }, operands));
  },
  crossAttentionGrad: "none",
  crossBag: ({ attrs: { id } }, dy, [table, ...crossed]) => [
    make("crossBagGrad", { id, rows: table.shape[0] as number }, [dy, ...crossed]),
  ],
  crossBagGrad: "none",
  batchLogSumExp(out, dy, [queries, keys, item, user]) {
    const of = (side: "queries" | "keys", own: Tensor, others: Tensor) =>
      make("batchLogSumExpGrad", { of: side }, [own, others, out, dy, item, user as Tensor]);
    return [of("queries", queries, keys), of("keys", keys, queries)];
  },
  batchLogSumExpGrad: "none",
  constant: "none",
};

const whole = (x: Tensor): Tensor => (isRowSparse(x) ? toDense(x) : x);

/** Sum of two gradients of one tensor: row-sparse where both are. */
function accumulate(a: Tensor, b: Tensor): Tensor {
  if (!isRowSparse(a) || !isRowSparse(b)) return add(whole(a), whole(b));
  const parts = (x: Tensor) => (x.op === "sparseSum" ? x.inputs : [x]);
  return make("sparseSum", {}, [...parts(a), ...parts(b)]);
}

/**
 * Reverse-mode gradients of a scalar `loss` with respect to `targets` (any tensors), as more graph: nothing is computed.
 * With a `[batch]` loss and a `seed` of the same shape, the gradients of the seed-weighted sum.
 * Throws GRAPH_GRADIENT where a target cannot be reached.
 */
export function gradients(loss: Tensor, targets: readonly Tensor[], seed?: Tensor): Map<Tensor, Tensor> {
  if (!seed && loss.shape.length !== 0) {
    fail("GRAPH_GRADIENT", {
      what: "gradients() needs a scalar loss",
      received: `${loss}`,
      fix: "Reduce it with mean().",
    });
  }
  if (seed && !sameShape(seed.shape, loss.shape))
    fail("GRAPH_SHAPE", { what: "gradients() got a seed unlike the loss", received: `${seed} for ${loss}` });
  const order = topologicalOrder([loss]);
  const wanted = new Set<Tensor>(targets);
  for (const tensor of order) if (tensor.inputs.some((x) => wanted.has(x))) wanted.add(tensor);
  const grads = new Map<Tensor, Tensor>();
  for (const out of order.toReversed()) {
    const dy = out === loss ? (seed ?? constant(1)) : grads.get(out);
    if (!dy || !wanted.has(out) || out.inputs.length === 0) continue;
    // What a table is made of gets all of its gradient; rows are for the optimizer alone.
    for (const [i, grad] of gradientsOf(out, whole(dy)).entries()) {
      const x = out.inputs[i];
      if (!grad || !x || !wanted.has(x)) continue;
      const sum = grads.get(x);
      grads.set(x, sum ? accumulate(sum, grad) : grad);
    }
  }
  return new Map(targets.map((target) => [target, grads.get(target) ?? unreached(target)]));
}

function gradientsOf(out: Tensor, dy: Tensor): Gradients {
  const rule = rules[out.op] as Rule<OpName>;
  if (rule === "none") {
    return fail("GRAPH_GRADIENT", {
      what: `${out.op} has no gradient`,
      fix: "Put it behind stopGradient(), or do not train through it.",
    });
  }
  return rule(out as Tensor<DType, OpName>, dy, out.inputs as Operands);
}

function unreached(target: Tensor): never {
  const name = (target.attrs as Partial<OpAttrs["param"]>).name;
  return fail("GRAPH_GRADIENT", {
    what: `The loss does not depend on ${name ? `"${name}"` : `${target.op} ${target}`}`,
  });
}
