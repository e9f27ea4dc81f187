import { fail } from "../core/errors.ts";
import * as ops from "../graph/ops.ts";
import type { EntryPart, Init, Tensor } from "../graph/tensor.ts";
import {
  type BagOptions,
  type EmbedOptions,
  layerOf,
  ownTraining,
  type ParamOptions,
  RESERVED,
  shareOf,
} from "./builder-options.ts";
import type { Catalog } from "./catalog.ts";
import { contextInputs, sideInputs } from "./described.ts";
import { type ConvolutionOptions, convolution } from "./images.ts";
import { nameHash } from "./initializers.ts";
import {
  type Columns,
  columns,
  type Entries,
  type Events,
  type Ids,
  type ModelInputs,
  type SequenceRows,
  type SparseRows,
} from "./inputs.ts";
import * as layers from "./layers.ts";
import { atLeastOnce, gaussianDivergence, inBatchSoftmax, multinomialLikelihood, totalWeight } from "./losses.ts";
import { Operations } from "./operations.ts";
import { sampledSoftmaxOf } from "./sampled-losses.ts";
import { weighedLosses } from "./weighed-losses.ts";

const { embedding, dense, dropout, batchNormalization, layerNormalization, selfAttention } = layers;
const { tower, bias, gaussianSample, gatedRecurrence } = layers;

/**
 * The layers of a model, made where they are used. Whether the graph is to learn or to score they know by themselves. A layer
 * belongs to its name: when a model is built for a second item (pairwise losses), it gets the same weights. In one building a
 * name can be made once: keep the layer, and call it twice, to share it. Throws GRAPH_NAME.
 */
export class Builder extends Operations {
  readonly #catalog: Catalog;
  readonly #mode: layers.Mode;
  /** Layers, parameters and data matrices by name, of all calls. */
  readonly #made = new Map<string, unknown>();
  #names = new Set<string>();
  /** Those of the call. */
  #columns: Columns | undefined;
  readonly #sides = new WeakMap<Ids, { readonly name: string; readonly size: number }>();

  constructor(catalog: Catalog, mode: layers.Mode) {
    super();
    this.#catalog = catalog;
    this.#mode = mode;
  }

