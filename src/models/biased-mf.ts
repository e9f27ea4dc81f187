/**
 * Biased matrix factorization for explicit ratings: r̂ = μ + b_u + b_i + p_u · q_i.
 *
 * Koren, Bell & Volinsky, "Matrix Factorization Techniques for Recommender Systems", Computer 2009, equation 4.
 *
 * Choices where implementations differ: μ is the mean training value and is not learned; biases start at 0, factors at
 * N(0, 0.1) as in Surprise; one L2 weight for everything, on the rows that a batch touches; squared error.
 */
import { defineModel } from "../nn/model.ts";
import { count, searched } from "../nn/options.ts";

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
  options: { factors: searched(count("width of the user and item vectors"), { between: [16, 256] }) },
  training: { batchSize: 64, learningRate: 0.002, l2: 0.003 },
  build({ users, items }, { factors }, nn) {
    const init = { kind: "normal", stddev: 0.1 } as const;
    const p = nn.embed(users.id, factors, { name: "factors/user", init });
    const q = nn.embed(items.id, factors, { name: "factors/item", init });
    const [userBias, itemBias] = [nn.bias(users.id), nn.bias(items.id)];
    const mean = nn.param("mean", [], { kind: "data", name: "meanValue" });
    return nn.scope("score", () => nn.add(nn.add(nn.add(nn.dot(p, q), userBias), itemBias), mean));
  },
});
