/**
 * Biased matrix factorization for explicit ratings: r̂ = μ + b_u + b_i + p_u · q_i.
 *
 * Koren, Bell & Volinsky, "Matrix Factorization Techniques for Recommender Systems", Computer 2009, equation 4.
 *
 * Choices where implementations differ: μ is the mean training value and is not learned; biases start at 0, factors at
 * N(0, 0.1) as in Surprise; one L2 weight for everything, on the rows that a batch touches; squared error.
 */
import { add, param, rowDot, withScope } from "../graph/ops.ts";
import { bias, embedding } from "../nn/layers.ts";
import { defineModel } from "../nn/model.ts";
import { count } from "../nn/options.ts";

export interface BiasedMfConfig {
  /** Width of p_u and q_i. */
  readonly factors: number;
}

export const biasedMf = defineModel<BiasedMfConfig>({
  name: "biased-mf",
  title: "Biased matrix factorization",
  paper: "https://doi.org/10.1109/MC.2009.263",
  task: "rating",
  defaults: { factors: 100 },
  options: { factors: count("width of the user and item vectors") },
  training: { batchSize: 64, learningRate: 0.002, l2: 0.003 },
  build({ users, items }, { factors }) {
    const mean = withScope("mean", () => param("mean", [], { kind: "data", name: "meanValue" }, false));
    const [userBias, itemBias] = [bias("bias/user", users), bias("bias/item", items)];
    const init = { kind: "normal", stddev: 0.1 } as const;
    const [p, q] = [embedding("factors/user", users, factors, init), embedding("factors/item", items, factors, init)];
    return ({ user, item }) =>
      withScope("score", () => add(add(add(rowDot(p(user), q(item)), userBias(user)), itemBias(item)), mean));
  },
});
