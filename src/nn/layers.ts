import {
  add,
  affine,
  crossAttention as attendAcross,
  attention,
  crossBag,
  dropout as drop,
  expandLast,
  gather,
  gru,
  layerNorm,
  matmul,
  mul,
  normal,
  type OwnTraining,
  param,
  reduceTo,
  squeezeLast,
  sub,
  sumLast,
  unary,
  withScope,
} from "../graph/ops.ts";
import type { Attending, Init, Tensor, UnaryFn } from "../graph/tensor.ts";
import { nameHash } from "./initializers.ts";
import type { SparseRows } from "./inputs.ts";

/** Whether a graph is built to learn or to score, and where layers leave the next values of their statistics. */
export interface Mode {
  readonly training: boolean;
  /** Whether interactions count by their values in the loss. Default false. */
  readonly weighted?: boolean;
  assign(statistic: Tensor<"f32", "param">, next: Tensor): void;
}

export const scoring: Mode = { training: false, assign: () => {} };

export type Activation = "linear" | Extract<UnaryFn, "relu" | "sigmoid" | "tanh" | "selu" | "gelu">;

/** A layer is a function; calling it twice shares its parameters. */
export type Layer = (x: Tensor) => Tensor;

export const activation =
  (fn: Activation): Layer =>
  (x) =>
    fn === "linear" ? x : unary(fn, x);

/**
 * Look-up table `[rows, width]`: ids `[batch]` → `[batch, width]`. Default N(0, 0.01), as He et al. 2017, section 4.1. `own`:
 * how it learns, where not as the training says.
 */
export function embedding(
  name: string,
  rows: number,
  width: number,
  init: Init = { kind: "normal", stddev: 0.01 },
  own: OwnTraining = {},
) {
  return withScope(name, () => {
    const table = param(name, [rows, width], init, true, own);
    return (ids: Tensor<"i32">): Tensor => withScope(name, () => gather(table, ids));
  });
}

/** A number per id, `[batch]`: the bias embedding of matrix factorization. Starts at zero. */
export function bias(name: string, rows: number, init: Init = { kind: "zeros" }, own: OwnTraining = {}) {
  const lookup = embedding(name, rows, 1, init, own);
  return (ids: Tensor<"i32">): Tensor => withScope(name, () => squeezeLast(lookup(ids)));
}

/** A number for each cross of the entries of two rows, by its hash (see `crossBag`), added up: `[batch]`. Starts at zero. */
export function crosses(name: string, buckets: number, init: Init = { kind: "zeros" }, own: OwnTraining = {}) {
  const table = withScope(name, () => param(name, [buckets, 1], init, true, own));
  return (left: SparseRows, right: SparseRows): Tensor =>
    withScope(name, () => squeezeLast(crossBag(table, left, right, nameHash(name))));
}

export interface DenseOptions {
  /** Default `linear`. */
  readonly activation?: Activation;
  /** Default true. */
  readonly bias?: boolean;
  /** Default Glorot uniform, as in Keras. */
  readonly kernelInit?: Init;
}

/** Fully connected layer `[batch, n] → [batch, units]`; the width n is read off its first call. */
export function dense(name: string, units: number, options: DenseOptions = {}): Layer {
  let weights: { readonly kernel: Tensor; readonly bias: Tensor | undefined } | undefined;
  return (x) =>
    withScope(name, () => {
      weights ??= {
        kernel: param(
          `${name}/kernel`,
          [x.shape.at(-1) as number, units],
          options.kernelInit ?? { kind: "glorotUniform" },
        ),
        bias: options.bias === false ? undefined : param(`${name}/bias`, [units], { kind: "zeros" }),
      };
      const product = matmul(x, weights.kernel);
      return activation(options.activation ?? "linear")(weights.bias ? add(product, weights.bias) : product);
    });
}

/**
 * Inverted dropout: active while training only. `rate` in [0, 1). Srivastava et al. 2014.
 *
 * A layer that is called twice in a step, as pairwise losses do, drops the same units of a row in both calls: it is one thinned
 * network that compares the two items, so that their difference is not that of two masks. (Two calls of a PyTorch module draw
 * two masks.)
 */
export const dropout = (name: string, rate: number, mode: Mode): Layer => {
  return (x) => (mode.training ? withScope(name, () => drop(x, rate, nameHash(name))) : x);
};

/**
 * A draw from a normal distribution by its mean and the logarithm of its variance, both `[batch, width]`, through which gradients flow
 * (the reparameterization trick, Kingma & Welling 2014, section 2.4); when a model scores, its mean.
 */
export const gaussianSample = (name: string, mode: Mode) => {
  const draw = (mean: Tensor, logVariance: Tensor): Tensor =>
    add(mean, mul(unary("exp", affine(logVariance, 0.5)), normal(mean.shape, nameHash(name))));
  return (mean: Tensor, logVariance: Tensor): Tensor =>
    mode.training ? withScope(name, () => draw(mean, logVariance)) : mean;
};

/**
 * Batch normalization over rows, Ioffe & Szegedy 2015, algorithm 1. Running statistics follow
 * `r ← 0.9 r + 0.1 batch`, with the biased batch variance (PyTorch keeps the unbiased one; Keras, like here, the biased).
 *
 * A layer that is called twice in a step, as pairwise losses do, normalizes each call by its own statistics, and the running
 * ones follow one call after the other, as in PyTorch and Keras.
 */
