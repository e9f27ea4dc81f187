/**
 * EASE: the linear autoencoder of items with a zero diagonal, in closed form. Each item of a history votes for every other one.
 *
 * Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019, equations 6 to 8.
 *
 * The weights are items x items in float32, and solving takes items^3 operations: 3,706 items are 55 MB and a second, 40,000
 * are 6.4 GB and some minutes. The default of `l2` is the middle of the paper's range (200 to 1,000).
 */
import { defineModel } from "../nn/model.ts";
import { number, searched } from "../nn/options.ts";

export interface EaseConfig {
  /** L2 regularization of the weights. */
  readonly l2: number;
}

export const ease = defineModel<EaseConfig>({
  name: "ease",
  title: "EASE, a linear item-item model",
  paper: "https://arxiv.org/abs/1905.03375",
  task: "solve",
  defaults: { l2: 500 },
  options: { l2: searched(number("L2 regularization of the weights", 1e-3, 1e9), { between: [10, 5000] }) },
  training: {},
  build({ users, items }, _, nn) {
    const weights = nn.param("weights", [items.size, items.size], { kind: "zeros" });
    return nn.scope("score", () => nn.bag(users.history, weights));
  },
  async solve({ interactions: { offsets, items, columns }, solver, control }, { l2 }) {
    return { parameters: { weights: await solver.ease({ offsets, items, columns }, l2, control) } };
  },
});
