/**
 * Two towers: a user's vector is made of their history and features (and, if wanted, of a row of their own), an item's of its row and
 * features; an inner product compares them. It learns to find each event's item among the items of its batch, corrected for how often
 * they come up; or among items drawn for the batch by how often they come up, which the loss corrects for. The context of the event is part of the
 * user's side.
 *
 * Yi et al., "Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations", RecSys 2019, equations 2 to 5; rows of
 * ids left out at random, as in Volkovs, Yu & Poutanen, "DropoutNet: Addressing Cold Start in Recommender Systems", NIPS 2017.
 *
 * Choices where implementations differ: frequencies are those of the training data, not estimated from a stream; the item in
 * question is left out of the history while it is learned; other events of the same user, and of the same item, in a batch are no
 * negatives; a history is a sum divided by the root of its length, over the items' own rows or rows for this alone (`shared`);
 * towers end in a linear layer, and `hidden` empty means none.
 */
import { fail } from "../core/errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import { defineModel } from "../nn/model.ts";
import { choice, count, flag, number, widths } from "../nn/options.ts";
import { cumulativeWeights } from "../nn/sampled-losses.ts";
import { contentRows, inContext, seenPictures, someRows } from "./content.ts";
import { degreesOf } from "./degrees.ts";

export interface TwoTowerConfig {
  /** Width of the vectors that are compared. */
  readonly dim: number;
  /** Widths of the layers before the last one, in both towers; without any, there are no towers. */
  readonly hidden: readonly number[];
  /** Histories are read by the items' rows; else by a table of their own. */
  readonly shared: boolean;
  /** A user has a row of their own beside the history; newcomers, and fresh events, are answered without it. */
  readonly ids: boolean;
  /** An item has a row of its own beside its features, where it has some; else it always has. */
  readonly itemIds: boolean;
  /** Share of the rows of users, and of items with features, that are left out at random in training, in [0, 1). */
  readonly idDropout: number;
  /** Share of the histories left out at random in training where users have features, which alone are known of newcomers; in [0, 1). */
  readonly historyDropout: number;
  /** Share of the examples whose context is left out at random in training, so that requests without any are answered; in [0, 1). */
  readonly contextDropout: number;
  /** What an event's item is told from: the items of its batch, or items drawn once a step by how often they come up. */
  readonly loss: (typeof losses)[number];
  /** Items drawn once a step; only of the sampled softmax. */
  readonly negatives: number;
  /** Channels of the first convolution, where items have pictures. */
  readonly channels: number;
  /** Vectors have length 1, so that the score is a cosine. */
  readonly normalize: boolean;
  /** What inner products are divided by in the loss. */
  readonly temperature: number;
}

const losses = ["in-batch", "sampled-softmax"] as const;

export const twoTower = defineModel<TwoTowerConfig>({
  name: "two-tower",
  title: "Two towers with in-batch softmax",
  paper: "https://doi.org/10.1145/3298689.3346996",
  task: "positives",
  defaults: {
    ...{ dim: 64, hidden: [], shared: true, ids: false, itemIds: true, idDropout: 0.5 },
    ...{
      historyDropout: 0.1,
      contextDropout: 0.1,
      loss: "in-batch",
      negatives: 1024,
      channels: 16,
      normalize: true,
      temperature: 0.15,
    },
  },
  options: {
    dim: count("width of the vectors that are compared"),
    hidden: widths("widths of the hidden layers of both towers"),
    shared: flag("histories are read by the items' rows"),
    ids: flag("a user has a row of their own beside the history"),
    itemIds: flag("an item has a row of its own beside its features"),
    idDropout: number("share of the rows of ids left out at random in training", 0, 1, true),
    historyDropout: number("share of the histories left out in training where users have features", 0, 1, true),
    contextDropout: number("share of the examples whose context is left out in training", 0, 1, true),
    loss: choice("what an event's item is told from", losses),
    negatives: count("items drawn once a step (sampled softmax)", 2 ** 20),
    channels: count("channels of the first convolution, where items have pictures", 256),
    normalize: flag("vectors have length 1"),
    temperature: number("what inner products are divided by in the loss", 0.001, 1000),
  },
  training: { batchSize: 1024, learningRate: 0.002 },
  matrices: (interactions, { loss }) =>
    loss === "in-batch" ? {} : { popularity: cumulativeWeights(degreesOf(interactions)) },
  build(
    { users, items, context },
    { dim, hidden, shared, ids, itemIds, idDropout, normalize, temperature, loss, negatives, ...rest },
    nn,
  ) {
    const { historyDropout, contextDropout, channels } = rest;
    const tower = (side: string) => {
      const layers = hidden.length > 0 ? [nn.tower(side, hidden), nn.dense(`${side}/out`, dim)] : [];
      return (x: Tensor) => {
        const vector = layers.reduce((value, layer) => layer(value), x);
        return normalize ? nn.scope(side, () => nn.unitLength(vector)) : vector;
      };
    };
    const rows = { width: dim, init: { kind: "normal", stddev: 0.1 }, ids: itemIds, idDropout } as const;
    const made = (name: string) => nn.table(name, () => contentRows(name, items, rows, nn));
    const table = items.featureCount > 0 ? made("items") : nn.param("items", [items.size, dim], rows.init);
    const [userTower, itemTower] = [tower("user"), tower("item")];
    const past = nn.leavingOut(users.history, items.id);
    const pastTable = shared ? table : items.featureCount > 0 ? made("past") : dim;
    const history = nn.bag(past, pastTable, { name: "past", combiner: "sqrtn" });
    const described = () =>
      nn.add(someRows("history/kept", historyDropout, history, nn), nn.bag(users.features, dim, { name: "about" }));
    const person = users.featureCount > 0 ? described() : history;
    const known = inContext(person, context, contextDropout, nn);
    const row = nn.gather(table, items.id);
    const looks = items.picture !== undefined;
    if (looks && loss !== "in-batch") {
      fail("CONFIG_VALUE", {
        what: "Pictures are seen of the items of a batch, not of items that are drawn",
        expected: "loss=in-batch",
        received: `loss=${loss}`,
        fix: "Leave loss out, or the pictures.",
      });
    }
    const item = itemTower(looks ? nn.add(row, seenPictures(items, dim, channels, nn)) : row);
    const newcomer = userTower(known);
    const own = () => someRows("user/kept", idDropout, nn.embed(users.id, dim, { init: { kind: "zeros" } }), nn);
    const user = ids ? userTower(nn.add(known, own())) : newcomer;
    return {
      score: nn.scope("score", () => nn.dot(user, item)),
      ...(ids && { history: nn.scope("score", () => nn.dot(newcomer, item)) }),
      loss: nn.scope("loss", () => {
        if (loss === "in-batch") return nn.inBatchSoftmax(user, item, { temperature });
        const drawn = nn.draw("negatives", items.size, negatives, nn.data("popularity", 1, items.size));
        const others = itemTower(nn.pick(table, drawn));
        return nn.sampledSoftmaxByPopularity(nn.affine(user, 1 / temperature), item, others, drawn);
      }),
      vectors: { user, item },
    };
  },
});
