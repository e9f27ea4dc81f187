import { describe, expect, test } from "vitest";
import { finiteDifferences } from "../../test/support/finite-differences.ts";
import { normal } from "../core/random.ts";
import { dense as densify, run } from "../engine/reference/evaluate.ts";
import { format } from "../graph/plan.ts";
import { verify } from "../graph/verify.ts";
import type { Catalog, Model } from "../nn/model.ts";
import {
  answerPlans,
  foldInPlans,
  historyPlans,
  influencePlan,
  initialParameters,
  itemVectorPlan,
  scorePlan,
  trainingPlan,
} from "../nn/plans.ts";
import {
  autoRec,
  caser,
  cfNade,
  contentAttention,
  convNcf,
  dbn,
  deepFm,
  gmf,
  gru4Rec,
  lightGcn,
  modelNamed,
  models,
  ncfFeatures,
  ncfRegression,
  ngcf,
  prod2Vec,
  sasRec,
  simpleX,
  softmaxDnn,
  twoTower,
  vbpr,
  weightedHybrid,
  wideDeep,
} from "./index.ts";

const catalog: Catalog = { users: 5, items: 7, meanValue: 3.5, itemCounts: Float32Array.of(9, 7, 5, 4, 3, 2, 1) };
const described: Catalog = {
  ...catalog,
  features: { users: 3, items: 4 },
  context: { columns: 3, events: 5 },
};
/** A value or two in each row. */
const rowsOf = (rows: number, columns: number) => ({
  offsets: Int32Array.from({ length: rows + 1 }, (_, row) => 2 * row),
  items: Int32Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? 0 : 1 + ((i >> 1) % (columns - 1)))),
  values: Float32Array.from({ length: 2 * rows }, (_, i) => 0.5 + (i % 3) / 2),
});
const features = { userFeatures: rowsOf(5, 3), itemFeatures: rowsOf(7, 4), eventContext: rowsOf(5, 3) };
const batch = 6;
const moment = { seed: 3, epoch: 0, step: 0 };
const feeds = {
  user: Int32Array.of(0, 4, 4, 2, 1, 0),
  item: Int32Array.of(6, 1, 6, 3, 0, 6),
  negative: Int32Array.of(2, 3, 0, 5, 1, 4),
  event: Int32Array.of(0, 4, 1, 3, 2, 0),
  label: Float64Array.of(1, 0, 1, 0, 1, 1),
};

/** Everybody but the fourth user has done something, and every item but the last but one was liked. */
const history = {
  offsets: Int32Array.of(0, 3, 4, 6, 6, 9),
  items: Int32Array.of(0, 2, 6, 3, 1, 4, 0, 3, 4),
  columns: catalog.items,
};

/** The same with ratings. */
const rated = { ...history, values: Float32Array.of(5, 2, 4, 1, 3, 3, 4, 2, 5) };

/** The same events in order of time. */
const sequence = { offsets: history.offsets, items: Int32Array.of(6, 0, 2, 3, 4, 1, 3, 0, 4) };

/** Small values away from the kinks of relu, so that finite differences mean something. */
function parametersOf(model: Model, catalog: Catalog): Record<string, Float64Array> {
  const plan = trainingPlan(model, catalog);
  const first = initialParameters(plan, catalog, 1);
  return Object.fromEntries(
    Object.entries(first).map(([name, values], p) => [
      name,
      Float64Array.from(values, (v, i) => (name.includes("variance") ? 1 : v + 0.3 * normal(7, p, i))),
    ]),
  );
}

/** The widest models are tried narrow: the slow definition runs thousands of times. */
const narrow: Readonly<Record<string, Model>> = {
  sasrec: sasRec({ width: 8 }) as Model,
  gru4rec: gru4Rec({ width: 8, state: 8 }) as Model,
  "conv-ncf": convNcf({ width: 4, channels: 3 }) as Model,
  caser: caser({ width: 8, horizontal: 4, vertical: 2 }) as Model,
  prod2vec: prod2Vec({ width: 5, window: 2, drawn: 9 }) as Model,
  simplex: simpleX({ dim: 5, drawn: 30 }) as Model,
  "cf-nade": cfNade({ factors: 5 }) as Model,
  dbn: dbn({ factors: 5, hidden: [4] }) as Model,
  ngcf: ngcf({ dim: 5, layers: 2 }) as Model,
  "wide-deep": wideDeep({ width: 5, hidden: [6, 4], buckets: 40 }) as Model,
  deepfm: deepFm({ width: 5, hidden: [6, 4] }) as Model,
};
const trained = models
  .filter((factory) => factory().solve === undefined && factory.definition.task !== "none")
  .map((factory) => narrow[factory.definition.name] ?? factory());
