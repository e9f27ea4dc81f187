import {
  add,
  affine,
  bag,
  batchLogSumExp,
  broadcastTo,
  concat,
  constant,
  expandLast,
  gather,
  mean,
  mul,
  rowDot,
  squeezeLast,
  sub,
  sumLast,
  tableLogSumExp,
  unary,
} from "../graph/ops.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { SparseRows } from "./inputs.ts";

/** Numbers of events, of items that are new as of 1. */
export const atLeastOnce = (count: Tensor): Tensor => affine(unary("relu", affine(count, 1, -1)), 1, 1);

/** Mean over the rows of the batch, each times its weight `[batch]`; the sum of weights does not divide. */
export const weighted = (rows: Tensor, weight?: Tensor): Tensor => mean(weight ? mul(rows, weight) : rows);

/** Binary cross-entropy of logits `[batch]` against labels in [0, 1], mean: softplus(z) − y z. He et al. 2017, equation 7. */
export const binaryCrossEntropy = (logit: Tensor, label: Tensor, weight?: Tensor): Tensor =>
  weighted(sub(unary("softplus", logit), mul(label, logit)), weight);

/** Mean squared error. */
export const meanSquaredError = (prediction: Tensor, target: Tensor, weight?: Tensor): Tensor =>
  weighted(unary("square", sub(prediction, target)), weight);

/** Bayesian personalized ranking, mean of −ln σ(positive − negative). Rendle et al. 2009, section 4. */
export const bayesianPersonalizedRanking = (positive: Tensor, negative: Tensor, weight?: Tensor): Tensor =>
  weighted(unary("softplus", sub(negative, positive)), weight);

/** Pairwise hinge, mean of max(0, 1 − (positive − negative)). Weston et al. 2011 (without the rank weight). */
export const hinge = (positive: Tensor, negative: Tensor, weight?: Tensor): Tensor =>
  weighted(unary("relu", affine(sub(negative, positive), 1, 1)), weight);

/**
 * Softmax cross-entropy over all rows of a table, mean of −log softmax(x · table)[target]: x `[batch, width]`, table
 * `[items, width]`, target `[batch]`. All of `[batch, items]` is never held.
 */
export const softmaxCrossEntropy = (x: Tensor, table: Tensor, target: Tensor<"i32">, weight?: Tensor): Tensor =>
  weighted(sub(tableLogSumExp(x, table), rowDot(x, gather(table, target))), weight);

/** Total weight of each id's row in a data matrix, `[batch]`: how many events, where each counts as one. */
export const totalWeight = ({ matrix, ids, without }: SparseRows): Tensor =>
  squeezeLast(bag(broadcastTo(constant(1), [matrix.shape[1] as number, 1]), matrix, ids, without));

/**
 * Negative multinomial log-likelihood, mean of −Σ_i w_i log softmax(x · table)_i over the entries (i, w) of each id's row in a data
 * matrix `[rows, items]`. Liang et al. 2018, equation 2. All of `[batch, items]` is never held.
 */
export const multinomialLikelihood = (x: Tensor, table: Tensor, rows: SparseRows): Tensor =>
  mean(
    sub(mul(totalWeight(rows), tableLogSumExp(x, table)), rowDot(x, bag(table, rows.matrix, rows.ids, rows.without))),
  );

/** Whose rows the vectors of `inBatchSoftmax` are, and how it weighs them. */
export interface InBatchOptions {
  readonly user: Tensor<"i32">;
  readonly item: Tensor<"i32">;
  /** Logarithm of how often each row's item comes up, `[batch]`, up to a constant: it is taken off the logits (logQ correction). */
  readonly logFrequency?: Tensor | undefined;
  /** What inner products are divided by. Default 1. */
  readonly temperature?: number;
  /** How much each row counts, `[batch]`. Default: each as 1. */
  readonly weight?: Tensor | undefined;
}

/**
 * Softmax cross-entropy of each row's item among the items of the batch, mean of −log softmax(user · items / temperature −
 * logFrequency): user and item vectors `[batch, width]`. Other rows of the same item or of the same user are no negatives. Yi et al.
 * 2019, "Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations", equation 4. All of `[batch, batch]` is
 * never held.
 */
export function inBatchSoftmax(
  users: Tensor,
  items: Tensor,
  { user, item, logFrequency, temperature = 1, weight }: InBatchOptions,
): Tensor {
  const scaled = affine(users, 1 / temperature);
  if (!logFrequency) return weighted(sub(batchLogSumExp(scaled, items, item, user), rowDot(scaled, items)), weight);
  // The correction is one more column of inner products.
  const ones = broadcastTo(constant(-1), ["batch", 1]);
  const [queries, keys] = [concat(scaled, ones), concat(items, expandLast(logFrequency, 1))];
  return weighted(sub(batchLogSumExp(queries, keys, item, user), rowDot(queries, keys)), weight);
}

/**
 * Kullback-Leibler divergence of a normal distribution from the standard one, mean over rows of the sum over coordinates:
 * ½ Σ (e^v + m² − 1 − v), with mean m and logarithm of the variance v, both `[batch, width]`. Kingma & Welling 2014, appendix B.
 */
export const gaussianDivergence = (m: Tensor, logVariance: Tensor): Tensor => {
  const excess = affine(sub(unary("exp", logVariance), logVariance), 1, -1);
  return mean(affine(sumLast(add(excess, unary("square", m))), 0.5));
};

/** Losses on one score and a label. */
export const labelLosses = { bce: binaryCrossEntropy, mse: meanSquaredError } as const;
/** Losses on two scores of one user. */
export const pairLosses = { bpr: bayesianPersonalizedRanking, hinge } as const;

export type LossName = keyof typeof labelLosses | keyof typeof pairLosses;
