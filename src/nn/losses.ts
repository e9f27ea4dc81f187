import {
  add,
  affine,
  bag,
  broadcastTo,
  constant,
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

/** Mean over the rows of the batch, each times its weight `[batch]`; the sum of weights does not divide. */
const weighted = (rows: Tensor, weight?: Tensor): Tensor => mean(weight ? mul(rows, weight) : rows);

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
export const softmaxCrossEntropy = (x: Tensor, table: Tensor, target: Tensor<"i32">): Tensor =>
  mean(sub(tableLogSumExp(x, table), rowDot(x, gather(table, target))));

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
