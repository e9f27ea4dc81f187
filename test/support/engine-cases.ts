import { type DataMatrices, rowNumbers } from "../../src/core/csr.ts";
import { below, hash, normal } from "../../src/core/random.ts";
import { chosen } from "../../src/dataset/timed.ts";
import type { Csr, FeedSpec, OptimizerSpec, ScoreSpec, TrainSpec } from "../../src/engine/contract.ts";
import { gradients } from "../../src/graph/gradients.ts";
import { add, gather, input, mul, param, reduceTo, squeezeLast } from "../../src/graph/ops.ts";
import { lower, type Plan } from "../../src/graph/plan.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { convNcf, models, ncfRegression, neuMf, softmaxDnn, twoTower, weightedHybrid } from "../../src/models/index.ts";
import { type Catalog, defineModel, type Model } from "../../src/nn/model.ts";
import { initialParameters, learnsByGradient, scorePlan, trainingPlan } from "../../src/nn/plans.ts";
import { sparseMatrix } from "./sparse.ts";

export const users = 19;
export const items = 31;

/** Users 0 to 16 know a few items, user 17 knows all but one, user 18 (the last) knows everything, or else nothing. */
export function interactions(last: "everything" | "nothing" = "everything"): Csr {
  const rows = Array.from({ length: users }, (_, user) => {
    const known = Array.from({ length: items }, (_, item) => item);
    if (user === 17) return known.filter((item) => item !== 13);
    if (user === 18) return last === "everything" ? known : [];
    return known.filter((item) => hash(5, user, item) % 4 === 0);
  });
  const offsets = new Int32Array(users + 1);
  for (const [user, row] of rows.entries()) offsets[user + 1] = (offsets[user] ?? 0) + row.length;
  const flat = Int32Array.from(rows.flat());
  return { offsets, items: flat, values: Float32Array.from(flat, (_, i) => 1 + (hash(6, i) % 9) / 2) };
}

/** Some of the interactions are dislikes; nobody likes nothing. */
export function disliking(): Pick<FeedSpec, "interactions" | "known" | "dislikes"> {
  const known = interactions();
  const owners = rowNumbers(known);
  const isDislike = (at: number) => hash(7, owners[at] as number, known.items[at] as number) % 5 === 0;
  return { interactions: chosen(known, (at) => !isDislike(at)), known, dislikes: chosen(known, isDislike) };
}

export const catalog: Catalog = {
  users,
  items,
  meanValue: 3,
  itemCounts: Float32Array.from({ length: items }, (_, item) => 1 + (item % 7)),
  features: { users: 4, items: 9 },
  context: { columns: 5, events: interactions().items.length },
};

/** Cells of an alias table with every kind of entry: kept whole, given away whole, split. */
export const alias: FeedSpec["distribution"] = {
  kind: "alias",
  thresholds: Uint32Array.from({ length: items }, (_, i) => (i % 3 === 0 ? 0xffffffff : i % 3 === 1 ? 0 : 0x40000000)),
  aliases: Int32Array.from({ length: items }, (_, i) => (i * 7 + 3) % items),
};

export function feed(kind: FeedSpec["kind"], given: Partial<FeedSpec> = {}): FeedSpec {
  const known = interactions();
  const negatives = 3;
  return {
    kind,
    negatives,
    distribution: { kind: "uniform" },
    shuffle: "rows",
    users,
    items,
    interactions: known,
    known,
    ...given,
  };
}

export const kinds = {
  pointwise: "pairs",
  pairwise: "triples",
  rating: "ratings",
  positives: "ratings",
  rows: "rows",
  solve: "pairs",
  none: "pairs",
} as const;
const unregulated = { l2: 0, clipNorm: 0, weightDecay: 0 } as const;
export const sgd: OptimizerSpec = { kind: "sgd", ...unregulated };
const adam = { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8, lazy: true, ...unregulated } as const;