export function batchNormalization(
  name: string,
  width: number,
  mode: Mode,
  { momentum = 0.1, epsilon = 1e-5 } = {},
): Layer {
  const statistic = (part: string, value: number) =>
    param(`${name}/${part}`, [width], { kind: "constant", value }, false);
  const weights = withScope(name, () => ({
    gamma: param(`${name}/gamma`, [width], { kind: "constant", value: 1 }),
    beta: param(`${name}/beta`, [width], { kind: "zeros" }),
    mean: statistic("mean", 0),
    variance: statistic("variance", 1),
  }));
  const follow = (statistic: Tensor<"f32", "param">) => {
    let running: Tensor = statistic;
    return (now: Tensor) => {
      running = add(affine(running, 1 - momentum), affine(now, momentum));
      mode.assign(statistic, running);
    };
  };
  const [followMean, followVariance] = [follow(weights.mean), follow(weights.variance)];
  return (x) =>
    withScope(name, () => {
      const mean = mode.training ? reduceTo(x, 1, true) : weights.mean;
      const centred = sub(x, mean);
      const variance = mode.training ? reduceTo(unary("square", centred), 1, true) : weights.variance;
      if (mode.training) {
        followMean(mean);
        followVariance(variance);
      }
      const scaled = mul(centred, mul(unary("rsqrt", affine(variance, 1, epsilon)), weights.gamma));
      return add(scaled, weights.beta);
    });
}

/**
 * Layer normalization of each row, with a scale and an offset per column. Ba, Kiros & Hinton 2016, section 3.
 */
export function layerNormalization(name: string, width: number, { epsilon = 1e-8 } = {}): Layer {
  const [gamma, beta] = withScope(name, () => [
    param(`${name}/gamma`, [width], { kind: "constant", value: 1 }),
    param(`${name}/beta`, [width], { kind: "zeros" }),
  ]);
  return (x) => withScope(name, () => add(mul(layerNorm(x, epsilon), gamma as Tensor), beta as Tensor));
}

/** Each row scaled to length 1, of a batch or of a table; a row of zeros stays. */
export function unitLength(x: Tensor): Tensor {
  const squares = affine(sumLast(unary("square", x)), 1, 1e-12);
  return mul(x, expandLast(unary("rsqrt", squares), x.shape.at(-1) as number));
}

export interface AttentionOptions {
  /** Parts of the width that attend each on its own; they divide it. Default 1. */
  readonly heads?: number;
  /** Share of the weights of attention left out at random in training, in [0, 1). Default 0. */
  readonly dropout?: number;
  /** Of its four products. Default Glorot uniform. */
  readonly kernelInit?: Init;
}

/**
 * Causal self-attention over events `[entries, width]`: each looks at itself and at what the same user did before. Queries are
 * made of the first argument, keys and values of the second (default: the first); heads are put together by a dense layer.
 * Vaswani et al. 2017, section 3.2.
 */
export function selfAttention(
  name: string,
  width: number,
  mode: Mode,
  { heads = 1, dropout: rate = 0, kernelInit }: AttentionOptions = {},
): (queries: Tensor, seen?: Tensor) => Tensor {
  const part = (of: string) => dense(`${name}/${of}`, width, kernelInit && { kernelInit });
  const [query, key, value, output] = [part("query"), part("key"), part("value"), part("output")];
  const attrs = { heads, rate: mode.training ? rate : 0, id: nameHash(name) };
  return (queries, seen = queries) =>
    withScope(name, () => output(attention(query(queries), key(seen), value(seen), attrs)));
}

/**
 * A gated recurrent unit over events `[entries, n]`, in order of time: what is known after each, `[entries, width]`. Cho et al. 2014, as
 * PyTorch has it; kernels Glorot uniform, biases 0 (one of them, since for the gates there would be two that add up).
 */
export function gatedRecurrence(name: string, width: number): Layer {
  const input = dense(`${name}/input`, 3 * width);
  const [kernel, bias] = withScope(name, () => [
    param(`${name}/kernel`, [width, 3 * width], { kind: "glorotUniform" }),
    param(`${name}/bias`, [3 * width], { kind: "zeros" }),
  ]) as [Tensor, Tensor];
  return (x) => withScope(name, () => gru(input(x), kernel, bias));
}

export interface TowerOptions {
  readonly activation?: Activation;
  /** Dropout after each layer. Default 0. */
  readonly dropout?: number;
  /** Batch normalization between product and activation. Default false. */
  readonly batchNormalization?: boolean;
}

/** A tower of dense layers, named `name/0`, `name/1` …: dense → (batch normalization) → activation → (dropout). */
export function tower(name: string, units: readonly number[], mode: Mode, options: TowerOptions = {}): Layer {
  const { activation: fn = "relu", dropout: rate = 0, batchNormalization: normalize = false } = options;
  const layers = units.flatMap((width, i): Layer[] => {
    const scope = `${name}/${i}`;
    const after = rate > 0 ? [dropout(`${scope}/dropout`, rate, mode)] : [];
    if (!normalize) return [dense(scope, width, { activation: fn }), ...after];
    return [dense(scope, width), batchNormalization(`${scope}/norm`, width, mode), activation(fn), ...after];
  });
  return (x) => layers.reduce((y, layer) => layer(y), x);
}

/**
 * A query per row, `[batch, d]`, looks at what its row of a data matrix names: the mean of their values `[columns, width]`, weighted by
 * the softmax of its inner products with their keys `[columns, d]`. Zeros where there is nothing to look at. `smoothing` below 1: what
 * is added up is divided by that power alone of the sum of exponentials, so that long histories weigh more (He et al. 2018, equation 9);
 * `units`: logits are made by a hidden layer, relu(query + key), the first half of whose units speaks for and the other half against.
 */
export const crossAttention = (
  query: Tensor,
  keys: Tensor,
  values: Tensor,
  rows: SparseRows,
  attending: Attending = {},
): Tensor => attendAcross(query, keys, values, rows.matrix, rows.ids, rows.without, attending);
