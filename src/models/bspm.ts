/**
 * BSPM, a blurring-sharpening process: graph filters instead of training. What somebody did is first blurred, by one step over the
 * graph of items that share people and by an ideal low-pass filter; the blurred signal is then sharpened, which takes out of it what
 * all neighbours have in common.
 *
 * Choi, Hong, Park & Cho, "Blurring-Sharpening Process Models for Collaborative Filtering", SIGIR 2023, equations 7 to 9, early
 * merge: with `R~ = U^-½ R I^-½` (U and I the events of people and items), `P = R~' R~` and the singular vectors V of R~,
 * `s(0) = r P + beta r I^-½ V V' I^½`, and `ds/dt = -s P` up to `time`. As in their code the blurring is one step of Euler's method
 * and the sharpening one of Runge and Kutta's fourth order, which for a linear process is its Taylor polynomial:
 * `s(0) (1 - T P + (T P)² / 2 - (T P)³ / 6 + (T P)⁴ / 24)`.
 */
import { type SparseMatrix, transpose } from "../core/csr.ts";
import type { Tensor } from "../graph/tensor.ts";
import { defineModel } from "../nn/model.ts";
import { count, number, searched } from "../nn/options.ts";
import { normalizedByDegrees } from "./degrees.ts";
import { idealFilter, idealFilterTables } from "./ideal-filter.ts";

export interface BspmConfig {
  /** Frequencies that the ideal filter lets pass. */
  readonly factors: number;
  /** Weight of the ideal filter. */
  readonly beta: number;
  /** How long the signal is sharpened. */
  readonly time: number;
  /** Iterations in which the frequencies are found. */
  readonly iterations: number;
}

export const bspm = defineModel<BspmConfig>({
  name: "bspm",
  title: "BSPM, filters that blur and sharpen",
  paper: "https://arxiv.org/abs/2211.09324",
  task: "solve",
  defaults: { factors: 448, beta: 0.2, time: 2.5, iterations: 12 },
  options: {
    factors: searched(count("frequencies that the ideal filter lets pass"), { between: [32, 512] }),
    beta: searched(number("weight of the ideal filter", 0, 1e6), { between: [0.05, 1] }),
    time: searched(number("how long the signal is sharpened", 0, 100), { between: [0.5, 3] }),
    iterations: count("iterations in which the frequencies are found"),
  },
  training: {},
  build({ users, items }, { factors, beta, time }, nn) {
    const graph = nn.data("graph", users.size, items.size);
    const people = nn.data("people", items.size, users.size);
    const ideal = idealFilter(nn, users, items, factors);
    const smoothed = (x: Tensor): Tensor => nn.through(nn.through(x, graph, { transpose: true }), graph);
    const blurred = nn.scope("blurring", () => {
      const passed = ideal.passed();
      return nn.add(nn.through(nn.bag(users.history, people), graph), nn.affine(passed, beta));
    });
    // Horner's rule, from the highest power on.
    const sharpened = (x: Tensor, power: number): Tensor => nn.add(blurred, nn.affine(smoothed(x), -time / power));
    const score = nn.scope("sharpening", () => [4, 3, 2, 1].reduce(sharpened, blurred));
    return { score, vectors: ideal.vectors };
  },
  async solve({ interactions, catalog: { itemCounts }, solver, control }, { factors, iterations }) {
    const graph: SparseMatrix = normalizedByDegrees(interactions, itemCounts);
    const vectors = await solver.singularVectors({ matrix: graph, count: factors, iterations }, control);
    return {
      parameters: idealFilterTables(vectors, itemCounts, factors),
      matrices: { graph, people: transpose(graph) },
    };
  },
});
