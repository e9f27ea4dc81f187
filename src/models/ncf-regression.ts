/**
 * Neural collaborative filtering as regression on ratings: user and item vectors, concatenated, through dense layers to one
 * linear unit that predicts the rating.
 *
 * The rating variant of He et al. 2017, section 3.3, as commonly taught: dense → (batch normalization) → activation →
 * (dropout), then a linear output and squared error.
 *
 * Choices where implementations differ: the prediction is the training mean plus the network's output, so that learning
 * starts at the mean and not at zero; Glorot-uniform layers with bias; N(0, 0.05) embeddings.
 */
import type { Activation } from "../nn/layers.ts";
import { defineModel } from "../nn/model.ts";
import { choice, count, flag, number, widths } from "../nn/options.ts";
import { activations } from "./mlp.ts";

export interface NcfRegressionConfig {
  /** Embedding width per side. */
  readonly factors: number;
  readonly hidden: readonly number[];
  readonly activation: Activation;
  readonly batchNormalization: boolean;
  readonly dropout: number;
}

export const ncfRegression = defineModel<NcfRegressionConfig>({
  name: "ncf-regression",
  title: "Neural collaborative filtering, regression",
  paper: "https://arxiv.org/abs/1708.05031",
  task: "rating",
  defaults: { factors: 32, hidden: [100, 50], activation: "relu", batchNormalization: false, dropout: 0.1 },
  options: {
    factors: count("embedding width per side"),
    hidden: widths("widths of the hidden layers"),
    activation: choice("activation of the hidden layers", activations),
    batchNormalization: flag("normalize each hidden layer over the batch"),
    dropout: number("dropout after each hidden layer", 0, 1, true),
  },
  training: { batchSize: 64, learningRate: 0.001, l2: 0.0005 },
  build({ users, items }, { factors, hidden, ...options }, nn) {
    const init = { kind: "normal", stddev: 0.05 } as const;
    const p = nn.embed(users.id, factors, { name: "mlp/user", init });
    const q = nn.embed(items.id, factors, { name: "mlp/item", init });
    const mean = nn.param("mean", [], { kind: "data", name: "meanValue" });
    const layers = nn.tower("mlp", hidden, options)(nn.concat(p, q));
    return nn.add(nn.squeezeLast(nn.dense("head", 1)(layers)), mean);
  },
});
