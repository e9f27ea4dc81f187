/**
 * Multi-layer perceptron on the concatenated user and item vectors: a learned interaction function.
 *
 * He et al., "Neural Collaborative Filtering", WWW 2017, section 3.3, equation 10.
 *
 * Choices where implementations differ: the tower halves from 4 x factors per side, as in the authors' code
 * (`[64, 32, 16, 8]` there is `factors: 8` here: 2 x 32 embedding, hidden 32, 16, 8); Glorot-uniform hidden layers with
 * ReLU, LeCun-uniform output with bias; the score is a logit.
 */
import type { Activation } from "../nn/layers.ts";
import { defineModel } from "../nn/model.ts";
import { choice, count, number, searched, widths } from "../nn/options.ts";
import { pointwiseBySize } from "./recommended.ts";

export interface MlpConfig {
  /** Width of the last hidden layer. */
  readonly factors: number;
  /** Embedding width per side. Default 4 x factors. */
  readonly embeddingWidth?: number;
  /** Widths of the hidden layers. Default [4, 2, 1] x factors. */
  readonly hidden?: readonly number[];
  readonly activation: Activation;
  /** Dropout after each hidden layer, in [0, 1). */
  readonly dropout: number;
}

/** The tower of the NCF paper for a number of predictive factors. */
export const ncfTower = (factors: number): readonly number[] => [4 * factors, 2 * factors, factors];

export const activations = ["linear", "relu", "sigmoid", "tanh", "selu", "gelu"] as const;

export const mlp = defineModel<MlpConfig>({
  name: "mlp",
  title: "Multi-layer perceptron",
  paper: "https://arxiv.org/abs/1708.05031",
  task: "pointwise",
  defaults: { factors: 16, activation: "relu", dropout: 0 },
  options: {
    factors: searched(count("width of the last hidden layer"), { between: [8, 64] }),
    embeddingWidth: count("embedding width per side (default 4 x factors)"),
    hidden: widths("widths of the hidden layers (default 4, 2, 1 x factors)"),
    activation: choice("activation of the hidden layers", activations),
    dropout: searched(number("dropout after each hidden layer", 0, 1, true), { between: [0, 0.5] }),
  },
  training: {},
  sized: pointwiseBySize({ negatives: 4, l2: 1e-5 }),
  build({ users, items }, { factors, embeddingWidth = 4 * factors, hidden = ncfTower(factors), ...options }, nn) {
    const p = nn.embed(users.id, embeddingWidth, { name: "mlp/user" });
    const q = nn.embed(items.id, embeddingWidth, { name: "mlp/item" });
    const head = nn.dense("head", 1, { kernelInit: { kind: "lecunUniform" } });
    return nn.squeezeLast(head(nn.tower("mlp", hidden, options)(nn.concat(p, q))));
  },
});
