/**
 * Item-item nearest neighbours: an item's score is the sum of its similarities to the items of the history, of which its
 * `neighbours` most similar ones count.
 *
 * Sarwar et al., "Item-based collaborative filtering recommendation algorithms", WWW 2001; weights as in information
 * retrieval, where a user is a word of each item: TF-IDF, and BM25 with k1 and b (Robertson & Zaragoza 2009, section 3.4).
 *
 * Choices where implementations differ: every event counts as one; the idf of a user is `log(items / (1 + their items))`;
 * similarities are cosines of the weighted columns, and `shrinkage` is added to the product of their lengths. With
 * `prediction: "average"` the similarities of an item's neighbours are divided by their sum, and what is averaged is how far
 * the history is from each neighbour's mean, on top of the item's own (Sarwar et al., section 3.2.1; Ma, King & Lyu,
 * "Effective missing data prediction for collaborative filtering", SIGIR 2007, equation 6), an item's mean being its share
 * of the users.
 */
import { type Csr, type SparseMatrix, transpose } from "../core/csr.ts";
import { defineModel } from "../nn/model.ts";
import { choice, count, number, searched } from "../nn/options.ts";
import { degreesOf } from "./degrees.ts";

export interface ItemKnnConfig {
  /** Neighbours of each item. */
  readonly neighbours: number;
  readonly similarity: "cosine" | "tf-idf" | "bm25";
  /** Added to the product of two items' lengths: similarities that rest on few users shrink. */
  readonly shrinkage: number;
  /** The sum of the similarities, or their weighted average. */
  readonly prediction: "sum" | "average";
  /** BM25: how soon another event of a user adds nothing. */
  readonly k1: number;
  /** BM25: how much an item's popularity counts against it. */
  readonly b: number;
}

export const itemKnn = defineModel<ItemKnnConfig>({
  name: "item-knn",
  title: "Item-item nearest neighbours",
  paper: "https://doi.org/10.1145/371920.372071",
  task: "solve",
  defaults: { neighbours: 100, similarity: "cosine", shrinkage: 0, prediction: "sum", k1: 1.2, b: 0.75 },
  options: {
    neighbours: searched(count("neighbours of each item"), { between: [20, 1000] }),
    similarity: searched(choice("weights of the users", ["cosine", "tf-idf", "bm25"]), {
      among: ["cosine", "tf-idf", "bm25"],
    }),
    shrinkage: searched(number("added to the product of two items' lengths", 0, 1e9), { between: [0, 100] }),
    prediction: searched(choice("the sum of the similarities or their weighted average", ["sum", "average"]), {
      among: ["sum", "average"],
    }),
    k1: number("BM25: how soon another event of a user adds nothing", 0, 1000),
    b: number("BM25: how much an item's popularity counts against it", 0, 1),
  },
  training: {},
  build({ users, items }, { prediction }, nn) {
    const neighbours = nn.data("neighbours", items.size, items.size);
    const near = nn.scope("score", () => nn.bag(users.history, neighbours));
    if (prediction === "sum") return near;
    const base = nn.param("base", [items.size], { kind: "zeros" });
    return nn.scope("score", () => nn.add(near, base));
  },
  async solve({ interactions, solver, control }, config) {
    const problem = { count: config.neighbours, normalize: true, shrinkage: config.shrinkage };
    const nearest = await solver.neighbours({ matrix: weighted(interactions, config), ...problem }, control);
    const base = config.prediction === "average" ? averaged(nearest, interactions) : undefined;
    // Row i lists the neighbours of item i; what counts for an item of the history is whose neighbour it is.
    return {
      parameters: base ? { base } : {},
      matrices: { neighbours: transpose({ ...nearest, columns: interactions.columns }) },
    };
  },
});

/**
 * Divides the similarities of each item by their sum, in place, and returns what an item scores before any history: its share
 * of the users less what the shares of its neighbours come to.
 */
function averaged({ offsets, items: neighbours, values }: Csr, interactions: SparseMatrix): Float32Array {
  const similarities = values as Float32Array;
  const share = degreesOf(interactions).map((users) => users / (interactions.offsets.length - 1));
  return Float32Array.from(share, (mean, item) => {
    const [start, end] = [offsets[item] as number, offsets[item + 1] as number];
    const total = similarities.subarray(start, end).reduce((sum, value) => sum + value, 0);
    let expected = 0;
    for (let e = start; e < end && total > 0; e++) {
      const weight = (similarities[e] as number) / total;
      similarities[e] = weight;
      expected += weight * (share[neighbours[e] as number] as number);
    }
    return mean - expected;
  });
}

function weighted({ offsets, items, columns }: SparseMatrix, { similarity, k1, b }: ItemKnnConfig): SparseMatrix {
  const plain = { offsets, items, columns };
  if (similarity === "cosine") return plain;
  const users = degreesOf(plain);
  const mean = items.length / columns;
  const termOf = (item: number) => (k1 + 1) / (k1 * (1 - b + (b * (users[item] as number)) / mean) + 1);
  const values = new Float32Array(items.length);
  for (let user = 0; user + 1 < offsets.length; user++) {
    const [start, end] = [offsets[user] as number, offsets[user + 1] as number];
    const idf = Math.max(0, Math.log(columns / (1 + end - start)));
    for (let e = start; e < end; e++) values[e] = similarity === "bm25" ? termOf(items[e] as number) * idf : idf;
  }
  return { ...plain, values };
}
