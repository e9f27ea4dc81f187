/**
 * NGCF: vectors of users and items that spread over the graph of who did what, changed by a small network on the way; what is
 * compared are all layers side by side.
 *
 * Wang et al., "Neural Graph Collaborative Filtering", SIGIR 2019, equations 3 to 7 (a layer: `LeakyReLU((L + I) E W1 + L E ⊙ E W2)`, L
 * the graph weighted by 1 / sqrt(degree x degree)), 9 and 10 (layers side by side, inner product), 11 (BPR and L2).
 *
 * Choices where implementations differ: as in the authors' code both products have a bias, LeakyReLU has the slope 0.2, and each layer's
 * rows are compared at length 1; messages, not nodes, are dropped out; the L2 is of the layer-0 rows of a batch, divided by its rows.
 * Somebody new starts from nothing at layer 0: theirs is what their history spreads to them, over item vectors that stay.
 */
import type { Tensor } from "../graph/tensor.ts";
import { defineModel } from "../nn/model.ts";
import { count, number, searched } from "../nn/options.ts";
import { inverseRoot, normalizedByDegrees } from "./degrees.ts";

export interface NgcfConfig {
  /** Width of the vectors, at every layer. */
  readonly dim: number;
  /** How often vectors spread to neighbours. */
  readonly layers: number;
  /** Share of what reaches a node that is left out at random in training, in [0, 1). */
  readonly dropout: number;
  /** L2 regularization of the layer-0 rows of a batch. In place of the training's `l2`, which would shrink all rows. */
  readonly decay: number;
}

export const ngcf = defineModel<NgcfConfig>({
  name: "ngcf",
  title: "NGCF, a network on the graph",
  paper: "https://arxiv.org/abs/1905.08108",
  task: "pairwise",
  defaults: { dim: 64, layers: 3, dropout: 0.1, decay: 1e-4 },
  options: {
    dim: count("width of the vectors, at every layer"),
    layers: searched(count("how often vectors spread to neighbours"), { among: [1, 2, 3] }),
    dropout: number("share of what reaches a node that is left out at random in training", 0, 1, true),
    decay: searched(number("L2 regularization of the layer-0 rows of a batch", 0, 1), { between: [1e-6, 1e-2] }),
  },
  training: { batchSize: 2048, learningRate: 0.001, negatives: 1 },
  matrices: (interactions) => ({ graph: normalizedByDegrees(interactions) }),
  build({ users, items }, { dim, layers, dropout, decay }, nn) {
    const graph = nn.data("graph", users.size, items.size);
    const first = (name: string, rows: number): Tensor =>
      nn.param(name, [rows, dim], { kind: "glorotUniform" }, { l2: 0 });
    const leaky = (x: Tensor): Tensor => nn.add(nn.affine(x, 0.2), nn.affine(nn.unary("relu", x), 0.8));
    const steps = Array.from({ length: layers }, (_, i) => {
      const [sum, both] = [nn.dense(`layer/${i + 1}/sum`, dim), nn.dense(`layer/${i + 1}/product`, dim)];
      /** What becomes of nodes, and of what their neighbours send them. */
      return (node: Tensor, sent: Tensor): Tensor => leaky(nn.add(sum(nn.add(sent, node)), both(nn.mul(sent, node))));
    });
    const ofUsers = [first("users", users.size)];
    const ofItems = [first("items", items.size)];
    for (const [i, step] of steps.entries()) {
      const [user, item] = [ofUsers.at(-1) as Tensor, ofItems.at(-1) as Tensor];
      const drop = (side: string) => nn.dropout(`${side}/dropout ${i + 1}`, dropout);
      const spread = (side: string, node: Tensor, from: Tensor, transpose: boolean): Tensor =>
        nn.table(`${side}/layer ${i + 1}`, () => drop(side)(step(node, nn.spmm(graph, from, { transpose }))));
      ofUsers.push(spread("users", user, item, false));
      ofItems.push(spread("items", item, user, true));
    }
    const sideBySide = ([zero, ...rest]: readonly Tensor[]): Tensor =>
      nn.concat(zero as Tensor, ...rest.map((layer) => nn.unitLength(layer)));
    const allUsers = nn.table("users/all", () => sideBySide(ofUsers));
    const allItems = nn.table("items/all", () => sideBySide(ofItems));
    const degrees = nn.param("items/degrees", [items.size], { kind: "data", name: "itemCounts" });
    const sending = ofItems
      .slice(0, -1)
      .map((layer, i) =>
        nn.table(`items/sent ${i + 1}`, () => nn.mul(layer, nn.expandLast(inverseRoot(nn, degrees), dim))),
      );
    const newcomer = (): Tensor => {
      const share = nn.expandLast(inverseRoot(nn, nn.totalWeight(users.history)), dim);
      const own = [nn.broadcastTo(nn.constant(0), ["batch", dim])];
      for (const [i, step] of steps.entries()) {
        const sent = nn.mul(nn.bag(users.history, sending[i] as Tensor), share);
        own.push(step(own.at(-1) as Tensor, sent));
      }
      return sideBySide(own);
    };
    const [user, item] = [nn.gather(allUsers, users.id), nn.gather(allItems, items.id)];
    return {
      score: nn.scope("score", () => nn.dot(user, item)),
      history: nn.scope("score", () => nn.dot(newcomer(), item)),
      vectors: { item },
      penalty: {
        weight: decay,
        rows: [nn.gather(ofUsers[0] as Tensor, users.id), nn.gather(ofItems[0] as Tensor, items.id)],
      },
    };
  },
});
