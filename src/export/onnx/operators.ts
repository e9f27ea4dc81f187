import { fail } from "../../core/errors.ts";
import type { Instruction } from "../../graph/plan.ts";
import { elements, isEntries, isRows } from "../../graph/shapes.ts";
import type { OpName, Shape, UnaryFn } from "../../graph/tensor.ts";
import type { Entries } from "./entries.ts";
import { float, int, ints, type OnnxGraph } from "./graph.ts";
import * as images from "./images.ts";

/** A value of the ONNX graph, with its shape in the plan. */
export interface Operand {
  readonly name: string;
  readonly shape: Shape;
}

export interface Context {
  readonly graph: OnnxGraph;
  /** Name of an int64[1] value: how many rows the batch has. */
  readonly batchRows: () => string;
  /** What each row of the batch did, where the file is told. */
  readonly entries?: Entries;
}

/** As many operands as the op has; the type names two so that rules can take them apart. */
type Operands = readonly [Operand, Operand, ...Operand[]];

type Translate<K extends OpName> = (context: Context, operands: Operands, instruction: Instruction<K>) => string;
type Rule<K extends OpName> = "training" | "source" | Translate<K>;

const binary =
  (op: string): Translate<"add" | "sub" | "mul" | "div"> =>
  ({ graph }, [a, b]) =>
    graph.node(op, [a.name, b.name]);

/** Dropout and stopGradient do nothing when a model is used rather than trained. */
const identity: Translate<"dropout" | "stopGradient"> = (_, [x]) => x.name;

/**
 * How each op is written in ONNX: total, so that an op without a translation does not compile. "source" ops are made by the
 * caller, "training" ones occur in training plans only.
 */
const rules: { readonly [K in OpName]: Rule<K> } = {
  input: "source",
  param: "source",
  data: () => refuse("a data matrix (what users did)", NO_HISTORY),
  bag: () => refuse("a sum over what a user did", NO_HISTORY),
  denseRows: () => refuse("rows of what is known (pictures)", NO_HISTORY),
  spmm: () => refuse("a product with a data matrix (the graph of what users did)", NO_HISTORY),
  through: () => refuse("a product with a data matrix (the graph of what users did)", NO_HISTORY),
  constant: ({ graph }, _, { attrs }) => graph.scalar(attrs.value),
  gather: ({ graph }, [table, ids]) => graph.node("Gather", [table.name, ids.name], { axis: int(0) }),
  scatterAdd: "training",
  scatterBag: "training",
  batchLogSumExp: "training",
  batchLogSumExpGrad: "training",
  sparseSum: "training",
  toDense: "training",
  matmul({ graph }, [a, b], { attrs: { transposeA, transposeB } }) {
    if (!transposeA && !transposeB) return graph.node("MatMul", [a.name, b.name]);
    if (a.shape.length > 2) return graph.node("MatMul", [a.name, images.transposed(graph, b)]);
    return graph.node("Gemm", [a.name, b.name], { transA: int(Number(transposeA)), transB: int(Number(transposeB)) });
  },
  batchMatmul({ graph }, [a, b], { attrs: { transposeA, transposeB } }) {
    const side = (x: Operand, transpose: boolean) => (transpose ? images.transposed(graph, x) : x.name);
    return graph.node("MatMul", [side(a, transposeA), side(b, transposeB)]);
  },
  add: binary("Add"),
  sub: binary("Sub"),
  mul: binary("Mul"),
  div: binary("Div"),
  reduceTo({ graph }, [x], { attrs: { rank, mean } }) {
    const axes = Array.from({ length: x.shape.length - rank }, (_, i) => i);
    if (mean) return graph.node("ReduceMean", [x.name], { axes: ints(...axes), keepdims: int(0) });
    return graph.node("ReduceSum", [x.name, graph.ints(...axes)], { keepdims: int(0) });
  },
  broadcastTo(context, [x], { attrs: { shape, mean } }) {
    const { graph } = context;
    if (mean && isRows(shape)) return refuse("a value shared out over the rows of a batch");
    const repeated = graph.node("Expand", [x.name, shapeValue(context, shape)]);
    if (!mean) return repeated;
    const copies = elements(shape) / elements(x.shape);
    return graph.node("Div", [repeated, graph.scalar(copies)]);
  },
  sumLast: ({ graph }, [x]) => graph.node("ReduceSum", [x.name, graph.ints(-1)], { keepdims: int(0) }),
  expandLast({ graph }, [x], { attrs: { size } }) {
    const column = graph.node("Unsqueeze", [x.name, graph.ints(-1)]);
    return graph.node("Expand", [column, graph.ints(...x.shape.map(() => 1), size)]);
  },
  affine({ graph }, [x], { attrs: { scale, offset } }) {
    const scaled = scale === 1 ? x.name : graph.node("Mul", [x.name, graph.scalar(scale)]);
    return offset === 0 ? scaled : graph.node("Add", [scaled, graph.scalar(offset)]);
  },
  unary: ({ graph }, [x], { attrs: { fn } }) => functions[fn](graph, x.name),
  unaryGrad: "training",
  concat({ graph }, operands) {
    const names = operands.map(({ name }) => name);
    return graph.node("Concat", names, { axis: int(-1) });
  },
  slice({ graph }, [x], { attrs: { start, size } }) {
    return graph.node("Slice", [x.name, graph.ints(start), graph.ints(start + size), graph.ints(-1)]);
  },
  pad({ graph }, [x], { attrs: { before, after } }) {
    const none = x.shape.slice(1).map(() => 0);
    return graph.node("Pad", [x.name, graph.ints(...none, before, ...none, after)]);
  },
  reshape({ graph }, [x], { attrs: { shape } }) {
    // 0 copies the operand's own dimension: the batch, whatever its size.
    return graph.node("Reshape", [x.name, graph.ints(...shape.map((dim) => (typeof dim === "number" ? dim : 0)))]);
  },
  dropout: identity,
  normal: "training",
  bernoulli: "training",
  categorical: "training",
  draw: "training",
  pick: "training",
  putBack: "training",
  tableLogSumExp: "training",
  tableLogSumExpGrad: "training",
  unfold: ({ graph }, [x], { attrs }) => images.unfold(graph, x, attrs),
  fold: "training",
  pool: ({ graph }, [x], { attrs }) => images.pool(graph, x, attrs),
  poolGrad: "training",
  stopGradient: identity,
  unroll: (context, _, { attrs }) => eventsIn(context).part(attrs.part),
  entryValues: "training",
  last: (context, [x]) => eventsIn(context).last(x),
  atLast: "training",
  shift: (context, [x], { attrs }) => eventsIn(context).shift(x, attrs.by),
  gru: (context, [x, kernel, bias]) => eventsIn(context).gru(x, kernel, bias as Operand),
  gruGrad: "training",
  layerNorm({ graph }, [x], { attrs: { epsilon } }) {
    const width = elements(x.shape);
    const ones = graph.weights(`const/${width} x 1`, [width], new Float32Array(width).fill(1));
    return graph.node("LayerNormalization", [x.name, ones], { axis: int(-1), epsilon: float(epsilon) });
  },
  layerNormGrad: "training",
  attention: (context, [q, k, v], { attrs }) => eventsIn(context).attention([q, k, v as Operand], attrs.heads),
  attentionGrad: "training",
  crossAttention: () => refuse("attention to what a user did", NO_HISTORY),
  crossAttentionGrad: "training",
  crossBag: () => refuse("crosses of what is known of users and items", NO_HISTORY),
  crossBagGrad: "training",
};

