/**
 * Softmax DNN: what a user did, averaged and sent through a tower, foretells items by a softmax over the whole catalogue.
 *
 * Covington, Adams & Sargin, "Deep Neural Networks for YouTube Recommendations", RecSys 2016, section 3: candidate generation
 * as extreme multiclass classification.
 *
 * Choices where implementations differ: the softmax is over all items, not sampled, so that nothing needs correcting. A step
 * sees a user once, with everything they did as targets (the likelihood of Liang et al. 2018, equation 2), and a random part of it
 * as input: a target that is missing there is foretold from the others. The sum is divided by the root of its length, which
 * tells long histories from short ones; the tower is residual to it (`hidden` empty: no tower at all). Histories and items have
 * the same vectors, as in the BARS implementation of it, or each its own (`shared`).
 */
import { defineModel } from "../nn/model.ts";
import { choice, count, flag, number, searched, widths } from "../nn/options.ts";
import { activations } from "./mlp.ts";

export interface SoftmaxDnnConfig {
  /** Width of the vectors of histories and items. */
  readonly width: number;
  /** Widths of the hidden layers of the tower, before its last one of `width`. */
  readonly hidden: readonly number[];
  readonly activation: (typeof activations)[number];
  /** Histories are read by the vectors of the softmax; else by a table of their own. */
  readonly shared: boolean;
  /** Share of each history left out at random in training, in [0, 1). */
  readonly dropout: number;
}

export const softmaxDnn = defineModel<SoftmaxDnnConfig>({
  name: "softmax-dnn",
  title: "Softmax DNN",
  paper: "https://doi.org/10.1145/2959100.2959190",
  task: "rows",
  defaults: { width: 64, hidden: [128], activation: "relu", shared: true, dropout: 0.5 },
  options: {
    width: searched(count("width of the vectors of histories and items"), { between: [32, 256] }),
    hidden: widths("widths of the tower's hidden layers"),
    activation: choice("activation of the hidden layers", activations),
    shared: flag("histories are read by the vectors of the softmax"),
    dropout: searched(number("share of each history left out at random in training", 0, 1, true), {
      between: [0.1, 0.8],
    }),
  },
  training: { batchSize: 256, learningRate: 0.003 },
  build({ users, items }, { width, hidden, activation, shared, dropout }, nn) {
    const table = nn.param("items", [items.size, width], { kind: "normal", stddev: 0.01 });
    const reading = { name: "encoder", dropout, combiner: "sqrtn" } as const;
    const average = nn.bag(users.history, shared ? table : width, reading);
    const tower = nn.tower("tower", hidden, { activation })(average);
    const query = hidden.length > 0 ? nn.add(average, nn.dense("query", width)(tower)) : average;
    return {
      score: nn.scope("score", () => nn.matmul(query, table, { transposeB: true })),
      loss: nn.multinomialLikelihood(query, table, users.history),
      vectors: { item: nn.gather(table, items.id) },
    };
  },
});
