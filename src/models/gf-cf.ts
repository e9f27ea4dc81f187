/**
 * GF-CF: graph filters instead of training. What somebody did is a signal on the items; it is smoothed by one step over the
 * graph of items that share people, and, weighted by `alpha`, by an ideal low-pass filter: the projection on the smoothest
 * frequencies of that graph.
 *
 * Shen et al., "How Powerful is Graph Convolution for Recommendation?", CIKM 2021, equation 8: with `R~ = U^-½ R I^-½` (U and I
 * the events of people and items) and its singular vectors V, `r (R~' R~ + alpha I^-½ V V' I^½)`.
 *
 * What an item says of itself is left out: it is in the history, and never recommended. Of the links of an item the
 * `neighbours` largest are kept.
 */
import { defineModel } from "../nn/model.ts";
import { count, number, searched } from "../nn/options.ts";
import { normalizedByDegrees } from "./degrees.ts";
import { idealFilter, idealFilterTables } from "./ideal-filter.ts";

export interface GfCfConfig {
  /** Frequencies that the ideal filter lets pass. */
  readonly factors: number;
  /** Weight of the ideal filter. */
  readonly alpha: number;
  /** Links kept of each item. */
  readonly neighbours: number;
  /** Iterations in which the frequencies are found. */
  readonly iterations: number;
}

export const gfCf = defineModel<GfCfConfig>({
  name: "gf-cf",
  title: "GF-CF, filters on the graph of items",
  paper: "https://arxiv.org/abs/2108.07567",
  task: "solve",
  defaults: { factors: 256, alpha: 0.3, neighbours: 2000, iterations: 12 },
  options: {
    factors: searched(count("frequencies that the ideal filter lets pass"), { between: [32, 512] }),
    alpha: searched(number("weight of the ideal filter", 0, 1e6), { between: [0.05, 1] }),
    neighbours: count("links kept of each item"),
    iterations: count("iterations in which the frequencies are found"),
  },
  training: {},
  build({ users, items }, { factors, alpha }, nn) {
    const links = nn.data("links", items.size, items.size);
    const ideal = idealFilter(nn, users, items, factors);
    const passed = ideal.passed();
    const score = nn.scope("score", () => nn.add(nn.bag(users.history, links), nn.affine(passed, alpha)));
    return { score, vectors: ideal.vectors };
  },
  async solve({ interactions, catalog: { itemCounts }, solver, control }, { factors, neighbours, iterations }) {
    const { onProgress } = control;
    const half = (first: number) => ({
      ...control,
      onProgress: onProgress && ((share: number) => onProgress(first + share / 2)),
    });
    const matrix = normalizedByDegrees(interactions, itemCounts);
    const vectors = await solver.singularVectors({ matrix, count: factors, iterations }, half(0));
    const problem = { matrix, count: neighbours, normalize: false, shrinkage: 0 };
    const links = await solver.neighbours(problem, half(0.5));
    return { parameters: idealFilterTables(vectors, itemCounts, factors), matrices: { links } };
  },
});