export const optimizers: Readonly<Record<string, OptimizerSpec>> = {
  sgd,
  "sgd, clipped, with l2": { ...sgd, clipNorm: 0.01, l2: 0.1 },
  momentum: { kind: "momentum", momentum: 0.9, nesterov: false, ...unregulated },
  "nesterov momentum, decayed": { kind: "momentum", momentum: 0.8, nesterov: true, ...unregulated, weightDecay: 0.1 },
  adagrad: { kind: "adagrad", epsilon: 1e-6, initialAccumulator: 0.1, ...unregulated },
  ftrl: { kind: "ftrl", beta: 1, l1: 0.05, ...unregulated, l2: 0.1 },
  "lazy adam": adam,
  "exact adam": { ...adam, lazy: false },
  "lazy adam, clipped, with l2 and decay": { ...adam, clipNorm: 0.01, l2: 0.01, weightDecay: 0.1 },
  "exact adam, clipped, with l2 and decay": { ...adam, lazy: false, clipNorm: 0.01, l2: 0.01, weightDecay: 0.1 },
};

const wideAndDeep = defineModel({
  name: "wide-and-deep",
  build({ users, items }, _, nn) {
    const wide = nn.embed(items.id, 1, { name: "wide", optimizer: { kind: "ftrl", rate: 2, l1: 0.01 }, l2: 0.1 });
    const deep = nn.concat(
      nn.embed(users.id, 4, { name: "deep/user", optimizer: { kind: "adagrad", rate: 0.5, weightDecay: 0.1 } }),
      nn.embed(items.id, 4, { name: "deep/item", optimizer: { kind: "adam", lazy: false } }),
    );
    return nn.squeezeLast(nn.add(nn.dense("deep/score", 1)(deep), wide));
  },
});

/** The slow definition runs a whole training. */
const narrow: Readonly<Record<string, Model>> = { "conv-ncf": convNcf({ width: 8, channels: 5 }) as Model };

/** Every model that learns, and variants that reach batch normalization, dropout and learned scalars. */
export const trainable: readonly (readonly [name: string, model: Model])[] = [
  ...models
    .filter((factory) => learnsByGradient(factory()))
    .map((factory) => [factory.definition.name, narrow[factory.definition.name] ?? factory()] as const),
  [
    "ncf-regression, normalized, dropped out",
    ncfRegression({ batchNormalization: true, hidden: [12, 7], activation: "gelu", factors: 5, dropout: 0.3 }),
  ],
  ["neumf, views regularized apart", neuMf({ gmfL2: 0.3 })],
  ["wide by FTRL, deep by Adagrad, a vector by the training's", wideAndDeep()],
  ["two-tower, by id too", twoTower({ dim: 5, hidden: [6], ids: true, shared: false })],
  ["two-tower without ids", twoTower({ dim: 5, itemIds: false })],
  ["two-tower, drawn items", twoTower({ dim: 5, hidden: [6], loss: "sampled-softmax", negatives: 7 })],
  ["softmax-dnn of events", softmaxDnn({ width: 5, hidden: [6], examples: "events" })],
  ["weighted-hybrid, learned alpha", weightedHybrid({ learnAlpha: true, hidden: [6], activation: "selu", factors: 3 })],
];

/** Every model that has scores to compute. */
export const scorable: typeof trainable = [
  ...trainable,
  ...models
    .map((factory) => factory())
    .filter((model) => model.solve)
    .map((model) => [model.definition.name, model] as const),
];

/** Models whose losses can weigh interactions, one for each loss. */
export const weighable: typeof trainable = trainable.filter(([name]) =>
  ["neumf", "bpr-mf", "softmax-dnn", "mult-vae", "two-tower"].includes(name),
);

/** A training in which interactions count by their values. */
export function weightedSpec(model: Model, given: Partial<TrainSpec> = {}): TrainSpec {
  const plan = trainingPlan(model, catalog, { weighted: true });
  const spec = trainSpec(model, given);
  return { ...spec, plan, data: { ...spec.data, ...dataOf(plan, model), targets: interactions() } };
}

