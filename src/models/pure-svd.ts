/**
 * PureSVD: what somebody did, seen through the few directions in which people differ most. The matrix of events is cut down to
 * its largest singular vectors; a history is projected on those of the items.
 *
 * Cremonesi, Koren & Turrin, "Performance of recommender algorithms on top-N recommendation tasks", RecSys 2010, section 3.2,
 * equation 5: `r Q Q'`, missing events counting as 0.
 */
import { defineModel } from "../nn/model.ts";
import { count, searched } from "../nn/options.ts";

export interface PureSvdConfig {
  /** Singular vectors. */
  readonly factors: number;
  /** Iterations of the subspace; the last vectors need more than the first. */
  readonly iterations: number;
}

export const pureSvd = defineModel<PureSvdConfig>({
  name: "pure-svd",
  title: "PureSVD, projection on singular vectors",
  paper: "https://doi.org/10.1145/1864708.1864721",
  task: "solve",
  defaults: { factors: 50, iterations: 12 },
  options: {
    factors: searched(count("singular vectors"), { between: [10, 400] }),
    iterations: count("iterations of the subspace"),
  },
  training: {},
  build({ users, items }, { factors }, nn) {
    const table = nn.param("items", [items.size, factors], { kind: "zeros" });
    const query = nn.bag(users.history, table);
    return {
      score: nn.scope("score", () => nn.matmul(query, table, { transposeB: true })),
      vectors: { item: nn.gather(table, items.id) },
    };
  },
  async solve({ interactions: { offsets, items, columns }, solver, control }, { factors, iterations }) {
    const problem = { matrix: { offsets, items, columns }, count: factors, iterations };
    return { parameters: { items: await solver.singularVectors(problem, control) } };
  },
});
