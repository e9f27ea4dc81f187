/**
 * CDAE, a collaborative denoising autoencoder: a damaged history and a vector of the user's own are made into a code, from which
 * the whole history is foretold.
 *
 * Wu, DuBois, Zheng & Ester, "Collaborative Denoising Auto-Encoders for Top-N Recommender Systems", WSDM 2016, equations 1 to 3;
 * trained on what was done against sampled items that were not, by binary cross entropy (section 3.2).
 *
 * Choices where implementations differ: what is left of a history weighs 1 / (1 - dropout), as in the paper, and its sum is divided
 * by the root of its length, so that long histories do not drive the units to their ends. Somebody new has no vector of
 * their own: their history is all they are.
 */
import type { Tensor } from "../graph/tensor.ts";
import { defineModel } from "../nn/model.ts";
import { choice, count, number } from "../nn/options.ts";

export interface CdaeConfig {
  /** Width of the code. */
  readonly factors: number;
  /** Of the code's units. */
  readonly activation: "sigmoid" | "tanh" | "relu" | "linear";
  /** Share of each history left out at random in training, in [0, 1). */
  readonly dropout: number;
}

export const cdae = defineModel<CdaeConfig>({
  name: "cdae",
  title: "CDAE, a denoising autoencoder with users",
  paper: "https://doi.org/10.1145/2835776.2835837",
  task: "pointwise",
  defaults: { factors: 64, activation: "sigmoid", dropout: 0.2 },
  options: {
    factors: count("width of the code"),
    activation: choice("activation of the code's units", ["sigmoid", "tanh", "relu", "linear"]),
    dropout: number("share of each history left out at random in training", 0, 1, true),
  },
  training: { batchSize: 1024, learningRate: 0.002, negatives: 4 },
  build({ users, items }, { factors, activation, dropout }, nn) {
    const kernel = { kind: "glorotUniform" } as const;
    const done = nn.bag(users.history, factors, { name: "encoder", init: kernel, dropout, combiner: "sqrtn" });
    const shift = nn.param("code/bias", [factors], { kind: "zeros" });
    const code = (x: Tensor) => nn.scope("code", () => nn.activation(activation)(nn.add(x, shift)));
    const decoder = nn.embed(items.id, factors, { name: "decoder", init: kernel });
    const liked = nn.bias(items.id);
    const scored = (x: Tensor) => nn.scope("score", () => nn.add(nn.dot(code(x), decoder), liked));
    return {
      score: scored(nn.add(done, nn.embed(users.id, factors, { name: "own" }))),
      history: scored(done),
      vectors: { item: decoder },
    };
  },
});
