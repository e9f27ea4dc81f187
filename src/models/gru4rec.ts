/**
 * GRU4Rec: a recurrent network reads what a user did, in order, and foretells what comes next.
 *
 * Hidasi, Karatzoglou, Baltrunas & Tikk, "Session-based Recommendations with Recurrent Neural Networks", ICLR 2016.
 *
 * Choices where implementations differ: the loss is the cross-entropy over the whole catalogue, at every event, as Klenitskiy &
 * Vasilev, "Turning Dross Into Gold Loss: is BERT4Rec really better than SASRec?", RecSys 2023, train their GRU4Rec baseline, in place
 * of the paper's ranking losses over the items of other sessions; all of a user's latest events are one session, read from a state of
 * zeros; items go in and come out by the same vectors, the state being led back to their width by a dense layer.
 */
import { defineModel } from "../nn/model.ts";
import { count, number } from "../nn/options.ts";

export interface Gru4RecConfig {
  /** Width of the items' vectors. */
  readonly width: number;
  /** Width of the state. */
  readonly state: number;
  /** Recurrent layers, one above the other. */
  readonly layers: number;
  /** Events that are looked at, the latest. */
  readonly length: number;
  /** Share of units left out at random in training, in [0, 1). */
  readonly dropout: number;
}

export const gru4Rec = defineModel<Gru4RecConfig>({
  name: "gru4rec",
  title: "GRU4Rec",
  paper: "https://arxiv.org/abs/1511.06939",
  task: "rows",
  defaults: { width: 64, state: 64, layers: 1, length: 200, dropout: 0.2 },
  options: {
    width: count("width of the items' vectors"),
    state: count("width of the recurrent state"),
    layers: count("recurrent layers"),
    length: count("latest events that are looked at"),
    dropout: number("share of units left out at random in training", 0, 1, true),
  },
  training: { batchSize: 128, learningRate: 0.001 },
  build({ users, items }, { width, state, layers, length, dropout }, nn) {
    const table = nn.param("items", [items.size, width], { kind: "normal", stddev: 0.02 });
    const events = nn.events(users.sequence, length);
    let x = nn.dropout("events/dropout", dropout)(nn.affine(nn.gather(table, events.items), Math.sqrt(width)));
    for (let layer = 0; layer < layers; layer++) {
      const seen = nn.gatedRecurrence(`recurrence/${layer}`, state)(x);
      x = nn.dropout(`recurrence/${layer}/dropout`, dropout)(seen);
    }
    const query = nn.dense("query", width)(x);
    return {
      score: nn.scope("score", () => nn.matmul(nn.latest(query), table, { transposeB: true })),
      loss: nn.softmaxCrossEntropy(query, table, events.next),
      vectors: { item: nn.gather(table, items.id) },
    };
  },
});
