/**
 * Caser: the last few items as a picture, with time one way and the coordinates of their vectors the other, read by convolutions.
 *
 * Tang & Wang, "Personalized Top-N Sequential Recommendation via Convolutional Sequence Embedding", WSDM 2018, section 3.
 *
 * Choices where implementations differ: the window moves along all of a user's latest events at once, so that each event is foretold
 * from those before; the loss is the cross-entropy over the whole catalogue in place of sampled negatives, and only the next item is
 * a target. There is no vector per user (the paper's P_u): whoever did the same gets the same list, newcomers included. Where a user
 * has fewer events than the window, the missing ones are zeros, and a filter that would begin before the first one gives nothing.
 */
import type { Tensor } from "../graph/tensor.ts";
import { defineModel } from "../nn/model.ts";
import { count, number } from "../nn/options.ts";

export interface CaserConfig {
  /** Width of the items' vectors. */
  readonly width: number;
  /** Events of a window, L in the paper. */
  readonly window: number;
  /** Horizontal filters of each height 1 to `window`. */
  readonly horizontal: number;
  /** Vertical filters. */
  readonly vertical: number;
  /** Events that are looked at, the latest. */
  readonly length: number;
  /** Share of units left out at random in training, in [0, 1). */
  readonly dropout: number;
}

export const caser = defineModel<CaserConfig>({
  name: "caser",
  title: "Caser",
  paper: "https://arxiv.org/abs/1809.07426",
  task: "rows",
  defaults: { width: 64, window: 5, horizontal: 16, vertical: 4, length: 200, dropout: 0.2 },
  options: {
    width: count("width of the items' vectors"),
    window: count("events of a window"),
    horizontal: count("horizontal filters of each height"),
    vertical: count("vertical filters"),
    length: count("latest events that are looked at"),
    dropout: number("share of units left out at random in training", 0, 1, true),
  },
  training: { batchSize: 128, learningRate: 0.001 },
  build({ users, items }, { width, window, horizontal, vertical, length, dropout }, nn) {
    const table = nn.param("items", [items.size, width], { kind: "normal", stddev: 0.02 });
    const events = nn.events(users.sequence, length);
    const latest = nn.affine(nn.gather(table, events.items), Math.sqrt(width));
    const ages = Array.from({ length: window }, (_, age) => age);
    const rows = nn.scope("window", () => ages.map((age) => nn.earlier(latest, age)));
    const sum = (terms: readonly Tensor[]) => terms.reduce((a, b) => nn.add(a, b));
    const greater = (a: Tensor, b: Tensor) => nn.add(b, nn.unary("relu", nn.sub(a, b)));
    /** Filters over `height` events at a time, at every place of the window: the largest of each (equations 4 and 5). */
    const along = (height: number): Tensor => {
      const picture = rows.slice(0, height) as [Tensor, ...Tensor[]];
      const filter = nn.dense(`horizontal/${height}`, horizontal, { activation: "relu" });
      const newest = filter(nn.scope(`horizontal/${height}`, () => nn.concat(...picture)));
      const places = Array.from({ length: window - height + 1 }, (_, age) => age);
      return nn.scope(`horizontal/${height}/pool`, () => places.map((age) => nn.earlier(newest, age)).reduce(greater));
    };
    /** Weighted sums of the window's vectors (equations 7 and 8). */
    const across = (filter: number): Tensor => {
      const weights = nn.param(`vertical/${filter}`, [window], { kind: "normal", stddev: 1 / Math.sqrt(window) });
      const weight = (age: number) => nn.reshape(nn.slice(weights, age, 1), []);
      return nn.scope(`vertical/${filter}`, () => sum(rows.map((row, age) => nn.mul(row, weight(age)))));
    };
    const parts = [
      ...ages.map((age) => along(age + 1)),
      ...Array.from({ length: vertical }, (_, filter) => across(filter)),
    ] as [Tensor, ...Tensor[]];
    const seen = nn.dropout("convolutions/dropout", dropout)(nn.scope("convolutions", () => nn.concat(...parts)));
    const query = nn.dense("query", width)(seen);
    return {
      score: nn.scope("score", () => nn.matmul(nn.latest(query), table, { transposeB: true })),
      loss: nn.softmaxCrossEntropy(query, table, events.next),
      vectors: { item: nn.gather(table, items.id) },
    };
  },
});
