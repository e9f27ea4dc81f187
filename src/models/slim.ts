/**
 * SLIM: the sparse linear autoencoder of items. Each item is foretold from the others of a history by weights of 0 or more,
 * most of which are 0.
 *
 * Ning & Karypis, "SLIM: Sparse Linear Methods for Top-N Recommender Systems", ICDM 2011, equation 4, with its ½ before both
 * squares; solved by coordinate descent, one item at a time and all threads at once.
 *
 * scikit-learn's ElasticNet divides the squares by the number of users: its `alpha` and `l1_ratio` are
 * `l1 = users alpha l1_ratio` and `l2 = users alpha (1 - l1_ratio)` here.
 */
import { transpose } from "../core/csr.ts";
import { defineModel } from "../nn/model.ts";
import { count, number, searched } from "../nn/options.ts";

export interface SlimConfig {
  /** Penalty of the weights' sum: the larger, the fewer are not 0. */
  readonly l1: number;
  /** Penalty of half the sum of their squares. */
  readonly l2: number;
  /** Weights kept of each item: the largest. */
  readonly neighbours: number;
  /** Passes over the weights of an item at most. */
  readonly passes: number;
}

/** Changes of a weight below it end the work on an item; the ranking does not see them. */
const tolerance = 1e-4;

export const slim = defineModel<SlimConfig>({
  name: "slim",
  title: "SLIM, a sparse linear item-item model",
  paper: "https://doi.org/10.1109/ICDM.2011.134",
  task: "solve",
  defaults: { l1: 1, l2: 100, neighbours: 500, passes: 100 },
  options: {
    l1: searched(number("penalty of the weights' sum", 0, 1e9), { between: [0.1, 10] }),
    l2: searched(number("penalty of half the sum of their squares", 0, 1e9), { between: [10, 1000] }),
    neighbours: count("weights kept of each item"),
    passes: count("passes over the weights of an item at most"),
  },
  training: {},
  build({ users, items }, _, nn) {
    const weights = nn.data("weights", items.size, items.size);
    return nn.scope("score", () => nn.bag(users.history, weights));
  },
  async solve({ interactions: { offsets, items, columns }, solver, control }, { l1, l2, neighbours, passes }) {
    const matrix = { offsets, items, columns };
    const solved = await solver.slim({ matrix, l1, l2, count: neighbours, passes, tolerance }, control);
    // Row j lists what foretells item j; the score adds up what each item of a history foretells.
    return { parameters: {}, matrices: { weights: transpose({ ...solved, columns }) } };
  },
});
