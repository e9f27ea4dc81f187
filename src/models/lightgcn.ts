/**
 * LightGCN: vectors of users and items that spread over the graph of who did what; what is compared is the mean of all layers. The first
 * layer is a row of ids, or features projected, and a row on top.
 *
 * He et al., "LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation", SIGIR 2020, equations 3 (a layer:
 * every neighbour weighs 1 / sqrt(its degree x the own degree)), 4 and 5 (mean of the layers, inner product), 15 (loss).
 *
 * Choices where implementations differ: by default it learns by a softmax over the whole catalogue, which on the validation parts of
 * seven data sets ranks better than BPR in a fraction of the time (docs/defaults.md); `temperature` 0 is the paper's loss. N(0, 0.1) first vectors as in the authors' PyTorch code (the paper: Xavier uniform); the
 * L2 of equation 15 is of the layer-0 rows of a batch, divided by its rows, as in both of their implementations. Somebody new has
 * no vector of their own: theirs is what their history spreads to them, one propagation over item vectors that stay. With features of
 * items the first layer is made of them (He & McAuley's rows of visual features, VBPR, AAAI 2016, put into the graph), and an item that
 * nobody has met has this layer alone; rows beside features are left out at random (DropoutNet, NIPS 2017).
 */
import type { Tensor } from "../graph/tensor.ts";
import { defineModel } from "../nn/model.ts";
import { count, flag, number, searched } from "../nn/options.ts";
import { amongMet, contentRows } from "./content.ts";
import { inverseRoot, normalizedByDegrees } from "./degrees.ts";
import { usersBySize } from "./recommended.ts";

export interface LightGcnConfig {
  /** Width of the user and item vectors. */
  readonly dim: number;
  /** How often vectors spread to neighbours. */
  readonly layers: number;
  /** L2 regularization of the layer-0 rows of a batch, with BPR. In place of the training's `l2`, which would shrink all rows. */
  readonly decay: number;
  /**
   * Above 0: each of a user's items against the whole catalogue by a softmax, of cosines divided by this; the score is the cosine then,
   * `decay` has no part in it, and a batch counts users. 0: BPR, as in the paper, whose training has defaults of its own. Wu et al., "On the Effectiveness of Sampled
   * Softmax Loss for Item Recommendation", TOIS 2024, with all items instead of a sample.
   */
  readonly temperature: number;
  /** Items have rows of their own beside their features, where they have some; else they always have. */
  readonly itemIds: boolean;
  /** Share of the rows of items with features that are left out at random in each step of training, in [0, 1). */
  readonly idDropout: number;
}

export const lightGcn = defineModel<LightGcnConfig>({
  name: "lightgcn",
  title: "LightGCN, vectors spread over the graph",
  paper: "https://arxiv.org/abs/2002.02126",
  task: ({ temperature }) => (temperature === 0 ? "pairwise" : "rows"),
  defaults: { dim: 64, layers: 3, decay: 1e-4, temperature: 0.15, itemIds: true, idDropout: 0.5 },
  options: {
    dim: count("width of the user and item vectors"),
    layers: searched(count("how often vectors spread to neighbours"), { among: [1, 2, 3, 4] }),
    decay: searched(number("L2 regularization of the layer-0 rows of a batch, where temperature is 0", 0, 1), {
      between: [1e-6, 1e-2],
    }),
    temperature: number("softmax over the whole catalogue, of cosines divided by this; 0: BPR", 0, 1000),
    itemIds: flag("items have rows of their own beside their features"),
    idDropout: number("share of the rows of items with features left out at random in training", 0, 1, true),
  },
  training: ({ temperature }) =>
    temperature === 0 ? { batchSize: 2048, learningRate: 0.001, negatives: 1 } : { learningRate: 0.01 },
  sized: ({ temperature }) => (temperature === 0 ? undefined : usersBySize),
  matrices: (interactions) => ({ graph: normalizedByDegrees(interactions) }),
  build({ users, items }, { dim, layers, decay, temperature, itemIds, idDropout }, nn) {
    const graph = nn.data("graph", users.size, items.size);
    const init = { kind: "normal", stddev: 0.1 } as const;
    const first = (name: string, rows: number): Tensor => nn.param(name, [rows, dim], init, { l2: 0 });
    const made = () => contentRows("items", items, { width: dim, init, ids: itemIds, idDropout }, nn);
    const firstItems = items.featureCount > 0 ? nn.table("items", made) : first("items", items.size);
    const [ofUsers, ofItems] = [[first("users", users.size)], [firstItems]];
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
    // The mean over the layers that there are: without neighbours an item has but the first.
    const alone = (mean: Tensor): Tensor => {
      if (items.featureCount === 0) return mean;
      const factor = nn.affine(nn.unary("relu", nn.affine(counts, -1, 1)), layers, 1);
      return nn.mul(mean, nn.expandLast(factor, dim));
    };
    const counts = nn.param("items/degrees", [items.size], { kind: "data", name: "itemCounts" });
    const meanItems = nn.table("items/mean", () => alone(share(ofItems)));
    // What one event of a history adds: all of a user's layers but the first are sums over it.
    const spread = nn.table("items/spread", () => {
      return nn.mul(alone(share(ofItems.slice(0, -1))), nn.expandLast(inverseRoot(nn, counts), dim));
    });
    const penalty = {
      weight: decay,
      rows: [nn.gather(ofUsers[0] as Tensor, users.id), nn.gather(ofItems[0] as Tensor, items.id)],
    };
    const compared = temperature > 0 ? nn.unitLength : (x: Tensor) => x;
    const itemTable = temperature > 0 ? nn.table("items/unit", () => compared(meanItems)) : meanItems;
    const user = nn.scope("score", () => compared(nn.gather(meanUsers, users.id)));
    const item = nn.scope("score", () => nn.gather(itemTable, items.id));
    const softmax = () =>
      nn.multinomialLikelihood(...amongMet(nn.affine(user, 1 / temperature), itemTable, items, nn), users.history);
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
