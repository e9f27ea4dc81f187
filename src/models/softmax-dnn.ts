/**
 * Softmax DNN: what a user did, averaged, and what is known of them, sent through a tower, foretell items by a softmax over the whole
 * catalogue. Items are rows, features, or both.
 *
 * Covington, Adams & Sargin, "Deep Neural Networks for YouTube Recommendations", RecSys 2016, section 3: candidate generation
 * as extreme multiclass classification; rows of ids left out at random, as in Volkovs, Yu & Poutanen, "DropoutNet", NIPS 2017.
 *
 * Choices where implementations differ: the softmax is over all items, not sampled, so that nothing needs correcting. A step
 * sees a user once, with everything they did as targets (the likelihood of Liang et al. 2018, equation 2), and a random part of it
 * as input: a target that is missing there is foretold from the others. The sum is divided by the root of its length, which
 * tells long histories from short ones; with `examples: "events"` a step sees events, each foretold from what else its user did and from its
 * context: device, search tokens, time since the last event, age of the example (section 3.3 of the paper); the tower is residual to it (`hidden` empty: no tower at all). Histories and items have
 * the same vectors, as in the BARS implementation of it, or each its own (`shared`). With features the softmax is over the items that training
 * has met: what is new is not learned to be bad.
 */
import { defineModel } from "../nn/model.ts";
import { choice, count, flag, number, searched, widths } from "../nn/options.ts";
import { amongMet, contentRows, inContext } from "./content.ts";
import { activations } from "./mlp.ts";

export interface SoftmaxDnnConfig {
  /** Width of the vectors of histories and items. */
  readonly width: number;
  /** Widths of the hidden layers of the tower, before its last one of `width`. */
  readonly hidden: readonly number[];
  readonly activation: (typeof activations)[number];
  /** Histories are read by the vectors of the softmax; else by a table of their own. */
  readonly shared: boolean;
  /** Items have rows of their own beside their features, where they have some; else they always have. */
  readonly itemIds: boolean;
  /** Share of the rows of items with features that are left out at random in each step of training, in [0, 1). */
  readonly idDropout: number;
  /** What a step sees: users with everything they did, or single events, each told from what else its user did, and its context. */
  readonly examples: (typeof examples)[number];
  /** Share of the events whose context is left out at random in training, so that requests without any are answered; in [0, 1). */
  readonly contextDropout: number;
  /** Share of each history left out at random in training, in [0, 1). */
  readonly dropout: number;
}

const examples = ["users", "events"] as const;

export const softmaxDnn = defineModel<SoftmaxDnnConfig>({
  name: "softmax-dnn",
  title: "Softmax DNN",
  paper: "https://doi.org/10.1145/2959100.2959190",
  task: ({ examples }) => (examples === "users" ? "rows" : "positives"),
  defaults: {
    ...{ width: 64, hidden: [128], activation: "relu", shared: true, itemIds: true, idDropout: 0.5 },
    ...{ examples: "users", contextDropout: 0.1, dropout: 0.5 },
  },
  options: {
    width: searched(count("width of the vectors of histories and items"), { between: [32, 256] }),
    hidden: widths("widths of the tower's hidden layers"),
    activation: choice("activation of the hidden layers", activations),
    shared: flag("histories are read by the vectors of the softmax"),
    itemIds: flag("items have rows of their own beside their features"),
    idDropout: number("share of the rows of items with features left out at random in training", 0, 1, true),
    examples: choice("what a step sees", examples),
    contextDropout: number("share of the events whose context is left out in training", 0, 1, true),
    dropout: searched(number("share of each history left out at random in training", 0, 1, true), {
      between: [0.1, 0.8],
    }),
  },
  training: { batchSize: 256, learningRate: 0.003 },
  build({ users, items, context }, config, nn) {
    const { width, hidden, activation, shared, itemIds, idDropout, examples, contextDropout, dropout } = config;
    const rows = { width, init: { kind: "normal", stddev: 0.01 }, ids: itemIds, idDropout } as const;
    const made = (name: string) => nn.table(name, () => contentRows(name, items, rows, nn));
    const isDescribed = items.featureCount > 0;
    const table = isDescribed ? made("items") : nn.param("items", [items.size, width], rows.init);
    const reading = { name: "encoder", dropout, combiner: "sqrtn" } as const;
    const ofEvents = examples === "events";
    const past = ofEvents ? nn.leavingOut(users.history, items.id) : users.history;
    const average = nn.bag(past, shared ? table : isDescribed ? made("past") : width, reading);
    const about = () => nn.add(average, nn.bag(users.features, width, { name: "about" }));
    const person = users.featureCount > 0 ? about() : average;
    const known = ofEvents ? inContext(person, context, contextDropout, nn) : person;
    const tower = nn.tower("tower", hidden, { activation })(known);
    const query = hidden.length > 0 ? nn.add(known, nn.dense("query", width)(tower)) : known;
    const compared = amongMet(query, table, items, nn);
    return {
      score: nn.scope("score", () => nn.matmul(query, table, { transposeB: true })),
      loss: ofEvents
        ? nn.scope("loss", () => nn.softmaxCrossEntropy(...compared, items.id))
        : nn.multinomialLikelihood(...compared, users.history),
      vectors: { item: nn.gather(table, items.id) },
    };
  },
});
