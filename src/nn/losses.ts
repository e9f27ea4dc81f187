import { affine, mean, mul, sub, unary } from "../graph/ops.ts";
import type { Tensor } from "../graph/tensor.ts";

/** Binary cross-entropy of logits `[batch]` against labels in [0, 1], mean: softplus(z) − y z. He et al. 2017, equation 7. */
export const binaryCrossEntropy = (logit: Tensor, label: Tensor): Tensor =>
  mean(sub(unary("softplus", logit), mul(label, logit)));

/** Mean squared error. */
export const meanSquaredError = (prediction: Tensor, target: Tensor): Tensor =>
  mean(unary("square", sub(prediction, target)));

/** Bayesian personalized ranking, mean of −ln σ(positive − negative). Rendle et al. 2009, section 4. */
export const bayesianPersonalizedRanking = (positive: Tensor, negative: Tensor): Tensor =>
  mean(unary("softplus", sub(negative, positive)));

/** Pairwise hinge, mean of max(0, 1 − (positive − negative)). Weston et al. 2011 (without the rank weight). */
export const hinge = (positive: Tensor, negative: Tensor): Tensor =>
  mean(unary("relu", affine(sub(negative, positive), 1, 1)));

/** Losses on one score and a label. */
export const labelLosses = { bce: binaryCrossEntropy, mse: meanSquaredError } as const;
/** Losses on two scores of one user. */
export const pairLosses = { bpr: bayesianPersonalizedRanking, hinge } as const;

export type LossName = keyof typeof labelLosses | keyof typeof pairLosses;