  /** The inputs of a new call: names may be made again, and mean what they meant. */
  begin(given: Columns): ModelInputs {
    const { user, item, label } = given;
    const { users, items } = this.#catalog;
    const data = (name: string, rows: number, columns: number) =>
      this.#shared(name, () => ops.data(name, rows, columns));
    this.#columns = given;
    this.#names = new Set(RESERVED);
    this.#sides.set(user, { name: "user", size: users });
    this.#sides.set(item, { name: "item", size: items });
    const history = data("history", users, items);
    const sequence = this.#shared("sequence", () => ops.data("sequence", users, items, true));
    const rated = data("rated", users, items);
    return {
      users: Object.assign(sideInputs("user", user, this.#catalog, data), {
        history: { matrix: history, ids: user },
        rated: { matrix: rated, ids: user },
        sequence: { matrix: sequence, ids: user },
      }),
      items: sideInputs("item", item, this.#catalog, data),
      context: contextInputs(this.#catalog, this.#mode.training, given, data),
      label,
    };
  }

  /** Rows of a table of the ids' side: `[batch, width]`. */
  readonly embed = (ids: Ids, width: number, { name, init, ...own }: EmbedOptions = {}): Tensor => {
    const side = this.#side(ids);
    const named = name ?? this.#free(`embedding/${side.name}`);
    return this.#once(named, () => embedding(named, side.size, width, init, ownTraining(own)))(ids);
  };

  /** A number per id, `[batch]`, 0 at first. Default name `bias/user` or `bias/item`. */
  readonly bias = (ids: Ids, { name, init, ...own }: EmbedOptions = {}): Tensor => {
    const side = this.#side(ids);
    const named = name ?? this.#free(`bias/${side.name}`);
    return this.#once(named, () => bias(named, side.size, init, ownTraining(own)))(ids);
  };

  /**
   * The rows of a table, added up by the weights of a data matrix's row: `[batch, width]`. A width makes a table of its own
   * (default name `bag`).
   */
  readonly bag = (rows: SparseRows, table: Tensor | number, options: BagOptions = {}): Tensor => {
    const { name = this.#free("bag"), init, dropout: rate = 0, combiner = "sum" } = options;
    const [, columns] = rows.matrix.shape as readonly [number, number];
    const own = (width: number) =>
      ops.param(name, [columns, width], init ?? { kind: "normal", stddev: 0.01 }, true, ownTraining(options));
    const entries = this.#mode.training ? { rate, id: nameHash(name) } : undefined;
    const sum = () => {
      const values = typeof table === "number" ? this.#once(name, () => own(table)) : table;
      const total = ops.bag(values, rows.matrix, rows.ids, rows.without, entries);
      if (combiner === "sum" || combiner === 0) return total;
      return ops.mul(total, ops.expandLast(shareOf(rows, combiner), total.shape[1] as number));
    };
    return typeof table === "number" || options.name ? ops.withScope(name, sum) : sum();
  };

  /**
   * A number for every cross of an entry of the left row with one of the right row, times both weights, added up: `[batch]`. Numbers are those
   * of a table of so many `buckets` (default name `crosses`, 0 at first); crosses are hashed into them, so that some share one.
   */
  readonly crosses = (
    left: SparseRows,
    right: SparseRows,
    buckets: number,
    { name, init, ...own }: EmbedOptions = {},
  ) => {
    const named = name ?? this.#free("crosses");
    return this.#once(named, () => layers.crosses(named, buckets, init, ownTraining(own)))(left, right);
  };

  /** The same rows without a column each: in training alone, where it is what is to be foretold. */
  readonly leavingOut = (rows: SparseRows, without: Ids): SparseRows =>
    this.#mode.training ? { ...rows, without } : rows;

  /** The latest `newest` events of each user of the batch; `foretold`: when it learns, the last one is only foretold (see `Events`). */
  readonly events = ({ matrix, ids }: SequenceRows, newest: number, { foretold = true } = {}): Events => {
    const ahead = foretold && this.#mode.training;
    const of = (part: EntryPart) => ops.unroll(matrix, ids, { newest, ahead: ahead || part === "next", part });
    return ops.withScope("events", () => ({ items: of("column"), places: of("position"), next: of("next") }));
  };

  /** The value of the latest event of each user: `[entries, width] → [batch, width]`; zeros where there is none. */
  readonly latest = ops.last;

  /** The value of the event so many places before each, of the same user: `[entries, width]`; zeros where there is none. */
  readonly earlier = ops.shift;

  /** A data matrix by name: one that the definition's `matrices` or `solve` gives. */
  readonly data = (name: string, rows: number, columns: number): Tensor<"f32", "data"> =>
    this.#shared(name, () => ops.withScope(name, () => ops.data(name, rows, columns)));

  /** A parameter; values of the data (`{ kind: "data", name: "meanValue" | "itemCounts" }`) are not trained by default. */
  readonly param = (
    name: string,
    shape: readonly number[],
    init: Init,
    { trainable = init.kind !== "data", ...own }: ParamOptions = {},
  ): Tensor<"f32", "param"> =>
    this.#once(name, () =>
      ops.withScope(layerOf(name), () => ops.param(name, shape, init, trainable, ownTraining(own))),
    );

  /** A table that is computed from parameters and data matrices, all rows of it: once for all calls, once a step. */
  readonly table = (name: string, make: () => Tensor): Tensor => this.#once(name, () => ops.withScope(name, make));

  readonly dense = (name: string, units: number, options?: layers.DenseOptions): layers.Layer =>
    this.#once(name, () => dense(name, units, options));

  /** See `convolution`: images `[batch, height, width, channels]` to `kernels` channels. */
  readonly convolution = (name: string, kernels: number, options: ConvolutionOptions): layers.Layer =>
    this.#once(name, () => convolution(name, kernels, options));

  readonly dropout = (name: string, rate: number): layers.Layer =>
    this.#once(name, () => dropout(name, rate, this.#mode));

  /** See `gaussianSample`: a draw in training, else the mean. */
  readonly gaussianSample = (name: string): ((mean: Tensor, logVariance: Tensor) => Tensor) =>
    this.#once(name, () => gaussianSample(name, this.#mode));

  readonly batchNormalization = (name: string, width: number): layers.Layer =>
    this.#once(name, () => batchNormalization(name, width, this.#mode));

  readonly layerNormalization = (name: string, width: number): layers.Layer =>
    this.#once(name, () => layerNormalization(name, width));

  readonly selfAttention = (name: string, width: number, options?: layers.AttentionOptions) =>
    this.#once(name, () => selfAttention(name, width, this.#mode, options));

  readonly gatedRecurrence = (name: string, width: number): layers.Layer =>
    this.#once(name, () => gatedRecurrence(name, width));

  readonly tower = (name: string, units: readonly number[], options?: layers.TowerOptions): layers.Layer =>
    this.#once(name, () => tower(name, units, this.#mode, options));

  readonly totalWeight = totalWeight;

  /**
   * What events count: the values of the items of events (`events.items`, `events.next`) or of the batch (`items.id`), where values weigh
   * (`weights=values`); undefined where each counts as 1. The losses of items below look at it by themselves.
   */
  readonly weightOf = (ids: Ids): Tensor | undefined => {
    if (!this.#mode.weighted) return undefined;
    if (ids.op === "unroll") return ops.entryValues(ids as Entries);
    return ids === this.#columns?.item ? this.#columns.label : undefined;
  };

  readonly #weighed = weighedLosses(this.weightOf);
  readonly softmaxCrossEntropy = this.#weighed.softmaxCrossEntropy;
  readonly sampledSoftmax = this.#weighed.sampledSoftmax;
  /**
   * Sampled softmax of each event's item, a scalar: vectors `[batch, width]` of users and of the events' items, and `[drawn, width]` of items that were
   * drawn in proportion to how often the training data have them, which is corrected for (logQ correction).
   */
  readonly sampledSoftmaxByPopularity = (
    users: Tensor,
    items: Tensor,
    others: Tensor,
    drawn: Tensor<"f32", "draw">,
  ): Tensor => {
    const { item: target } = this.#columns ?? columns();
    const logProbability = ops.unary("log", atLeastOnce(this.#counts()));
    const of = { target, drawn, rows: this.#catalog.items };
    return sampledSoftmaxOf(users, items, others, { ...of, logProbability, weight: this.weightOf(target) });
  };

  readonly generalizedBinaryCrossEntropy = this.#weighed.generalizedBinaryCrossEntropy;

  /**
   * Negative multinomial log-likelihood of each id's row of a data matrix by a softmax over all rows of a table, a scalar: vectors
   * `[batch, width]`. Where values weigh (`weights=values`), each item of a history counts by its value.
   */
  readonly multinomialLikelihood = (x: Tensor, table: Tensor, rows: SparseRows): Tensor => {
    const isWeighed = this.#mode.weighted && rows.matrix === this.#made.get("history");
    return multinomialLikelihood(x, table, isWeighed ? { ...rows, matrix: this.#targets() } : rows);
  };

  readonly gaussianDivergence = gaussianDivergence;

  /**
   * Softmax cross-entropy of each event's item among the items of its batch, a scalar: vectors of the batch's users and items
   * `[batch, width]`. Items are corrected for how often the training data has them (logQ correction), unless `corrected` is false;
   * other events of the same item, or of the same user, are no negatives. Default temperature 1. Where values weigh
   * (`weights=values`), each event counts by its value.
   */
  readonly inBatchSoftmax = (
    users: Tensor,
    items: Tensor,
    { temperature = 1, corrected = true }: { readonly temperature?: number; readonly corrected?: boolean } = {},
  ): Tensor => {
    const { user, item } = this.#columns ?? columns();
    const count = ops.squeezeLast(ops.gather(this.#counts(), item));
    const logFrequency = corrected ? ops.unary("log", atLeastOnce(count)) : undefined;
    const weight = this.weightOf(item);
    return inBatchSoftmax(users, items, { user, item, temperature, logFrequency, weight });
  };

  /** The histories with the value of each item: what a loss compares with where values weigh. */
  #targets(): SparseRows["matrix"] {
    return this.#shared("targets", () => ops.data("targets", this.#catalog.users, this.#catalog.items));
  }

  /** How often the training data has each item: `[items, 1]`. */
  #counts(): Tensor {
    const init = { kind: "data", name: "itemCounts" } as const;
    return this.#shared("frequency", () =>
      ops.withScope("frequency", () => ops.param("frequency/count", [this.#catalog.items, 1], init, false)),
    );
  }

  #side(ids: Ids): { readonly name: string; readonly size: number } {
    return (
      this.#sides.get(ids) ??
      fail("GRAPH_NAME", { what: "These ids belong to neither users nor items", expected: "users.id or items.id" })
    );
  }

  /** The first name of that kind that this call has not made. */
  #free(name: string): string {
    let own = name;
    for (let n = 2; this.#names.has(own); n++) own = `${name}-${n}`;
    return own;
  }

  #once<T>(name: string, make: () => T): T {
    if (this.#names.has(name)) {
      fail("GRAPH_NAME", {
        what: `The model makes "${name}" twice`,
        expected: "a name of its own for every layer",
        fix: `Keep the layer, const layer = …("${name}", …), and call it twice to share its weights; or name the second one otherwise.`,
      });
    }
    this.#names.add(name);
    return this.#shared(name, make);
  }

  #shared<T>(name: string, make: () => T): T {
    if (!this.#made.has(name)) this.#made.set(name, make());
    return this.#made.get(name) as T; // what a name stands for is made by the line that asks for it
  }
}
