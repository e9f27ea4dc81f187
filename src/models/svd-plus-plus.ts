/**
 * SVD++: biased matrix factorization whose user is also what they rated, whatever they thought of it:
 * r̂ = μ + b_u + b_i + q_i · (p_u + |N(u)|^-½ Σ y_j).
 *
 * Koren, "Factorization meets the neighborhood: a multifaceted collaborative filtering model", KDD 2008, equation 15.
 *
 * Choices where implementations differ: N(u) has the rated item itself in training, as in the paper; first values as those of
 * `biased-mf`, and the vectors y as the others. Somebody new is their history, and a vector and a bias fitted to their ratings.
 */
import { defineModel } from "../nn/model.ts";
import { count } from "../nn/options.ts";

export interface SvdPlusPlusConfig {
  /** Width of p_u, q_i and y_j. */
  readonly factors: number;
}

export const svdPlusPlus = defineModel<SvdPlusPlusConfig>({
  name: "svd-plus-plus",
  title: "SVD++, ratings and what was rated",
  paper: "https://doi.org/10.1145/1401890.1401944",
  task: "rating",
  defaults: { factors: 50 },
  options: { factors: count("width of the vectors of users, items and histories") },
  training: { batchSize: 256, learningRate: 0.003, l2: 0.003 },
  build({ users, items }, { factors }, nn) {
    const init = { kind: "normal", stddev: 0.1 } as const;
    const rated = nn.bag(users.history, factors, { name: "history/item", init, combiner: "sqrtn" });
    const p = nn.embed(users.id, factors, { name: "factors/user", init });
    const q = nn.embed(items.id, factors, { name: "factors/item", init });
    const mean = nn.param("mean", [], { kind: "data", name: "meanValue" });
    const ofItem = nn.add(nn.bias(items.id), mean);
    return {
      score: nn.scope("score", () => nn.add(nn.add(nn.dot(nn.add(p, rated), q), nn.bias(users.id)), ofItem)),
      vectors: { item: q },
    };
  },
});
