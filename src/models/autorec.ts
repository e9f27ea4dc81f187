/**
 * AutoRec by items: an item is all the ratings it got; they are made into a code, from which what everybody would give it is
 * foretold, h(r; θ) = W g(V r + μ) + b.
 *
 * Sedhain, Menon, Sanner & Xie, "AutoRec: Autoencoders Meet Collaborative Filtering", WWW 2015, equations 1 to 3: I-AutoRec, with
 * a sigmoid g and a linear output, which is the better one of the paper's tables.
 *
 * Choices where implementations differ: a rating is the step, not an item, so that only observed ratings are foretold (equation 3)
 * and batches are of equal length; the codes of all items are computed once a step. Somebody new is a row of W and an entry of b,
 * fitted to their ratings over the codes that training left.
 */
import type { SparseMatrix } from "../core/csr.ts";
import { defineModel } from "../nn/model.ts";
import { count } from "../nn/options.ts";

export interface AutoRecConfig {
  /** Width of the code. */
  readonly factors: number;
}

export const autoRec = defineModel<AutoRecConfig>({
  name: "autorec",
  title: "AutoRec, an autoencoder of ratings",
  paper: "https://doi.org/10.1145/2740908.2742726",
  task: "rating",
  defaults: { factors: 64 },
  options: { factors: count("width of the code") },
  training: { batchSize: 4096, learningRate: 0.002, l2: 1e-5 },
  matrices: (interactions: SparseMatrix) => ({ ratings: interactions }),
  build({ users, items }, { factors }, nn) {
    const kernel = { kind: "glorotUniform" } as const;
    const ratings = nn.data("ratings", users.size, items.size);
    const encoder = nn.param("encoder/kernel", [users.size, factors], kernel);
    const shift = nn.param("encoder/bias", [factors], { kind: "zeros" });
    const codes = nn.table("items/code", () =>
      nn.unary("sigmoid", nn.add(nn.spmm(ratings, encoder, { transpose: true }), shift)),
    );
    const code = nn.gather(codes, items.id);
    const decoder = nn.embed(users.id, factors, { name: "decoder", init: kernel });
    const mean = nn.param("mean", [], { kind: "data", name: "meanValue" });
    return {
      score: nn.scope("score", () => nn.add(nn.add(nn.dot(code, decoder), nn.bias(users.id)), mean)),
      vectors: { item: code },
    };
  },
});
