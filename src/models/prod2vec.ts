/**
 * prod2vec: items are words and what somebody did is a text. An item's vector foretells which items stand near it in time; people
 * get what is near to what they did.
 *
 * Grbovic et al., "E-commerce in Your Inbox: Product Recommendations at Scale", KDD 2015, section 3.1; Barkan & Koenigstein, "Item2Vec",
 * 2016; both are the skip-gram with negative sampling of Mikolov et al., "Distributed Representations of Words and Phrases and their
 * Compositionality", NIPS 2013, section 2: equation 4, subsampling of frequent words by equation 5, negatives by popularity^0.75.
 *
 * Choices where implementations differ: each pair of a window weighs `(window + 1 - distance) / window`, which is how often drawn
 * windows, as in word2vec, have it; an event left out by subsampling keeps its place; negatives are drawn once a step for the whole batch
 * and weigh as many as `negatives` of each pair would; Adam in place of a falling rate. The papers leave open how people are answered. What
 * the loss settles at, `v_j . c_i = log p(i near j) - exponent log(popularity of i)` but for constants (Levy & Goldberg, "Neural Word
 * Embedding as Implicit Matrix Factorization", NIPS 2014, equation 7), gives the likelihood that items are ranked by.
 */
import type { SparseMatrix } from "../core/csr.ts";
import type { Tensor } from "../graph/tensor.ts";
import { defineModel } from "../nn/model.ts";
import { choice, count, number, searched } from "../nn/options.ts";
import { cumulativeWeights } from "../nn/sampled-losses.ts";
import { degreesOf } from "./degrees.ts";

export interface Prod2VecConfig {
  /** Width of the two vectors of an item: as a word, and as what stands near. */
  readonly width: number;
  /** How far apart two events may be that foretell each other. */
  readonly window: number;
  /** Negatives of each pair, as a weight: so much do the drawn ones count together. */
  readonly negatives: number;
  /** Negatives drawn once a step. */
  readonly drawn: number;
  /** Power of the popularity by which they are drawn. */
  readonly exponent: number;
  /** Items with a larger share of all events than this are left out at random, the more the larger it is; 0 leaves none out. */
  readonly subsampling: number;
  /** Events that are looked at, the latest. */
  readonly length: number;
  /**
   * `likelihood`: of the item near each of what was done, as the model learned it, the geometric mean of all; `cosine`: of the item and
   * the sum of what was done, each vector at length 1, which does not know how popular an item is.
   */
  readonly score: (typeof scores)[number];
}

const scores = ["likelihood", "cosine"] as const;

