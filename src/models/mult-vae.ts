/**
 * Variational autoencoder of what users did, with a multinomial likelihood over the whole catalogue (Mult-VAE).
 *
 * Liang, Krishnan, Hoffman & Jebara, "Variational Autoencoders for Collaborative Filtering", WWW 2018, sections 2 and 3; `beta`
 * caps the weight of the divergence (equation 6), from the first step on: it is not annealed up to that cap.
 *
 * Choices where implementations differ, as in the authors' code: histories divided by their length (L2), dropout on them, tanh
 * layers, the mean instead of a draw when scoring. The bias of the last layer is a column of its kernel beside a constant one.
 */
import { defineModel } from "../nn/model.ts";
import { count, number, searched, widths } from "../nn/options.ts";

export interface MultVaeConfig {
  /** Width of the latent normal distribution. */
  readonly latent: number;
  /** Widths of the encoder's hidden layers; the decoder has them in reverse. */
  readonly hidden: readonly number[];
  /** Share of each history left out at random in training, in [0, 1). */
  readonly dropout: number;
  /** Weight of the divergence from the standard normal distribution, in [0, 1]. */
  readonly beta: number;
}

export const multVae = defineModel<MultVaeConfig>({
  name: "mult-vae",
  title: "Mult-VAE",
  paper: "https://arxiv.org/abs/1802.05814",
  task: "rows",
  defaults: { latent: 64, hidden: [128], dropout: 0.5, beta: 0.2 },
  options: {
    latent: searched(count("width of the latent distribution"), { between: [32, 256] }),
    hidden: widths("widths of the encoder's hidden layers, and in reverse of the decoder's"),
    dropout: searched(number("share of each history left out at random in training", 0, 1, true), {
      between: [0.2, 0.7],
    }),
    beta: searched(number("weight of the divergence from the standard normal distribution", 0, 1), {
      between: [0.01, 0.5],
    }),
  },
  training: { batchSize: 256, learningRate: 0.001 },
  build({ users, items }, { latent, hidden, dropout, beta }, nn) {
    const [first = latent, ...others] = hidden;
    const kernel = { kind: "glorotUniform" } as const;
    const sum = nn.bag(users.history, first, { name: "encoder/0", init: kernel, dropout, combiner: "sqrtn" });
    const encoded = nn.tower("encoder", others, { activation: "tanh" })(nn.unary("tanh", sum));
    const [mean, logVariance] = [nn.dense("mean", latent)(encoded), nn.dense("variance", latent)(encoded)];
    const z = nn.gaussianSample("z")(mean, logVariance);
    const decoded = nn.tower("decoder", hidden.toReversed(), { activation: "tanh" })(z);
    const width = decoded.shape[1] as number;
    const table = nn.param("items", [items.size, width + 1], kernel);
    const query = nn.concat(decoded, nn.broadcastTo(nn.constant(1), ["batch", 1]));
    const divergence = nn.affine(nn.gaussianDivergence(mean, logVariance), beta);
    return {
      score: nn.scope("score", () => nn.matmul(query, table, { transposeB: true })),
      loss: nn.add(nn.multinomialLikelihood(query, table, users.history), divergence),
      vectors: { item: nn.slice(nn.gather(table, items.id), 0, width) },
    };
  },
});
