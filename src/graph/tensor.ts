export type DType = "f32" | "i32";
/**
 * Two dimensions are known at run time only, and come first: `"batch"`, the rows of a step, and `"entries"`, the entries of
 * all these rows (what each user did), those of the first row, then those of the second, …: as many as each row has.
 */
export type Dim = number | "batch" | "entries";
export type Shape = readonly Dim[];

/** How a parameter's first values are drawn. `data` names an array that the catalog of the data set provides. */
export type Init =
  | { readonly kind: "zeros" }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "normal"; readonly stddev: number }
  | { readonly kind: "uniform"; readonly limit: number }
  | { readonly kind: "glorotUniform" }
  | { readonly kind: "lecunUniform" }
  | { readonly kind: "heUniform" }
  | { readonly kind: "data"; readonly name: string };

/** Element-wise functions of one argument. */
export type UnaryFn =
  | "relu"
  | "sigmoid"
  | "tanh"
  | "selu"
  | "gelu"
  | "softplus"
  | "exp"
  | "log"
  | "sqrt"
  | "rsqrt"
  | "square"
  | "abs";

/**
 * Entries that a bag leaves out at random: each with probability `rate`, those that stay weighing 1 / (1 - rate) times as much. `id`
 * separates the layers' random streams.
 */
export interface EntryDropout {
  readonly rate: number;
  readonly id: number;
}

/** Which entries of a row there are. */
export interface Unrolled {
  /** At most so many, the latest. */
  readonly newest: number;
  /** The last event is only the target of the one before, and no entry itself. */
  readonly ahead: boolean;
}

/** What is told of an entry: its column, that of the event after it, or how many entries of its row come after it. */
export type EntryPart = "column" | "next" | "position";

/** `rate` and `id`: dropout of the attention weights, as in `dropout`. */
export interface AttentionAttrs {
  readonly heads: number;
  readonly rate: number;
  readonly id: number;
}

/** Which parts of an image `[height, width, channels]` a convolution looks at, one after the other, row by row. */
export interface Window {
  /** Side of a part, in pixels. */
  readonly size: number;
  /** Pixels from one part to the next. */
  readonly stride: number;
  /** Rows and columns of zeros around the image. */
  readonly padding: number;
}

/** What is kept of each part of an image. */
export interface Pooling {
  readonly of: "max" | "mean";
  readonly size: number;
  readonly stride: number;
}

/** How gradients change weights; the learning rate comes with each step. */
export type UpdateRule =
  | { readonly kind: "sgd" }
  /** v = momentum * v + g; w -= rate * v (as PyTorch, dampening 0); rows: only when touched. */
  | { readonly kind: "momentum"; readonly momentum: number; readonly nesterov: boolean }
  /** a += g^2; w -= rate * g / (sqrt(a) + epsilon). */
  | { readonly kind: "adagrad"; readonly epsilon: number; readonly initialAccumulator: number }
  /** Adam with bias correction by the global step. `lazy`: moments of untouched embedding rows rest (as SparseAdam). */
  | {
      readonly kind: "adam";
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
      readonly lazy: boolean;
    }
  /**
   * FTRL-Proximal (McMahan et al., "Ad Click Prediction: a View from the Trenches", KDD 2013, algorithm 1): the weight is solved for
   * anew at each gradient, and is exactly 0 where little speaks for another. `l1`, and the `l2` of the weight, are its lambdas; rows that
   * no gradient reaches do not move, so that sparse updates are exact. z is kept times the learning rate (see the reference engine).
   */
  | { readonly kind: "ftrl"; readonly beta: number; readonly l1: number };

/** The rule of a parameter that brings its own, in place of the training's. */
export type OwnRule = UpdateRule & {
  /** Times the training's learning rate. */
  readonly rate: number;
  /** Decoupled decay, as that of the training. */
  readonly weightDecay: number;
};

/** What cross-attention reads, each with a gradient of its own. */
export type AttendedPart = "query" | "keys" | "values";

/** What a logit of cross-attention is made of, and how far its weights sum to 1. */
export interface Attending {
  /** Power of the sum of exponentials that weights are divided by, in [0, 1]. Absent: 1, so that they sum to 1. */
  readonly smoothing?: number;
  /**
   * Logits are what a hidden layer makes of a query and a key: relu(query + key), the sum over the first half of the units (the larger one)
   * less that over the others. Absent: inner products.
   */
  readonly units?: boolean;
}

