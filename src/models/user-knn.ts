/**
 * User-user nearest neighbours: an item's score is the sum of the similarities of those people, of the `neighbours` most
 * similar ones, who have it.
 *
 * Resnick et al., "GroupLens: an open architecture for collaborative filtering of netnews", CSCW 1994, for events that all count
 * as one; weights as in information retrieval, where an item is a word of each user.
 *
 * Choices where implementations differ: similarities are cosines of the weighted rows, and `shrinkage` is added to the product
 * of their lengths; the idf of an item is `log(users / (1 + its users))`. (BM25 differs from TF-IDF by a factor per user, which
 * a cosine does not see.) Somebody new has everybody as neighbours, without shrinkage: that is a matrix of items, so that
 * nobody's rows are looked through; of each of its rows the largest 1,000 are kept.
 */
import { type Csr, type SparseMatrix, transpose } from "../core/csr.ts";
import { defineModel } from "../nn/model.ts";
import { choice, count, number } from "../nn/options.ts";

export interface UserKnnConfig {
  /** Neighbours of each user. */
  readonly neighbours: number;
  readonly similarity: "cosine" | "tf-idf";
  /** Added to the product of two users' lengths: similarities that rest on few items shrink. */
  readonly shrinkage: number;
}

/** Items kept of each that a newcomer may have. */
const KEPT = 1000;

export const userKnn = defineModel<UserKnnConfig>({
  name: "user-knn",
  title: "User-user nearest neighbours",
  paper: "https://doi.org/10.1145/192844.192905",
  task: "solve",
  defaults: { neighbours: 100, similarity: "cosine", shrinkage: 0 },
  options: {
    neighbours: count("neighbours of each user"),
    similarity: choice("weights of the items", ["cosine", "tf-idf"]),
    shrinkage: number("added to the product of two users' lengths", 0, 1e9),
  },
  training: {},
  build({ users, items }, _, nn) {
    const neighbours = { matrix: nn.data("neighbours", users.size, users.size), ids: users.id };
    const everybody = nn.data("everybody", items.size, items.size);
    return {
      score: nn.scope("score", () => nn.bag(neighbours, users.history.matrix)),
      history: nn.scope("history", () => nn.bag(users.history, everybody)),
    };
  },
  async solve({ interactions, solver, control }, { neighbours: kept, similarity, shrinkage }) {
    const { offsets, items, columns } = interactions;
    const weights = similarity === "cosine" ? new Float32Array(columns).fill(1) : idfOf(interactions);
    const rows = {
      offsets,
      items,
      columns,
      values: items.length > 0 ? Float32Array.from(items, (i) => weights[i] ?? 0) : new Float32Array(),
    };
    const problem = { matrix: transpose(rows), count: kept, normalize: true, shrinkage };
    const neighbours = await solver.neighbours(problem, control);
    const byLength = { matrix: withLengths(rows), count: KEPT, normalize: false, shrinkage: 0 };
    const shared = await solver.neighbours(byLength, { ...control, onProgress: undefined });
    return { parameters: {}, matrices: { neighbours, everybody: timesSquares(shared, weights) } };
  },
});

function idfOf({ offsets, items, columns }: SparseMatrix): Float32Array {
  const people = new Float32Array(columns);
  for (const item of items) people[item] = (people[item] as number) + 1;
  return people.map((n) => Math.max(0, Math.log((offsets.length - 1) / (1 + n))));
}

/** Events over the root of the length of their user's row: a product of two is an event of each, over that length. */
function withLengths({ offsets, items, values = new Float32Array(), columns }: SparseMatrix): SparseMatrix {
  const scaled = new Float32Array(items.length);
  for (let user = 0; user + 1 < offsets.length; user++) {
    const [from, to] = [offsets[user] as number, offsets[user + 1] as number];
    const square = values.subarray(from, to).reduce((sum, value) => sum + value * value, 0);
    scaled.fill(square > 0 ? square ** -0.25 : 0, from, to);
  }
  return { offsets, items, values: scaled, columns };
}

/** Each row times the square of its item's weight: once the newcomer's, once the other's. */
function timesSquares({ offsets, items, values = new Float32Array() }: Csr, weights: Float32Array): Csr {
  const scaled = values.slice();
  for (const [item, weight] of weights.entries()) {
    for (let e = offsets[item] as number; e < (offsets[item + 1] as number); e++)
      scaled[e] = (scaled[e] as number) * weight * weight;
  }
  return { offsets, items, values: scaled };
}
