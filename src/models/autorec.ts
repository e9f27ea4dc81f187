/**
 * AutoRec: an item is all the ratings it got; they are made into a code, from which what everybody would give it is
 * foretold, h(r; θ) = W g(V r + μ) + b. By users the same, the other way round.
 *
 * Sedhain, Menon, Sanner & Xie, "AutoRec: Autoencoders Meet Collaborative Filtering", WWW 2015, equations 1 to 3: I-AutoRec, with
 * a sigmoid g and a linear output, which is the better one of the paper's tables, and U-AutoRec.
 *
 * Choices where implementations differ: a rating is the step, not an item or a user, so that only observed ratings are foretold (equation 3)
 * and batches are of equal length; the codes of all items are computed once a step. By items somebody new is a row of W and an entry of b,
 * fitted to their ratings over the codes that training left; by users they are their ratings, and nothing is fitted.
 */
import type { SparseMatrix } from "../core/csr.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Builder } from "../nn/builder.ts";
import type { ModelInputs } from "../nn/inputs.ts";
import { defineModel } from "../nn/model.ts";
import { choice, count, number } from "../nn/options.ts";
import { someRows } from "./content.ts";

export interface AutoRecConfig {
  /** Width of the code. */
  readonly factors: number;
  /** Whose ratings are made into a code. */
  readonly by: "items" | "users";
  /** Share of what a code is made from that a step leaves out, the rest counting more: by items people, by users ratings. 0 is the paper's. */
  readonly dropout: number;
}

export const autoRec = defineModel<AutoRecConfig>({
  name: "autorec",
  title: "AutoRec, an autoencoder of ratings",
  paper: "https://doi.org/10.1145/2740908.2742726",
  task: "rating",
  defaults: { factors: 64, by: "items", dropout: 0 },
  options: {
    factors: count("width of the code"),
    by: choice("whose ratings are made into a code", ["items", "users"]),
    dropout: number("share of people (by users: of ratings) that a step leaves out of codes", 0, 1, true),
  },
  training: { batchSize: 4096, learningRate: 0.002, l2: 1e-5 },
  matrices: (interactions: SparseMatrix, { by }): Record<string, SparseMatrix> =>
    by === "items" ? { ratings: interactions } : {},
  build(inputs, config, nn) {
    const { factors, by } = config;
    const { users, items } = inputs;
    const code = by === "items" ? codeOfItem(inputs, config, nn) : codeOfUser(inputs, config, nn);
    const other = by === "items" ? users.id : items.id;
    const decoder = nn.embed(other, factors, { name: "decoder", init: kernel });
    const mean = nn.param("mean", [], { kind: "data", name: "meanValue" });
    return {
      score: nn.scope("score", () => nn.add(nn.add(nn.dot(code, decoder), nn.bias(other)), mean)),
      vectors: { item: by === "items" ? code : decoder },
    };
  },
});

const kernel = { kind: "glorotUniform" } as const;
const shiftOf = (factors: number, nn: Builder) => nn.param("encoder/bias", [factors], { kind: "zeros" });

/** Of all items, computed once a step. */
function codeOfItem({ users, items }: ModelInputs, { factors, dropout }: AutoRecConfig, nn: Builder): Tensor {
  const ratings = nn.data("ratings", users.size, items.size);
  const encoder = nn.param("encoder/kernel", [users.size, factors], kernel);
  const shift = shiftOf(factors, nn);
  const codes = nn.table("items/code", () => {
    const kept = dropout > 0 ? someRows("encoder/kept", dropout, encoder, nn) : encoder;
    return nn.unary("sigmoid", nn.add(nn.spmm(ratings, kept, { transpose: true }), shift));
  });
  return nn.gather(codes, items.id);
}

/** Of the users of the batch. */
function codeOfUser({ users }: ModelInputs, { factors, dropout }: AutoRecConfig, nn: Builder): Tensor {
  const rated = nn.bag(users.rated, factors, { name: "encoder/kernel", init: kernel, dropout });
  const shift = shiftOf(factors, nn);
  return nn.scope("user/code", () => nn.unary("sigmoid", nn.add(rated, shift)));
}
