/**
 * ConvNCF: every dimension of a user times every dimension of an item, as a picture that convolutions read layer by layer.
 *
 * He, Du, Wang, Tian, Tang & Chua, "Outer Product-based Neural Collaborative Filtering", IJCAI 2018, section 3; trained by BPR (3.3).
 *
 * Choices where implementations differ: vectors are learned from the start, N(0, 0.1), where the authors begin with those of a
 * factorization; layers halve the picture by kernels of 2 x 2 until one pixel is left, as theirs do, with He-uniform kernels. Their
 * width is 64, ours 16: a pair takes a sixteenth of the work.
 */
import type { Tensor } from "../graph/tensor.ts";
import { defineModel } from "../nn/model.ts";
import { count, number, powerOfTwo } from "../nn/options.ts";

export interface ConvNcfConfig {
  /** Width of the vectors, a power of two: side of the picture. */
  readonly width: number;
  /** Channels of each layer. */
  readonly channels: number;
  /** Share of the last layer's channels left out at random in training, in [0, 1). */
  readonly dropout: number;
}

export const convNcf = defineModel<ConvNcfConfig>({
  name: "conv-ncf",
  title: "Convolutional NCF",
  paper: "https://arxiv.org/abs/1808.03912",
  task: "pairwise",
  defaults: { width: 16, channels: 32, dropout: 0 },
  options: {
    width: powerOfTwo("width of the vectors of users and items", 256),
    channels: count("channels of each layer"),
    dropout: number("share of the last layer left out at random in training", 0, 1, true),
  },
  training: { batchSize: 256, learningRate: 0.005, negatives: 4, l2: 1e-5 },
  build({ users, items }, { width, channels, dropout }, nn) {
    const layers = Math.log2(width);
    const init = { kind: "normal", stddev: 0.1 } as const;
    const p = nn.embed(users.id, width, { name: "factors/user", init });
    const q = nn.embed(items.id, width, { name: "factors/item", init });
    const picture = nn.scope("outer", () => nn.reshape(nn.outer(p, q), ["batch", width, width, 1]));
    const last = Array.from({ length: layers }, (_, i) => `convolution/${i}`).reduce<Tensor>(
      (x, name) =>
        nn.convolution(name, channels, { size: 2, stride: 2, activation: "relu", kernelInit: { kind: "heUniform" } })(
          x,
        ),
      picture,
    );
    const seen = nn.dropout("dropout", dropout)(nn.flatten(last));
    return nn.add(nn.squeezeLast(nn.dense("prediction", 1)(seen)), nn.bias(items.id));
  },
});
