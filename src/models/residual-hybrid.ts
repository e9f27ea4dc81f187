/**
 * Residual hybrid: matrix factorization as the main branch, a dense network on the same vectors as a side branch that learns
 * what the main branch leaves: r̂ = (μ + b_u + b_i + p_u · q_i) + f([p_u, q_i]).
 *
 * The idea of residual learning (He et al., "Deep Residual Learning", CVPR 2016, equation 1) on a biased matrix
 * factorization (Koren et al. 2009, equation 4).
 *
 * Choices where implementations differ: both branches share one pair of embeddings (the side branch sees what the main one
 * multiplies); the side branch's output layer starts at zero, so that training starts from the plain factorization.
 */
import { add, concat, param, rowDot, squeezeLast, withScope } from "../graph/ops.ts";
import { type Activation, bias, dense, embedding, tower } from "../nn/layers.ts";
import { defineModel } from "../nn/model.ts";
import { choice, count, flag, number, widths } from "../nn/options.ts";
import { activations } from "./mlp.ts";

export interface ResidualHybridConfig {
  /** Width of the shared vectors. */
  readonly factors: number;
  /** Widths of the side branch's hidden layers. */
  readonly hidden: readonly number[];
  readonly activation: Activation;
  readonly batchNormalization: boolean;
  readonly dropout: number;
}

export const residualHybrid = defineModel<ResidualHybridConfig>({
  name: "residual-hybrid",
  title: "Residual hybrid of factorization and network",
  paper: "https://arxiv.org/abs/1512.03385",
  task: "rating",
  defaults: { factors: 32, hidden: [64, 32], activation: "relu", batchNormalization: false, dropout: 0.1 },
  options: {
    factors: count("width of the shared user and item vectors"),
    hidden: widths("widths of the side branch"),
    activation: choice("activation of the side branch", activations),
    batchNormalization: flag("normalize each hidden layer over the batch"),
    dropout: number("dropout after each hidden layer", 0, 1, true),
  },
  training: { batchSize: 64, learningRate: 0.002, l2: 0.003 },
  build({ users, items }, { factors, hidden, ...options }, mode) {
    const init = { kind: "normal", stddev: 0.05 } as const;
    const [p, q] = [embedding("factors/user", users, factors, init), embedding("factors/item", items, factors, init)];
    const [userBias, itemBias] = [bias("bias/user", users), bias("bias/item", items)];
    const mean = withScope("mean", () => param("mean", [], { kind: "data", name: "meanValue" }, false));
    const side = tower("side", hidden, mode, options);
    const correction = dense("correction", 1, { kernelInit: { kind: "zeros" } });
    return ({ user, item }) => {
      const [u, v] = [p(user), q(item)];
      const main = withScope("main", () => add(add(add(rowDot(u, v), userBias(user)), itemBias(item)), mean));
      return withScope("sum", () => add(main, squeezeLast(correction(side(concat(u, v))))));
    };
  },
});