export const prod2Vec = defineModel<Prod2VecConfig>({
  name: "prod2vec",
  title: "prod2vec, skip-gram of items",
  paper: "https://arxiv.org/abs/1606.07154",
  task: "rows",
  defaults: {
    width: 64,
    window: 5,
    negatives: 5,
    drawn: 256,
    exponent: 0.75,
    subsampling: 0,
    length: 200,
    score: "likelihood",
  },
  options: {
    width: searched(count("width of the two vectors of an item"), { among: [32, 64, 128] }),
    window: searched(count("how far apart two events may be that foretell each other"), { among: [2, 3, 5, 10] }),
    negatives: searched(number("how much the drawn negatives of a pair count together", 0, 1000), { between: [1, 20] }),
    drawn: count("negatives drawn once a step"),
    exponent: searched(number("power of the popularity by which negatives are drawn", -2, 2), { between: [-1, 1] }),
    subsampling: number("share of all events from which on an item is left out at random; 0: never", 0, 1),
    length: count("latest events that are looked at"),
    score: choice("what items are ranked by", scores),
  },
  training: { batchSize: 64, learningRate: 0.002 },
  matrices: (interactions, { exponent }) => ({ noise: noiseOf(interactions, exponent) }),
  build({ users, items }, { width, window, negatives, drawn, exponent, subsampling, length, score }, nn) {
    const vectors = nn.param("vectors", [items.size, width], { kind: "uniform", limit: 0.5 / width });
    const contexts = nn.param("contexts", [items.size, width], { kind: "zeros" });
    const unit = nn.table("vectors/unit", () => nn.unitLength(vectors));
    const item = nn.gather(unit, items.id);
    const events = nn.events(users.sequence, length, { foretold: false });
    // What an event is, with a column that says whether it is there: events before the first one are zeros.
    const kept = nn.scope("subsampling", () => {
      const one = nn.broadcastTo(nn.constant(1), ["entries", 1]);
      if (subsampling === 0) return one;
      const counts = nn.param("subsampling/count", [items.size, 1], { kind: "data", name: "itemCounts" });
      const least = nn.affine(nn.unary("relu", nn.affine(counts, 1, -1)), 1, 1);
      const total = nn.affine(nn.mean(least), items.size * subsampling);
      return nn.bernoulli("subsampling", nn.gather(nn.unary("sqrt", nn.div(total, least)), events.items));
    });
    const center = nn.concat(nn.gather(vectors, events.items), kept);
    // Where values weigh, a pair counts by that of the event that is foretold.
    const weight = nn.weightOf(events.items);
    const counting = weight ? nn.mul(kept, nn.expandLast(weight, 1)) : kept;
    const near = nn.concat(nn.gather(contexts, events.items), counting);
    const vector = (x: Tensor) => nn.slice(x, 0, width);
    const isThere = (x: Tensor) => nn.squeezeLast(nn.slice(x, width, 1));
    const missed = (a: Tensor, b: Tensor) => nn.unary("softplus", nn.affine(nn.dot(vector(a), vector(b)), -1));
    const pairs = Array.from({ length: window }, (_, before) => {
      const distance = before + 1;
      const [earlier, later] = [nn.earlier(near, distance), nn.earlier(near, -distance)];
      const weight = (window - before) / window;
      const of = (other: Tensor) => nn.affine(nn.mul(isThere(center), isThere(other)), weight);
      return [
        { count: of(earlier), loss: missed(center, earlier) },
        { count: of(later), loss: missed(center, later) },
      ];
    }).flat();
    const sum = (terms: readonly Tensor[]) => terms.reduce((a, b) => nn.add(a, b));
    const loss = nn.scope("loss", () => {
      const noise = nn.draw("noise", items.size, drawn, nn.data("noise", 1, items.size));
      const against = nn.matmul(vector(center), nn.pick(contexts, noise), { transposeB: true });
      const wrong = nn.affine(nn.affine(nn.sumLast(nn.unary("softplus", against)), 1 / drawn), negatives);
      const counts = sum(pairs.map((pair) => pair.count));
      return nn.mean(nn.add(sum(pairs.map((pair) => nn.mul(pair.count, pair.loss))), nn.mul(counts, wrong)));
    });
    const likelihood = (): Tensor => {
      const often = nn.param("popularity", [items.size, 1], { kind: "data", name: "itemCounts" });
      const known = nn.affine(nn.unary("relu", nn.affine(nn.gather(often, items.id), 1, -1)), 1, 1);
      const near = nn.dot(nn.bag(users.history, vectors, { combiner: "mean" }), nn.gather(contexts, items.id));
      return nn.add(near, nn.affine(nn.squeezeLast(nn.unary("log", known)), exponent));
    };
    const cosine = (): Tensor => nn.dot(nn.unitLength(nn.bag(users.history, unit)), item);
    return { score: nn.scope("score", score === "likelihood" ? likelihood : cosine), loss, vectors: { item } };
  },
});

/** Popularity to that power: what nobody did counts as done once. */
function noiseOf(interactions: SparseMatrix, exponent: number) {
  return cumulativeWeights(degreesOf(interactions).map((count) => Math.max(1, count) ** exponent));
}
