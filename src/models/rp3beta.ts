/**
 * RP3beta: three steps of a random walk on the graph of who did what: from somebody to an item of theirs, to another person who
 * has it, to an item of that person; items that many walks end at are held back by their popularity.
 *
 * Paudel, Christoffel, Newell & Bernstein, "Updatable, accurate, diverse, and scalable recommendations for interactive
 * applications", ACM TiiS 2017, equations 2 to 4; `beta` 0 is the P3alpha of Cooper et al. 2014.
 *
 * Choices where implementations differ: the first step counts as 1 for each item of the history, which changes no ranking;
 * each item keeps the `neighbours` that most of its walks end at, and then the as many that most of the walks to it come from,
 * which together with `normalize` is the evaluation code of Ferrari Dacrema et al. 2021.
 */
import { type SparseMatrix, transpose } from "../core/csr.ts";
import { defineModel } from "../nn/model.ts";
import { count, flag, number, searched } from "../nn/options.ts";

export interface Rp3BetaConfig {
  /** Neighbours of each item. */
  readonly neighbours: number;
  /** Power of the probability of each step. */
  readonly alpha: number;
  /** Power of the popularity by which the end of a walk is divided. */
  readonly beta: number;
  /** What the walks from each item end with adds up to 1: every item of a history has one vote. */
  readonly normalize: boolean;
}

export const rp3Beta = defineModel<Rp3BetaConfig>({
  name: "rp3beta",
  title: "RP3beta, random walks of three steps",
  paper: "https://doi.org/10.1145/2955101",
  task: "solve",
  defaults: { neighbours: 200, alpha: 1, beta: 0.6, normalize: true },
  options: {
    neighbours: searched(count("neighbours of each item"), { between: [50, 1000] }),
    alpha: searched(number("power of the probability of each step", 0, 10), { between: [0.4, 1.8] }),
    beta: searched(number("power of the popularity by which the end of a walk is divided", 0, 10), {
      between: [0.1, 1.2],
    }),
    normalize: flag("walks from each item add up to 1"),
  },
  training: {},
  build({ users, items }, _, nn) {
    const walks = nn.data("walks", items.size, items.size);
    return nn.scope("score", () => nn.bag(users.history, walks));
  },
  async solve({ interactions, catalog, solver, control }, { neighbours, alpha, beta, normalize }) {
    const { offsets, items, columns } = interactions;
    // An item nobody has is met by no walk.
    const power = (exponent: number) => catalog.itemCounts.map((n) => (n > 0 ? n ** -exponent : 0));
    const matrix = { offsets, items, columns, values: halfSteps(interactions, alpha) };
    const problem = { matrix, count: neighbours, normalize: false, shrinkage: 0, weights: power(beta) };
    const ends = await solver.neighbours(problem, control);
    const shared = withSteps({ ...ends, columns }, normalize ? undefined : power(alpha));
    // Of what ends at an item, too, the most counts alone.
    return { parameters: {}, matrices: { walks: transpose(largest(transpose(shared), neighbours)) } };
  },
});

/** Each row times the step from its item; without steps divided by its sum, in which that step cancels. */
function withSteps(ends: SparseMatrix, steps: Float32Array | undefined): SparseMatrix {
  const values = ends.values?.slice() ?? new Float32Array();
  for (let item = 0; item < ends.columns; item++) {
    const row = values.subarray(ends.offsets[item], ends.offsets[item + 1]);
    const factor = steps ? (steps[item] as number) : 1 / row.reduce((sum, value) => sum + value, 0);
    row.forEach((value, e) => {
      row[e] = value * factor;
    });
  }
  return { ...ends, values };
}

/** The largest values of each row; of equal ones those of lower columns. */
function largest({ offsets, items, values = new Float32Array(), columns }: SparseMatrix, count: number): SparseMatrix {
  const kept: number[] = [];
  const starts = Int32Array.from(offsets);
  for (let row = 0; row + 1 < offsets.length; row++) {
    const [from, to] = [offsets[row] as number, offsets[row + 1] as number];
    const entries = Array.from({ length: to - from }, (_, e) => from + e);
    if (entries.length > count) entries.sort((a, b) => (values[b] as number) - (values[a] as number) || a - b);
    kept.push(...entries.slice(0, count).sort((a, b) => a - b));
    starts[row + 1] = kept.length;
  }
  const pick = (e: number) => values[e] as number;
  const [places, strengths] = [kept.map((e) => items[e] as number), kept.map(pick)];
  return { offsets: starts, items: Int32Array.from(places), values: Float32Array.from(strengths), columns };
}

/** Per event the root of the step from its user: the product of two of them is that step. */
function halfSteps({ offsets, items }: SparseMatrix, alpha: number): Float32Array {
  const values = new Float32Array(items.length);
  for (let user = 0; user + 1 < offsets.length; user++) {
    const [from, to] = [offsets[user] as number, offsets[user + 1] as number];
    values.fill((to - from) ** (-alpha / 2), from, to);
  }
  return values;
}