/** Attributes of each op. Adding an op starts here; the compiler then asks for its shape rule, gradient and kernel. */
export interface OpAttrs {
  input: { readonly name: string };
  param: {
    readonly name: string;
    readonly init: Init;
    readonly trainable: boolean;
    /** L2 regularization of its own, in place of the optimizer's. */
    readonly l2?: number;
    /** An update rule of its own, in place of the training's. */
    readonly optimizer?: OwnRule;
  };
  /** A sparse matrix of the data, bound to the plan by this name. `ordered`: its rows are in order of time, not ascending. */
  data: { readonly name: string; readonly ordered?: boolean };
  gather: object;
  bag: { readonly dropout?: EntryDropout };
  denseRows: object;
  spmm: { readonly transpose: boolean };
  through: { readonly transpose: boolean };
  scatterAdd: { readonly rows: number };
  scatterBag: { readonly dropout?: EntryDropout };
  sparseSum: object;
  toDense: object;
  matmul: { readonly transposeA: boolean; readonly transposeB: boolean };
  batchMatmul: { readonly transposeA: boolean; readonly transposeB: boolean };
  add: object;
  sub: object;
  mul: object;
  div: object;
  reduceTo: { readonly rank: number; readonly mean: boolean };
  broadcastTo: { readonly shape: Shape; readonly mean: boolean };
  sumLast: object;
  expandLast: { readonly size: number };
  affine: { readonly scale: number; readonly offset: number };
  unary: { readonly fn: UnaryFn };
  unaryGrad: { readonly fn: UnaryFn };
  concat: object;
  slice: { readonly start: number; readonly size: number };
  pad: { readonly before: number; readonly after: number };
  reshape: { readonly shape: Shape };
  dropout: { readonly rate: number; readonly id: number };
  normal: { readonly shape: Shape; readonly id: number };
  bernoulli: { readonly id: number };
  categorical: { readonly id: number };
  draw: { readonly count: number; readonly rows: number; readonly id: number };
  pick: object;
  putBack: { readonly rows: number };
  tableLogSumExp: object;
  tableLogSumExpGrad: { readonly of: "rows" | "table" };
  unfold: Window;
  fold: Window & { readonly height: number; readonly width: number };
  pool: Pooling;
  poolGrad: Pooling;
  stopGradient: object;
  unroll: Unrolled & { readonly part: EntryPart };
  entryValues: { readonly part: EntryPart };
  last: object;
  atLast: object;
  shift: { readonly by: number };
  gru: object;
  gruGrad: object;
  layerNorm: { readonly epsilon: number };
  layerNormGrad: { readonly epsilon: number };
  attention: AttentionAttrs;
  attentionGrad: AttentionAttrs;
  crossAttention: Attending;
  crossAttentionGrad: Attending & { readonly of: AttendedPart };
  /** `id`: seed of the hash. */
  crossBag: { readonly id: number };
  crossBagGrad: { readonly id: number; readonly rows: number };
  batchLogSumExp: object;
  batchLogSumExpGrad: { readonly of: "queries" | "keys" };
  constant: { readonly value: number };
}
export type OpName = keyof OpAttrs;

/** Whether a value is a gradient of a table as rows to add at ids: it may be summed, made dense and returned, nothing else. */
export const isRowSparse = ({ op }: { readonly op: OpName }): boolean =>
  op === "scatterAdd" || op === "scatterBag" || op === "sparseSum";

/** One node of the graph and the edge out of it: every op has exactly one output, so a tensor is its node. */
export class Tensor<D extends DType = DType, K extends OpName = OpName> {
  readonly op: K;
  readonly attrs: OpAttrs[K];
  readonly inputs: readonly Tensor[];
  readonly dtype: D;
  readonly shape: Shape;
  /** The layer that made the node (`mlp/0`), for summaries and diagrams; it has no meaning for execution. */
  readonly scope: string | undefined;

  constructor(op: K, attrs: OpAttrs[K], inputs: readonly Tensor[], dtype: D, shape: Shape, scope?: string) {
    this.op = op;
    this.attrs = attrs;
    this.inputs = inputs;
    this.dtype = dtype;
    this.shape = shape;
    this.scope = scope;
  }

  toString(): string {
    return `${this.dtype}[${this.shape.join(",")}]`;
  }
}

/** Every tensor that `roots` need, inputs before users; the order depends on the graph alone. */
export function topologicalOrder(roots: readonly Tensor[]): Tensor[] {
  const seen = new Set<Tensor>();
  const order: Tensor[] = [];
  const stack = roots.toReversed().map((tensor) => ({ tensor, expanded: false }));
  for (let top = stack.pop(); top; top = stack.pop()) {
    if (top.expanded) {
      order.push(top.tensor);
      continue;
    }
    if (seen.has(top.tensor)) continue;
    seen.add(top.tensor);
    stack.push({ tensor: top.tensor, expanded: true });
    for (const input of top.tensor.inputs.toReversed()) stack.push({ tensor: input, expanded: false });
  }
  return order;
}
