/**
 * FISM, factored item similarity: a user is what they did. The score of an item is its similarity to the items of the history,
 * a similarity being an inner product of two vectors that every item has: one as what is asked about, one as what was done.
 *
 * Kabbur et al., "FISM: Factored Item Similarity Models for Top-N Recommender Systems", KDD 2013, equation 5; trained on
 * positives against sampled negatives by binary cross entropy, as in He et al., "NAIS: Neural Attentive Item Similarity Model",
 * TKDE 2018, section 3.
 *
 * Choices where implementations differ: the item in question never speaks for itself in training (it is left out of the history
 * and of the number n of events that `alpha` normalizes by); there is no bias per user, which orders nothing and which a
 * newcomer has not; both tables start from N(0, 0.01).
 */
import { defineModel } from "../nn/model.ts";
import { count, number } from "../nn/options.ts";

export interface FismConfig {
  /** Width of the two vectors of an item. */
  readonly factors: number;
  /** The sum over a history of n events is divided by n to this power: 0 sums, 1 averages. */
  readonly alpha: number;
}

export const fism = defineModel<FismConfig>({
  name: "fism",
  title: "FISM, factored item similarity",
  paper: "https://doi.org/10.1145/2487575.2487589",
  task: "pointwise",
  defaults: { factors: 64, alpha: 0.5 },
  options: {
    factors: count("width of the two vectors of an item"),
    alpha: number("power of the number of events that sums are divided by", 0, 1),
  },
  training: { batchSize: 1024, learningRate: 0.002, negatives: 4, l2: 1e-6 },
  build({ users, items }, { factors, alpha }, nn) {
    const past = nn.leavingOut(users.history, items.id);
    const profile = nn.bag(past, factors, { name: "past/item", combiner: alpha });
    const vector = nn.embed(items.id, factors, { name: "vectors/item" });
    const liked = nn.bias(items.id);
    return nn.scope("score", () => nn.add(nn.dot(profile, vector), liked));
  },
});
