/**
 * Generalized matrix factorization: the element-wise product of a user and an item vector, weighted by a linear layer.
 *
 * He et al., "Neural Collaborative Filtering", WWW 2017, section 3.2, equation 9.
 *
 * Choices where implementations differ: the last layer has a bias and starts LeCun-uniform, as in the authors' code (the
 * equation has none). The score is a logit: the loss applies the sigmoid, ranking does not need it. `dropout` on the
 * embeddings and a dense layer on the product (`hidden`) are the variant with a "dense head"; both are off by default.
 */
import { defineModel } from "../nn/model.ts";
import { count, number, searched, widths } from "../nn/options.ts";
import { pointwiseBySize } from "./recommended.ts";

export interface GmfConfig {
  /** Width of the user and item vectors. */
  readonly factors: number;
  /** Dropout on both embeddings (and after each hidden layer), in [0, 1). */
  readonly dropout: number;
  /** Widths of linear dense layers between product and output. */
  readonly hidden: readonly number[];
}

export const gmf = defineModel<GmfConfig>({
  name: "gmf",
  title: "Generalized matrix factorization",
  paper: "https://arxiv.org/abs/1708.05031",
  task: "pointwise",
  defaults: { factors: 64, dropout: 0, hidden: [] },
  options: {
    factors: searched(count("width of the user and item vectors"), { between: [8, 128] }),
    dropout: searched(number("dropout on the embeddings and hidden layers", 0, 1, true), { between: [0, 0.5] }),
    hidden: widths("widths of dense layers on the product"),
  },
  training: {},
  sized: pointwiseBySize({ negatives: 8, l2: 5e-6 }),
  build({ users, items }, { factors, dropout: rate, hidden }, nn) {
    const p = nn.dropout("gmf/user/dropout", rate)(nn.embed(users.id, factors, { name: "gmf/user" }));
    const q = nn.dropout("gmf/item/dropout", rate)(nn.embed(items.id, factors, { name: "gmf/item" }));
    const product = nn.tower("gmf", hidden, { activation: "linear", dropout: rate })(nn.mul(p, q));
    return nn.squeezeLast(nn.dense("head", 1, { kernelInit: { kind: "lecunUniform" } })(product));
  },
});