/** Drawn values with some noise on top, so that nothing starts at exactly zero. */
export function parametersOf(plan: Plan, scale = 0.1): Record<string, Float32Array> {
  const drawn = initialParameters(plan, catalog, 1);
  return Object.fromEntries(
    Object.entries(drawn).map(([name, values], p) => [name, values.map((v, i) => v + scale * normal(7, p, i))]),
  );
}

export function trainSpec(model: Model, given: Partial<TrainSpec> = {}): TrainSpec {
  const plan = trainingPlan(model, catalog);
  return {
    plan,
    parameters: parametersOf(plan),
    data: dataOf(plan, model),
    feed: feed(kinds[model.definition.task]),
    optimizer: sgd,
    batchSize: 48,
    seed: 3,
    threads: 1,
    ...given,
  };
}

export function scoreSpec(model: Model, threads = 1): ScoreSpec {
  const plan = scorePlan(model, catalog);
  return { plan, parameters: parametersOf(plan), data: dataOf(plan, model), users, items, threads };
}

/** A matrix for each that the plan reads, of the model's own making where it makes them. */
export function dataOf(plan: Plan, model: Model): DataMatrices {
  const named = plan.instructions
    .filter(({ op }) => op === "data")
    .map(({ attrs, shape }) => {
      const [rows, columns] = shape as readonly [number, number];
      return [(attrs as { name: string }).name, sparseMatrix(rows, rows, columns, 4)] as const;
    });
  return { ...Object.fromEntries(named), ...model.matrices?.({ ...interactions(), columns: items }) };
}

/**
 * A plan that counts: descending with rate 1 takes 1 from the table entry of every user, item and event (and negative) of the
 * batch, and from the sum of labels. What it leaves behind says exactly which rows a step saw.
 */
export function countingSpec(spec: FeedSpec, { batchSize, seed }: { batchSize: number; seed: number }): TrainSpec {
  const table = (name: string, rows: number) => param(name, [rows, 1], { kind: "zeros" });
  const count = (name: "user" | "item" | "negative" | "event", rows: number) =>
    ({ table: table(`count/${name}`, rows), ids: input(name, "i32") }) as const;
  const counters = [
    count("user", users),
    ...(spec.kind === "rows" ? [] : [count("item", items)]),
    ...(spec.kind === "triples" ? [count("negative", items)] : []),
    ...(spec.kind === "rows"
      ? []
      : [count("event", spec.interactions.items.length + (spec.dislikes?.items.length ?? 0))]),
  ];
  // The labels of a batch weigh the entries of a second item table, so that item and label are seen together.
  const labelled = table("labelled", items);
  let total: Tensor = counters.map(({ table: t, ids }) => squeezeLast(gather(t, ids))).reduce((a, b) => add(a, b));
  const hasLabels = spec.kind === "pairs" || spec.kind === "ratings";
  if (hasLabels) {
    const label = input("label", "f32");
    const item = counters[1]?.ids ?? input("item", "i32");
    total = add(total, mul(squeezeLast(gather(labelled, item)), label));
  }
  const weighed = table("weighed", users);
  const user = counters[0]?.ids ?? input("user", "i32");
  total = add(total, mul(squeezeLast(gather(weighed, user)), input("weight", "f32")));
  const loss = reduceTo(total, 0);
  const learned = [...counters.map((counter) => counter.table), ...(hasLabels ? [labelled] : []), weighed];
  const names = learned.map(({ attrs }) => (attrs as { name: string }).name);
  const grads = [...gradients(loss, learned).values()].map((grad, i) => [`grad:${names[i]}`, grad] as const);
  const plan = lower({ loss, ...Object.fromEntries(grads) });
  return {
    plan,
    parameters: initialParameters(plan, catalog, 0),
    feed: spec,
    optimizer: sgd,
    batchSize,
    seed,
    threads: 1,
  };
}

/** Random pairs, for scoring. */
export function pairs(count: number): { readonly user: Int32Array; readonly item: Int32Array } {
  return {
    user: Int32Array.from({ length: count }, (_, i) => below(hash(8, i), users)),
    item: Int32Array.from({ length: count }, (_, i) => below(hash(9, i), items)),
  };
}
