/**
 * LightGCN: vectors of users and items that spread over the graph of who did what; what is compared is the mean of all layers.
 *
 * He et al., "LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation", SIGIR 2020, equations 3 (a layer:
 * every neighbour weighs 1 / sqrt(its degree x the own degree)), 4 and 5 (mean of the layers, inner product), 15 (loss).
 *
 * Choices where implementations differ: N(0, 0.1) first vectors as in the authors' PyTorch code (the paper: Xavier uniform); the
 * L2 of equation 15 is of the layer-0 rows of a batch, divided by its rows, as in both of their implementations. Somebody new has
 * no vector of their own: theirs is what their history spreads to them, one propagation over item vectors that stay.
 */
import type { Tensor } from "../graph/tensor.ts";
import { defineModel } from "../nn/model.ts";
import { count, number, searched } from "../nn/options.ts";
import { inverseRoot, normalizedByDegrees } from "./degrees.ts";

export interface LightGcnConfig {
  /** Width of the user and item vectors. */
  readonly dim: number;
  /** How often vectors spread to neighbours. */
  readonly layers: number;
  /** L2 regularization of the layer-0 rows of a batch. In place of the training's `l2`, which would shrink all rows. */
  readonly decay: number;
  /**
   * 0: BPR, as in the paper. Above: each of a user's items against the whole catalogue by a softmax, of cosines divided by this; the
   * score is the cosine then, `decay` has no part in it, and a batch counts users. Wu et al., "On the Effectiveness of Sampled
   * Softmax Loss for Item Recommendation", TOIS 2024, with all items instead of a sample.
   */
  readonly temperature: number;
}

export const lightGcn = defineModel<LightGcnConfig>({
  name: "lightgcn",
  title: "LightGCN, vectors spread over the graph",
  paper: "https://arxiv.org/abs/2002.02126",
  task: ({ temperature }) => (temperature === 0 ? "pairwise" : "rows"),
  defaults: { dim: 64, layers: 3, decay: 1e-4, temperature: 0 },
  options: {
    dim: count("width of the user and item vectors"),
    layers: searched(count("how often vectors spread to neighbours"), { among: [1, 2, 3, 4] }),
    decay: searched(number("L2 regularization of the layer-0 rows of a batch", 0, 1), { between: [1e-6, 1e-2] }),
    temperature: number("softmax over the whole catalogue, of cosines divided by this; 0: BPR", 0, 1000),
  },
  training: { batchSize: 2048, learningRate: 0.001, negatives: 1 },
  matrices: (interactions) => ({ graph: normalizedByDegrees(interactions) }),
  build({ users, items }, { dim, layers, decay, temperature }, nn) {
    const graph = nn.data("graph", users.size, items.size);
    const first = (name: string, rows: number): Tensor =>
      nn.param(name, [rows, dim], { kind: "normal", stddev: 0.1 }, { l2: 0 });
    const [ofUsers, ofItems] = [[first("users", users.size)], [first("items", items.size)]];
    for (let layer = 1; layer <= layers; layer++) {
      const [user, item] = [ofUsers.at(-1) as Tensor, ofItems.at(-1) as Tensor];
      ofUsers.push(nn.table(`users/layer ${layer}`, () => nn.spmm(graph, item)));
      ofItems.push(nn.table(`items/layer ${layer}`, () => nn.spmm(graph, user, { transpose: true })));
    }
    const share = (parts: readonly Tensor[]) =>
      nn.affine(
        parts.reduce((a, b) => nn.add(a, b)),
        1 / (layers + 1),
      );
    const meanUsers = nn.table("users/mean", () => share(ofUsers));
    const meanItems = nn.table("items/mean", () => share(ofItems));
    // What one event of a history adds: all of a user's layers but the first are sums over it.
    const spread = nn.table("items/spread", () => {
      const degrees = nn.param("items/degrees", [items.size], { kind: "data", name: "itemCounts" });
      return nn.mul(share(ofItems.slice(0, -1)), nn.expandLast(inverseRoot(nn, degrees), dim));
    });
    const penalty = {
      weight: decay,
      rows: [nn.gather(ofUsers[0] as Tensor, users.id), nn.gather(ofItems[0] as Tensor, items.id)],
    };
    const compared = temperature > 0 ? nn.unitLength : (x: Tensor) => x;
    const itemTable = temperature > 0 ? nn.table("items/unit", () => compared(meanItems)) : meanItems;
    const user = nn.scope("score", () => compared(nn.gather(meanUsers, users.id)));
    const item = nn.scope("score", () => nn.gather(itemTable, items.id));
    const softmax = () => nn.multinomialLikelihood(nn.affine(user, 1 / temperature), itemTable, users.history);
    return {
      score: nn.scope("score", () => nn.dot(user, item)),
      ...(temperature > 0 ? { loss: nn.scope("loss", softmax) } : { penalty }),
      vectors: { item },
      history: nn.scope("score", () => {
        const events = nn.expandLast(inverseRoot(nn, nn.totalWeight(users.history)), dim);
        return nn.dot(compared(nn.mul(nn.bag(users.history, spread), events)), item);
      }),
    };
  },
});
