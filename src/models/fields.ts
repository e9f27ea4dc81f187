/** What ranking models read of a pair: the fields of a row, each as a number for their linear part and as a vector for what follows. */
import type { Tensor } from "../graph/tensor.ts";
import type { Builder } from "../nn/builder.ts";
import type { ModelInputs, SideInputs, SparseRows } from "../nn/inputs.ts";
import { choice, count, flag, number, searched, widths } from "../nn/options.ts";
import { keptRows } from "./content.ts";

export interface FieldsConfig {
  /** Width of the vector of each field. */
  readonly width: number;
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[];
  /** Dropout after each hidden layer, in [0, 1). */
  readonly dropout: number;
  /** Of which sides ids are read; where nothing else is known of a side they always are. */
  readonly ids: "both" | "users" | "items" | "none";
  /** Share of the examples in which what is a user's or an item's own is left out beside other fields in training, in [0, 1). */
  readonly idDropout: number;
  /** Whether what the user did is a field. */
  readonly history: boolean;
  /** Share of the examples whose context is left out in training, so that requests without any are answered; in [0, 1). */
  readonly contextDropout: number;
  /** L1 regularization of the linear part, in gradients of the loss: weights that less speaks for are exactly 0. */
  readonly l1: number;
}

export const fieldOptions = {
  width: searched(count("width of the vector of each field"), { among: [16, 32, 64] }),
  hidden: widths("widths of the hidden layers"),
  dropout: searched(number("dropout after each hidden layer", 0, 1, true), { between: [0, 0.5] }),
  ids: choice("of which sides ids are read", ["both", "users", "items", "none"] as const),
  idDropout: number("share of the examples in which ids and histories are left out in training", 0, 1, true),
  history: flag("whether what the user did is a field"),
  contextDropout: number("share of the examples whose context is left out in training", 0, 1, true),
  l1: number("L1 regularization of the linear part, in gradients of the loss", 0, 1e6),
};

/** A field of the rows of a batch. */
export interface Field {
  /** `[batch, width]` */
  readonly vector: Tensor;
  /** `[batch]`; a history has none: a number for each event would say how active somebody is, and order nothing. */
  readonly linear?: Tensor;
}

export interface Fields {
  /** Of users (and of the event, where something is known of it) and of items: ids, history, features, as far as there are any. */
  readonly users: readonly Field[];
  readonly items: readonly Field[];
  /** Those of somebody whose id is unknown; undefined where no id is read, or it is all there is. */
  readonly newcomer: readonly Field[] | undefined;
}

/**
 * FTRL-Proximal of a linear part. Losses are means over a batch, whose gradients are a batch times smaller than those of single examples,
 * which the constants of McMahan et al. are meant for: `beta` is small for that.
 */
export const linearRule = (l1: number) => ({ kind: "ftrl", beta: 1e-4, l1 }) as const;

/**
 * The fields of users and items, each multi-valued one as the sum of what its values have; a history as their mean, since of what is learned
 * its own event is left out: a sum would tell by its length which examples are positive. What is somebody's own, id and history, is left
 * out together for some examples where features are there besides, and an id where a history is, so that what is left can answer for
 * what is new (Volkovs, Yu & Poutanen, "DropoutNet", NIPS 2017).
 */
