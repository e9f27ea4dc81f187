/**
 * Neural matrix factorization (NeuMF): GMF and an MLP side by side, each with embeddings of its own, joined by one linear
 * layer.
 *
 * He et al., "Neural Collaborative Filtering", WWW 2017, section 3.4, equations 11 and 12.
 *
 * Choices where implementations differ: as in `gmf.ts` and `mlp.ts` (output bias, LeCun-uniform output, tower of
 * 4, 2, 1 x factors on 2 x 4 x factors of embedding); the score is a logit. As there, the two views can be regularized apart
 * (`reg_mf`, `reg_layers` there; `gmfL2` and the training's `l2` here). Pretraining is in `neumf-pretraining.ts`.
 */
import type { Activation } from "../nn/layers.ts";
import { defineModel } from "../nn/model.ts";
import { choice, count, number, searched, widths } from "../nn/options.ts";
import { activations, ncfTower } from "./mlp.ts";
import { pointwiseBySize } from "./recommended.ts";

export interface NeuMfConfig {
  /** Width of the GMF vectors and of the last hidden layer. */
  readonly factors: number;
  /** Embedding width of the MLP, per side. Default 4 x factors. */
  readonly embeddingWidth?: number;
  /** Widths of the hidden layers. Default [4, 2, 1] x factors. */
  readonly hidden?: readonly number[];
  /** L2 regularization of the GMF vectors alone, in [0, 1]. Default the training's `l2`, which the rest keeps. */
  readonly gmfL2?: number;
  readonly activation: Activation;
  /** Dropout after each hidden layer, in [0, 1). */
  readonly dropout: number;
}

export const neuMf = defineModel<NeuMfConfig>({
  name: "neumf",
  title: "Neural matrix factorization",
  paper: "https://arxiv.org/abs/1708.05031",
  task: "pointwise",
  defaults: { factors: 32, activation: "relu", dropout: 0 },
  options: {
    factors: searched(count("width of the product view and of the last hidden layer"), { between: [8, 64] }),
    embeddingWidth: count("embedding width of the tower per side (default 4 x factors)"),
    hidden: widths("widths of the hidden layers (default 4, 2, 1 x factors)"),
    gmfL2: number("L2 regularization of the product view's vectors (default the training's l2)", 0, 1),
    activation: choice("activation of the hidden layers", activations),
    dropout: searched(number("dropout after each hidden layer", 0, 1, true), { between: [0, 0.5] }),
  },
  training: {},
  sized: pointwiseBySize({ negatives: 4, l2: 1e-5 }),
  build({ users, items }, { factors, embeddingWidth = 4 * factors, hidden = ncfTower(factors), ...options }, nn) {
    const { gmfL2: l2 } = options;
    const gmfUser = nn.embed(users.id, factors, { name: "gmf/user", l2 });
    const gmfItem = nn.embed(items.id, factors, { name: "gmf/item", l2 });
    const mlpUser = nn.embed(users.id, embeddingWidth, { name: "mlp/user" });
    const mlpItem = nn.embed(items.id, embeddingWidth, { name: "mlp/item" });
    const product = nn.mul(gmfUser, gmfItem);
    const layers = nn.tower("mlp", hidden, options)(nn.concat(mlpUser, mlpItem));
    const head = nn.dense("head", 1, { kernelInit: { kind: "lecunUniform" } });
    return nn.squeezeLast(head(nn.concat(product, layers)));
  },
});
