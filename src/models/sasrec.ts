/**
 * SASRec: what a user did, in order, seen by self-attention, foretells what comes next.
 *
 * Kang & McAuley, "Self-Attentive Sequential Recommendation", ICDM 2018, section III.
 *
 * Choices where implementations differ: the loss is the cross-entropy over the whole catalogue, as Klenitskiy & Vasilev, "Turning
 * Dross Into Gold Loss: is BERT4Rec really better than SASRec?", RecSys 2023, found it to be better than the paper's, of one
 * sampled negative. As in both papers' code, and not as in the paper's equation for sublayers, queries alone are normalized, and
 * what a sublayer adds to is its normalized input. Places are counted from the latest event back, so that they need no padding.
 */
import type { Init, Tensor } from "../graph/tensor.ts";
import { defineModel } from "../nn/model.ts";
import { choice, count, number, searched } from "../nn/options.ts";

export interface SasRecConfig {
  /** Width of the vectors of items and places. */
  readonly width: number;
  /** Blocks of attention and a feed-forward network of two layers. */
  readonly blocks: number;
  /** Heads of attention, which divide the width. */
  readonly heads: number;
  /** Events that are looked at, the latest. */
  readonly length: number;
  /** Share of units and of weights of attention left out at random in training, in [0, 1). */
  readonly dropout: number;
  /**
   * `softmax`: over the whole catalogue; `sampled-softmax`: over the target and `negatives` items, as Klenitskiy & Vasilev do it for large
   * catalogues; `gbce`: each of them apart, calibrated (Petrov & Macdonald, "gSASRec", RecSys 2023).
   */
  readonly loss: (typeof losses)[number];
  /** Items drawn once a step that all events are held against; the softmax over the catalogue needs none. */
  readonly negatives: number;
  /** How calibrated the scores of `gbce` are: 0 as binary cross-entropy, 1 as with all items as negatives. */
  readonly calibration: number;
}

const losses = ["softmax", "sampled-softmax", "gbce"] as const;

const sampling = { loss: "softmax", negatives: 256, calibration: 0.75 } as const;

export const sasRec = defineModel<SasRecConfig>({
  name: "sasrec",
  title: "SASRec",
  paper: "https://arxiv.org/abs/1808.09781",
  task: "rows",
  defaults: { width: 128, blocks: 2, heads: 1, length: 200, dropout: 0.2, ...sampling },
  options: {
    width: searched(count("width of the vectors of items and places"), { among: [32, 64, 128] }),
    blocks: searched(count("blocks of attention and feed-forward layers"), { among: [1, 2, 3] }),
    heads: count("heads of attention, which divide the width"),
    length: count("latest events that are looked at"),
    dropout: searched(number("share of units left out at random in training", 0, 1, true), { between: [0.1, 0.5] }),
    loss: choice("what a query is held against", losses),
    negatives: count("items drawn once a step that events are held against, unless by softmax"),
    calibration: number("how calibrated the scores of gbce are", 0, 1),
  },
  training: { batchSize: 64, learningRate: 0.001 },
  build({ users, items }, { width, blocks, heads, length, dropout, loss, negatives, calibration }, nn) {
    const init: Init = { kind: "normal", stddev: 0.02 };
    const table = nn.param("items", [items.size, width], init);
    const places = nn.param("places", [length, width], init);
    const events = nn.events(users.sequence, length);
    const vectors = nn.affine(nn.gather(table, events.items), Math.sqrt(width));
    let x = nn.dropout("events/dropout", dropout)(nn.add(vectors, nn.gather(places, events.places)));
    for (let block = 0; block < blocks; block++) {
      const name = (part: string) => `block/${block}/${part}`;
      const normalized = nn.layerNormalization(name("attention/norm"), width)(x);
      const attend = nn.selfAttention(name("attention"), width, { heads, dropout, kernelInit: init });
      const attended = nn.layerNormalization(name("norm"), width)(nn.add(normalized, attend(normalized, x)));
      const inner = nn.dropout(
        name("inner/dropout"),
        dropout,
      )(nn.dense(name("inner"), width, { kernelInit: init })(attended));
      const outer = nn.dense(name("outer"), width, { kernelInit: init })(nn.activation("relu")(inner));
      x = nn.add(attended, nn.dropout(name("outer/dropout"), dropout)(outer));
    }
    const query = nn.layerNormalization("norm", width)(x);
    const lossOf = (x: Tensor): Tensor => {
      if (loss === "softmax") return nn.softmaxCrossEntropy(x, table, events.next);
      const drawn = nn.draw("negatives", items.size, negatives);
      if (loss === "sampled-softmax") return nn.sampledSoftmax(x, table, events.next, drawn);
      return nn.generalizedBinaryCrossEntropy(x, table, events.next, drawn, calibration);
    };
    return {
      score: nn.scope("score", () => nn.matmul(nn.latest(query), table, { transposeB: true })),
      loss: nn.scope("loss", () => lossOf(query)),
      vectors: { item: nn.gather(table, items.id) },
    };
  },
});