export function fieldsOf({ users, items, context }: ModelInputs, config: FieldsConfig, nn: Builder): Fields {
  const { ids, history, idDropout, contextDropout } = config;
  const make = new Maker(config, nn);
  const features = (side: "user" | "item", { featureCount }: SideInputs, rows: () => SparseRows) =>
    featureCount > 0 ? [make.sum(`${side}/features`, rows())] : [];
  const known = features("user", users, () => users.features);
  const told = features("item", items, () => items.features);
  const did = nn.leavingOut(users.history, items.id);
  const past = history ? [{ vector: nn.bag(did, config.width, { name: "user/history", combiner: "mean" }) }] : [];
  const readsUsers = ids === "both" || ids === "users" || past.length + known.length === 0;
  const readsItems = ids === "both" || ids === "items" || told.length === 0;
  const user = readsUsers ? [make.id("user", users, past.length + known.length > 0)] : [];
  const item = readsItems ? [make.id("item", items, told.length > 0)] : [];
  const some = (side: string, own: readonly Field[], others: readonly Field[]) =>
    own.length > 0 && others.length > 0 ? [...make.sometimes(side, own, idDropout), ...others] : [...own, ...others];
  const event =
    context.featureCount > 0
      ? make.sometimes("event", [make.sum("event/context", context.features)], contextDropout)
      : [];
  const people = known.length > 0 ? some("user", [...user, ...past], known) : some("user", user, past);
  const answers = user.length > 0 && past.length + known.length > 0;
  return {
    users: [...people, ...event],
    items: some("item", item, told),
    newcomer: answers ? [make.nothing(), ...past, ...known, ...event] : undefined,
  };
}

class Maker {
  readonly #config: FieldsConfig;
  readonly #nn: Builder;

  constructor(config: FieldsConfig, nn: Builder) {
    [this.#config, this.#nn] = [config, nn];
  }

  sum(name: string, rows: SparseRows): Field {
    const [nn, { width, l1 }] = [this.#nn, this.#config];
    const of = { name: `linear/${name}`, init: { kind: "zeros" }, optimizer: linearRule(l1) } as const;
    return { vector: nn.bag(rows, width, { name }), linear: nn.squeezeLast(nn.bag(rows, 1, of)) };
  }

  /** An id; beside other fields its vectors start at 0. */
  id(side: "user" | "item", { id }: SideInputs, isBeside: boolean): Field {
    const [nn, { width, l1 }] = [this.#nn, this.#config];
    const vector = nn.embed(id, width, { name: `${side}/id`, ...(isBeside && { init: { kind: "zeros" } }) });
    return { vector, linear: nn.bias(id, { name: `linear/${side}/id`, optimizer: linearRule(l1) }) };
  }

  /** Fields that are all left out at once for some examples of training. */
  sometimes(side: string, fields: readonly Field[], rate: number): Field[] {
    const [nn, { width }] = [this.#nn, this.#config];
    const kept = keptRows(`${side}/kept`, rate, "batch", nn);
    return fields.map(({ vector, linear }) => ({
      vector: nn.mul(vector, nn.expandLast(kept, width)),
      ...(linear && { linear: nn.mul(linear, kept) }),
    }));
  }

  nothing(): Field {
    const [nn, { width }] = [this.#nn, this.#config];
    return { vector: nn.broadcastTo(nn.constant(0), ["batch", width]) };
  }
}

/** The sum of the linear parts. */
export const linearOf = (fields: readonly Field[], nn: Builder): Tensor =>
  fields.flatMap(({ linear }) => linear ?? []).reduce((a, b) => nn.add(a, b));

/** Of fields the logit that a model has beside its network: a linear part, and what meets in it. */
export type Beside = (fields: readonly Field[]) => Tensor;

/** The logit of a network over the vectors side by side, and that beside it: for people of the run, and for those whose id is unknown. */
export function deepScores({ users, items, newcomer }: Fields, beside: Beside, config: FieldsConfig, nn: Builder) {
  const { hidden, dropout } = config;
  const [tower, prediction] = [nn.tower("deep", hidden, { dropout }), nn.dense("deep/prediction", 1)];
  const score = (people: readonly Field[]) => {
    const all = [...people, ...items];
    const other = beside(all);
    return nn.add(nn.squeezeLast(prediction(tower(vectorsOf(all, nn)))), other);
  };
  return {
    score: score(users),
    vectors: { item: vectorsOf(items, nn) },
    ...(newcomer && { history: score(newcomer) }),
  };
}

/** The vectors side by side. */
function vectorsOf(fields: readonly Field[], nn: Builder): Tensor {
  const [first, ...rest] = fields.map(({ vector }) => vector) as [Tensor, ...Tensor[]];
  return nn.concat(first, ...rest);
}