const named =
  (op: string) =>
  (graph: OnnxGraph, x: string): string =>
    graph.node(op, [x]);

const functions: { readonly [F in UnaryFn]: (graph: OnnxGraph, x: string) => string } = {
  relu: named("Relu"),
  sigmoid: named("Sigmoid"),
  tanh: named("Tanh"),
  selu: (graph, x) => graph.node("Selu", [x], { alpha: float(1.6732632423543772), gamma: float(1.0507009873554805) }),
  gelu: geluTanh,
  softplus: named("Softplus"),
  exp: named("Exp"),
  log: named("Log"),
  sqrt: named("Sqrt"),
  rsqrt: (graph, x) => graph.node("Reciprocal", [graph.node("Sqrt", [x])]),
  square: (graph, x) => graph.node("Mul", [x, x]),
  abs: named("Abs"),
};

/** x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))): operator set 17 has no Gelu of its own. */
function geluTanh(graph: OnnxGraph, x: string): string {
  const square = graph.node("Mul", [x, x]);
  const bend = graph.node("Add", [graph.node("Mul", [square, graph.scalar(0.044715)]), graph.scalar(1)]);
  const inner = graph.node("Mul", [graph.node("Mul", [x, bend]), graph.scalar(Math.sqrt(2 / Math.PI))]);
  const gate = graph.node("Add", [graph.node("Tanh", [inner]), graph.scalar(1)]);
  return graph.node("Mul", [graph.node("Mul", [x, gate]), graph.scalar(0.5)]);
}

/** An int64 vector with the sizes of `shape`. */
function shapeValue(context: Context, shape: Shape): string {
  const { graph } = context;
  if (!isRows(shape)) return graph.ints(...(shape as readonly number[]));
  const rows = isEntries(shape) ? eventsIn(context).rows : context.batchRows();
  if (shape.length === 1) return rows;
  return graph.node("Concat", [rows, graph.ints(...(shape.slice(1) as readonly number[]))], { axis: int(0) });
}

/** Adds the nodes of one instruction and returns the name of its value. Throws ARTIFACT_EXPORT on a training op. */
export function translate(context: Context, operands: readonly Operand[], instruction: Instruction): string {
  const rule = rules[instruction.op] as Rule<OpName>;
  if (typeof rule === "string") {
    return refuse(`the op ${instruction.op}`);
  }
  return rule(context, operands as readonly Operand[] as Operands, instruction);
}

const eventsIn = ({ entries }: Context): Entries => entries ?? refuse("what a user did, event by event", NO_HISTORY);

const NO_HISTORY =
  "Export it as a model that is told what people did (--histories, exportHistories), its two sides where the score is an inner product (--towers, exportTowers), or a model whose score looks at ids alone, such as ials or bpr-mf; where none of this goes, as of wide-deep and deepfm, answer in Node or over HTTP (penchant serve).";

function refuse(subject: string, fix = "Export the plan that scores, not the one that trains."): never {
  return fail("ARTIFACT_EXPORT", {
    what: `A plan with ${subject} cannot be exported`,
    expected: "a scoring plan",
    fix,
  });
}
