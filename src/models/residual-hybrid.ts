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
import type { Activation } from "../nn/layers.ts";
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
  build({ users, items }, { factors, hidden, ...options }, nn) {
    const init = { kind: "normal", stddev: 0.05 } as const;
    const u = nn.embed(users.id, factors, { name: "factors/user", init });
    const v = nn.embed(items.id, factors, { name: "factors/item", init });
    const [userBias, itemBias] = [nn.bias(users.id), nn.bias(items.id)];
    const mean = nn.param("mean", [], { kind: "data", name: "meanValue" });
    const main = nn.scope("main", () => nn.add(nn.add(nn.add(nn.dot(u, v), userBias), itemBias), mean));
    const correction = nn.dense("correction", 1, { kernelInit: { kind: "zeros" } });
    const side = correction(nn.tower("side", hidden, options)(nn.concat(u, v)));
    return nn.scope("sum", () => nn.add(main, nn.squeezeLast(side)));
  },
});
