/**
 * A restricted Boltzmann machine of ratings: an item is the ratings it got, each one of a few levels, and hidden units that are on or off tell which go
 * together. What nobody rated is missing: it is no unit at all.
 *
 * Salakhutdinov, Mnih & Hinton, "Restricted Boltzmann Machines for Collaborative Filtering", ICML 2007, equations 1 and 2 (softmax over
 * levels, hidden units), 4 to 7 (contrastive divergence; the rating of a pair by the free energies of its levels). By items, as the users'
 * ratings are more than the items' on most data: each user has weights of their own.
 *
 * Contrastive divergence is written as the gradient of a difference of free energies, that of the data less that of its reconstruction,
 * which is held constant. Choices where implementations differ: a rating is the step, not an item; its reconstruction is one Gibbs step of that
 * rating, given hidden units drawn from all the ratings of the item, and the others stay. So one step is about observed ratings
 * alone, and batches are of equal length. The sums that hidden units get are computed for all items once a step. Somebody new is rows
 * of the weights, fitted to their ratings.
 */
import type { SparseMatrix } from "../core/csr.ts";
import { defineModel } from "../nn/model.ts";
import { count } from "../nn/options.ts";
import { meanRating, ratingDivergence } from "./boltzmann.ts";
import { type Levels, levelMatrices, levelOptions, sharesOf, toldByRatings } from "./levels.ts";

export interface RbmConfig extends Levels {
  /** Hidden units. */
  readonly factors: number;
}

export const rbm = defineModel<RbmConfig>({
  name: "rbm",
  title: "RBM, a Boltzmann machine of ratings",
  paper: "https://doi.org/10.1145/1273496.1273596",
  task: "rating",
  defaults: { factors: 64, levels: 5, least: 1, step: 1 },
  options: {
    factors: count("hidden units"),
    ...levelOptions,
  },
  training: { batchSize: 1024, learningRate: 0.002, l2: 1e-4 },
  matrices: (interactions: SparseMatrix, config) => levelMatrices(interactions, config),
  build({ users, items, label }, config, nn) {
    const { factors, levels } = config;
    const init = { kind: "normal", stddev: 0.01 } as const;
    const weights = Array.from({ length: levels }, (_, level) =>
      nn.param(`weights/${level}`, [users.size, factors], init),
    );
    const shift = nn.param("hidden/bias", [factors], { kind: "zeros" });
    const hidden = nn.table("items/hidden", () => nn.add(toldByRatings(weights, items.size, nn), shift));
    const own = weights.map((table) => nn.gather(table, users.id));
    const liked = Array.from({ length: levels }, (_, level) => nn.bias(users.id, { name: `bias/${level}` }));
    const input = nn.gather(hidden, items.id);
    return {
      score: nn.scope("score", () => meanRating({ input, own, liked }, config, nn)),
      loss: nn.scope("divergence", () =>
        ratingDivergence({ input, own, liked, rated: sharesOf(label, config, nn) }, nn),
      ),
      vectors: { item: nn.unary("sigmoid", input) },
    };
  },
});
