/**
 * NAIS, neural attentive item similarity: the score of an item is its similarity to the items of the history, each weighted by how much
 * the item in question attends to it.
 *
 * He et al., "NAIS: Neural Attentive Item Similarity Model for Recommendation", TKDE 2018, equations 8 (attention by a hidden layer over
 * both items side by side, NAIS-concat) and 9 (weights divided by the sum of their exponentials to the power `smoothing`: a plain
 * softmax takes too much from those who did much).
 *
 * Choices where implementations differ: the hidden layer's weights to the logit are +1 for one half of its units and -1 for the other,
 * which loses nothing, since the layer's own weights take on any size; both tables start from N(0, 0.01), at which all weights are alike and
 * the model is FISM with `alpha` = `smoothing` (the authors start from a trained FISM); the item in question is left out of the
 * history in training, of the sum that weights are divided by as well; there is no bias per user.
 */
import { defineModel } from "../nn/model.ts";
import { count, number } from "../nn/options.ts";

export interface NaisConfig {
  /** Width of the two vectors of an item. */
  readonly factors: number;
  /** Units of the hidden layer that makes attention; at least 2. */
  readonly units: number;
  /** Power of the sum of exponentials that weights are divided by: 1 is a softmax, 0 divides by nothing. */
  readonly smoothing: number;
}

export const nais = defineModel<NaisConfig>({
  name: "nais",
  title: "NAIS, attentive item similarity",
  paper: "https://doi.org/10.1109/TKDE.2018.2831682",
  task: "pointwise",
  defaults: { factors: 16, units: 16, smoothing: 0.5 },
  options: {
    factors: count("width of the two vectors of an item"),
    units: count("units of the hidden layer that makes attention"),
    smoothing: number("power of the sum that attention is divided by", 0, 1),
  },
  training: { batchSize: 1024, learningRate: 0.002, negatives: 4, l2: 1e-6 },
  build({ users, items }, { factors, units, smoothing }, nn) {
    const vector = nn.embed(items.id, factors, { name: "vectors/item" });
    const done = nn.param("past/item", [items.size, factors], { kind: "normal", stddev: 0.01 });
    const query = nn.dense("attention/item", units)(vector);
    const kernel = nn.param("attention/past/kernel", [factors, units], { kind: "glorotUniform" });
    const keys = nn.table("attention/past", () => nn.matmul(done, kernel));
    const past = nn.leavingOut(users.history, items.id);
    const profile = nn.scope("attention", () => nn.crossAttention(query, keys, done, past, { smoothing, units: true }));
    const liked = nn.bias(items.id);
    return nn.scope("score", () => nn.add(nn.dot(profile, vector), liked));
  },
});