const variants: readonly (readonly [string, Model])[] = [
  ...trained.map((model) => [model.definition.name, model] as const),
  [
    "ncf-regression, normalized",
    ncfRegression({ batchNormalization: true, hidden: [4, 3], activation: "gelu", factors: 3 }),
  ],
  ["weighted-hybrid, learned alpha", weightedHybrid({ learnAlpha: true, hidden: [4], activation: "selu", factors: 3 })],
  ["autorec, by users", autoRec({ by: "users", factors: 3 })],
  ["two-tower, by id too", twoTower({ dim: 3, hidden: [4], ids: true, shared: false, normalize: false })],
  ["lightgcn, softmax", lightGcn({ dim: 3, layers: 2, temperature: 0.5 })],
  ["sasrec, sampled softmax", sasRec({ width: 4, blocks: 1, length: 3, loss: "sampled-softmax", negatives: 9 })],
  ["sasrec, gbce", sasRec({ width: 4, blocks: 1, length: 3, loss: "gbce", negatives: 5 })],
  ["gmf, dropout and hidden layer", gmf({ dropout: 0.5, hidden: [4] })],
];

/** With features of both sides. */
const contentVariants: readonly (readonly [string, Model])[] = [
  ["ncf-features", ncfFeatures({ width: 3, hidden: [4], activation: "gelu" }) as Model],
  ["vbpr", vbpr({ factors: 3, visual: 2 }) as Model],
  ["content-attention", contentAttention({ width: 3, ids: 0.5 }) as Model],
  ["two-tower", twoTower({ dim: 3, hidden: [4], ids: true, shared: false }) as Model],
  ["two-tower without ids", twoTower({ dim: 3, itemIds: false, normalize: false }) as Model],
  ["two-tower, drawn items", twoTower({ dim: 3, hidden: [4], loss: "sampled-softmax", negatives: 5 }) as Model],
  ["softmax-dnn of events", softmaxDnn({ width: 3, hidden: [4], activation: "gelu", examples: "events" }) as Model],
  ["deepfm", deepFm({ width: 3, hidden: [4] }) as Model],
  ["wide-deep", wideDeep({ width: 3, hidden: [4], buckets: 20 }) as Model],
  ["softmax-dnn", softmaxDnn({ width: 3, hidden: [4], activation: "gelu" }) as Model],
  ["softmax-dnn, histories apart", softmaxDnn({ width: 3, hidden: [], shared: false, itemIds: false }) as Model],
  ["lightgcn", lightGcn({ dim: 3, layers: 2, temperature: 0 }) as Model],
  ["lightgcn, softmax", lightGcn({ dim: 3, layers: 2, temperature: 0.5, itemIds: false }) as Model],
];

describe.each([
  ...variants.map(([name, model]) => [name, model, catalog] as const),
  ...contentVariants.map(([name, model]) => [`${name} with features`, model, described] as const),
])("%s", (_, model, catalog) => {
  const plan = trainingPlan(model, catalog);

  test("symbolic gradients equal finite differences", () => {
    const parameters = parametersOf(model, catalog);
    const data = { history, rated, sequence, ...features, ...model.matrices?.(history) };
    const outputs = run(plan, batch, parameters, feeds, moment, data);
    const loss = () => densify(run(plan, batch, parameters, feeds, moment, data)["loss"] as Float64Array)[0] as number;
    for (const name of Object.keys(plan.outputs).filter((output) => output.startsWith("grad:"))) {
      const gradient = densify(outputs[name] as Float64Array);
      const values = parameters[name.slice(5)] as Float64Array;
      const every = Math.ceil(values.length / 40);
      for (const [i, slope, up] of finiteDifferences(values, loss, { step: 1e-5, every })) {
        const error = Math.abs(slope - (gradient[i] as number));
        // The loss of a whole history is larger than that of a pair, and so is its rounding.
        expect(error, `${name}[${i}]`).toBeLessThan(1e-7 * Math.max(1, up));
      }
    }
  }, 300_000); // thousands of evaluations by the slow definition, which on a busy machine take their time

  test("plans are well formed and do not depend on how often the model was built", () => {
    const history = historyPlans(model, catalog);
    const plans = [plan, scorePlan(model, catalog), answerPlans(model, catalog).score, itemVectorPlan(model, catalog)];
    const looksAtHistory = scorePlan(model, catalog).instructions.some(({ op }) => op === "data");
    const fitted = looksAtHistory ? [] : [influencePlan(model, catalog), foldInPlans(model, catalog)?.score];
    const ofNewcomers = history ? [history.score] : fitted;
    for (const built of [...plans, ...ofNewcomers]) {
      expect(built).toBeDefined();
      if (built) verify(built);
    }
    expect(format(trainingPlan(model, catalog))).toBe(format(plan));
  });
});

describe("modelNamed", () => {
  test("names the nearest model for a slip", () => {
    expect(() => modelNamed("neumff")).toThrowError(
      expect.objectContaining({ code: "CONFIG_UNKNOWN", fix: 'Did you mean "neumf"?' }),
    );
  });
});
