/**
 * SimpleX: a vector of one's own and the mean of what one did, compared with items by the cosine, and a loss that looks at many
 * negatives but at the close ones alone: `1 - cos(u, i) + (weight / n) sum_j max(0, cos(u, j) - margin)`.
 *
 * Mao et al., "SimpleX: A Simple and Strong Baseline for Collaborative Filtering", CIKM 2021, equations 1 (loss), 2 and 3 (user), with
 * the average of the history.
 *
 * Choices where implementations differ: negatives are drawn evenly once a step, and all users of the batch share them; the item in
 * question is left out of the history while it is learned. Somebody new is their history alone.
 */
import type { Tensor } from "../graph/tensor.ts";
import { defineModel } from "../nn/model.ts";
import { count, number, searched } from "../nn/options.ts";

export interface SimpleXConfig {
  /** Width of the vectors. */
  readonly dim: number;
  /** Negatives drawn once a step. */
  readonly drawn: number;
  /** Cosine up to which a negative does not count. */
  readonly margin: number;
  /** How much negatives count together, beside 1 of the positive. */
  readonly weight: number;
  /** Share of a user's own vector, the rest being the history's: 1 is matrix factorization with this loss. */
  readonly share: number;
}

export const simpleX = defineModel<SimpleXConfig>({
  name: "simplex",
  title: "SimpleX, cosine contrastive loss",
  paper: "https://arxiv.org/abs/2109.12613",
  task: "positives",
  defaults: { dim: 64, drawn: 1000, margin: 0, weight: 5, share: 0.5 },
  options: {
    dim: count("width of the vectors"),
    drawn: searched(count("negatives drawn once a step"), { among: [100, 300, 1000] }),
    margin: searched(number("cosine up to which a negative does not count", -1, 1), { between: [0, 0.9] }),
    weight: searched(number("how much negatives count together", 0, 1e6), { between: [1, 500] }),
    share: searched(number("share of a user's own vector beside the history's", 0, 1), { among: [0, 0.5, 1] }),
  },
  training: { batchSize: 1024, learningRate: 0.002 },
  build({ users, items }, { dim, drawn, margin, weight, share }, nn) {
    const table = nn.param("items", [items.size, dim], { kind: "normal", stddev: 0.1 });
    const past = nn.bag(nn.leavingOut(users.history, items.id), table, { name: "past", combiner: "mean" });
    const history = nn.dense("map", dim, { bias: false })(past);
    const own = nn.embed(users.id, dim, { init: { kind: "normal", stddev: 0.1 } });
    const both = nn.scope("user", () => nn.add(nn.affine(own, share), nn.affine(history, 1 - share)));
    const [user, item] = [nn.unitLength(both), nn.unitLength(nn.gather(table, items.id))];
    const positive = nn.scope("score", () => nn.dot(user, item));
    const loss = nn.scope("loss", () => {
      const negatives = nn.unitLength(nn.pick(table, nn.draw("negatives", items.size, drawn)));
      const cosines = nn.matmul(user, negatives, { transposeB: true });
      const close: Tensor = nn.sumLast(nn.unary("relu", nn.affine(cosines, 1, -margin)));
      const each = nn.add(nn.affine(positive, -1, 1), nn.affine(nn.affine(close, 1 / drawn), weight));
      const counts = nn.weightOf(items.id);
      return nn.mean(counts ? nn.mul(each, counts) : each);
    });
    const newcomer = nn.scope("score", () => nn.dot(nn.unitLength(history), item));
    return { score: positive, history: newcomer, loss, vectors: { item } };
  },
});
