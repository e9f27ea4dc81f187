import { describe, expect, test } from "vitest";
import { mlp, models, neuMf, weightedHybrid } from "../../src/models/index.ts";
import { activations } from "../../src/models/mlp.ts";
import type { Catalog, Model } from "../../src/nn/model.ts";
import type { OptionRule } from "../../src/nn/options.ts";
import { initialParameters, learnsByGradient, scorePlan, trainingPlan } from "../../src/nn/plans.ts";
import { resolveSettings, trainingRules } from "../../src/train/settings/rules.ts";
import { defaults, type TrainingSettings } from "../../src/train/settings/settings.ts";
import { casesOf } from "../support/option-cases.ts";

type Rules = Readonly<Record<string, OptionRule<unknown>>>;
const refused = expect.objectContaining({ code: "CONFIG_VALUE" });
const catalog: Catalog = {
  ...{ users: 5, items: 7, meanValue: 3.5, itemCounts: Float32Array.of(9, 7, 5, 4, 3, 2, 1) },
  features: { users: 3, items: 16, picture: { start: 4, side: 2, scale: 0.5 } },
  context: { columns: 3, events: 9 },
};
const whole = "an integer >= 1";
const list = "a list of integers >= 1";
const share = "a number in [0, 1)";
const activation = `one of ${activations.join(", ")}`;
const binary = "true or false";

/** What the options of each model take: a promise to whoever calls them, written down a second time. */
const promised: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  popularity: {},
  random: {},
  "item-knn": {
    ...{ neighbours: whole, similarity: "one of cosine, tf-idf, bm25", prediction: "one of sum, average" },
    ...{ shrinkage: "a number in [0, 1000000000]", k1: "a number in [0, 1000]", b: "a number in [0, 1]" },
  },
  "user-knn": {
    ...{ neighbours: whole, similarity: "one of cosine, tf-idf", shrinkage: "a number in [0, 1000000000]" },
  },
  "svd-plus-plus": { factors: whole },
  autorec: { factors: whole, by: "one of items, users", dropout: share },
  "cf-nade": {
    ...{ factors: whole, ordinal: "a number in [0, 1]", levels: "an integer from 2 to 100" },
    ...{ least: "a number in [-1000, 1000]", step: "a number in [0.001, 1000]" },
  },
  dbn: {
    ...{ factors: whole, hidden: "a list of integers >= 1", pretraining: whole, dropout: share },
    ...{ levels: "an integer from 2 to 100", least: "a number in [-1000, 1000]", step: "a number in [0.001, 1000]" },
  },
  rbm: {
    ...{ factors: whole, levels: "an integer from 2 to 100" },
    ...{ least: "a number in [-1000, 1000]", step: "a number in [0.001, 1000]" },
  },
  cdae: { factors: whole, dropout: share, activation: "one of sigmoid, tanh, relu, linear" },
  "pure-svd": { factors: whole, iterations: whole },
  "gf-cf": { factors: whole, alpha: "a number in [0, 1000000]", neighbours: whole, iterations: whole },
  rp3beta: { neighbours: whole, alpha: "a number in [0, 10]", beta: "a number in [0, 10]", normalize: binary },
  slim: {
    ...{ neighbours: whole, passes: whole },
    ...{ l1: "a number in [0, 1000000000]", l2: "a number in [0, 1000000000]" },
  },
  ease: { l2: "a number in [0.001, 1000000000]" },
  ials: {
    ...{ factors: whole, iterations: whole, unobserved: "a number in [0, 1000000]", steps: "an integer >= 0" },
    ...{ l2: "a number in [1e-9, 1000000000]", exponent: "a number in [0, 2]" },
  },
  "biased-mf": { factors: whole },
  "bpr-mf": { factors: whole },
  lightgcn: {
    ...{ dim: whole, layers: whole, decay: "a number in [0, 1]", temperature: "a number in [0, 1000]" },
    ...{ itemIds: binary, idDropout: share },
  },
  "ncf-features": {
    width: whole,
    hidden: list,
    activation,
    ids: "one of both, users, items, none",
    idDropout: share,
  },
  "wide-deep": {
    ...{ width: whole, hidden: list, dropout: share, crosses: "one of all, history, features, none" },
    ...{ buckets: "an integer from 1 to 16777216", ids: "one of both, users, items, none", idDropout: share },
    ...{ history: binary, contextDropout: share, l1: "a number in [0, 1000000]" },
  },
  deepfm: {
    ...{ width: whole, hidden: list, dropout: share, ids: "one of both, users, items, none", idDropout: share },
    ...{ history: binary, contextDropout: share, l1: "a number in [0, 1000000]" },
  },
  "content-attention": { width: whole, sharpness: "a number in [0, 1000]", ids: "a number in [0, 1]" },
  "softmax-dnn": {
    ...{ width: whole, hidden: list, activation, shared: binary, dropout: share },
    ...{ itemIds: binary, idDropout: share, examples: "one of users, events", contextDropout: share },
  },
  "mult-vae": { latent: whole, hidden: list, dropout: share, beta: "a number in [0, 1]" },
  sasrec: {
    ...{ width: whole, blocks: whole, heads: whole, length: whole, dropout: share },
    ...{ loss: "one of softmax, sampled-softmax, gbce", negatives: whole, calibration: "a number in [0, 1]" },
  },
  prod2vec: {
    ...{ width: whole, window: whole, length: whole, drawn: whole, negatives: "a number in [0, 1000]" },
    ...{ exponent: "a number in [-2, 2]", subsampling: "a number in [0, 1]", score: "one of likelihood, cosine" },
  },
  simplex: {
    ...{ dim: whole, drawn: whole, margin: "a number in [-1, 1]", share: "a number in [0, 1]" },
    weight: "a number in [0, 1000000]",
  },
  markov: { window: whole, smoothing: "a number in [0, 1000000000]" },
  ngcf: { dim: whole, layers: whole, dropout: share, decay: "a number in [0, 1]" },
  bspm: {
    ...{ factors: whole, beta: "a number in [0, 1000000]", time: "a number in [0, 100]", iterations: whole },
  },
  gru4rec: { width: whole, state: whole, layers: whole, length: whole, dropout: share },
  "conv-ncf": { width: "a power of two from 2 to 256", channels: whole, dropout: share },
  caser: { width: whole, window: whole, horizontal: whole, vertical: whole, length: whole, dropout: share },
  fism: { factors: whole, alpha: "a number in [0, 1]" },
  nais: { factors: whole, units: whole, smoothing: "a number in [0, 1]" },
  vbpr: {
    ...{ factors: whole, visual: whole, idDropout: share },
    ...{ projection: "one of learned, components", scale: "a number in [0.001, 1000]" },
  },
  "two-tower": {
    ...{ dim: whole, hidden: list, shared: binary, ids: binary, normalize: binary },
    ...{ itemIds: binary, idDropout: share, historyDropout: share, channels: "an integer from 1 to 256" },
    ...{ contextDropout: share, loss: "one of in-batch, sampled-softmax", negatives: "an integer from 1 to 1048576" },
    temperature: "a number in [0.001, 1000]",
  },
  gmf: { factors: whole, dropout: share, hidden: list },
  mlp: { factors: whole, embeddingWidth: whole, hidden: list, activation, dropout: share },
  neumf: {
    factors: whole,
    embeddingWidth: whole,
    hidden: list,
    gmfL2: "a number in [0, 1]",
    activation,
    dropout: share,
  },
  "ncf-regression": { factors: whole, hidden: list, activation, batchNormalization: binary, dropout: share },
  "residual-hybrid": { factors: whole, hidden: list, activation, batchNormalization: binary, dropout: share },
  "weighted-hybrid": {
    ...{ factors: whole, alpha: "a number in [0, 1]", learnAlpha: binary },
    ...{ hidden: list, activation, dropout: share },
  },
};

/** Options that matter beside a choice of another one. */
const besideOptions: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  lightgcn: { decay: { temperature: 0 } },
  dbn: { step: { least: 0 } }, // beside 1, the last digits of a step are lost
  sasrec: { negatives: { loss: "sampled-softmax" }, calibration: { loss: "gbce" } },
  "softmax-dnn": { contextDropout: { examples: "events" } },
  "two-tower": { negatives: { loss: "sampled-softmax" } },
  vbpr: { scale: { projection: "components" } },
};

/** A few interactions, for the data matrices that models make of them. */
const few = {
  offsets: Int32Array.of(0, 2, 2, 3, 4, 6),
  items: Int32Array.of(0, 3, 3, 3, 1, 6),
  columns: catalog.items,
};

const { picture: _, ...plain } = catalog.features ?? { users: 0, items: 0 };
/** Items that are drawn have no pictures. */
const catalogOf = ({ definition: { name }, config }: Model): Catalog =>
  name === "two-tower" && "loss" in config && config.loss !== "in-batch" ? { ...catalog, features: plain } : catalog;

/** All that an option can change: what is computed, from which first values, on which data. */
const planOf = (model: Model, catalog = catalogOf(model)): string =>
  JSON.stringify(
    learnsByGradient(model)
      ? [trainingPlan(model, catalog), scorePlan(model, catalog), model.matrices?.(few), model.stages]
      : [scorePlan(model, catalog), model.solve && model.config],
  );

describe.each(models.map((factory) => [factory.definition.name, factory] as const))(
  "options of %s",
  (name, factory) => {
    const { options, defaults: own, training } = factory.definition;
    const rules = options as Rules;
    const configured = (option: string, value: unknown) =>
      (factory({ [option]: value }).config as Record<string, unknown>)[option];
    const names = Object.keys(rules);

    test("are those promised, and take what is promised", () => {
      expect(Object.fromEntries(names.map((option) => [option, rules[option]?.expected]))).toEqual(promised[name]);
    });
    test.each(names)("%s: from the lowest to the highest value, and nothing just outside", (option) => {
      const { inside, outside } = casesOf(rules[option]?.expected ?? "");
      for (const value of inside) expect(configured(option, value), `${option} ${value}`).toEqual(value);
      for (const value of outside) expect(() => configured(option, value), `${option} ${value}`).toThrow(refused);
    });
    test("defaults may be given explicitly, and are what leaving out means", () => {
      for (const [option, value] of Object.entries(own)) {
        expect(factory({ [option]: value })).toMatchObject({ config: own });
        expect(planOf(factory({ [option]: value }))).toBe(planOf(factory()));
        expect(configured(option, undefined), option).toEqual(value);
      }
      expect(factory(own).config).toEqual(own);
    });
    test.each(names)("%s changes the model", (option) => {
      const { inside } = casesOf(rules[option]?.expected ?? "");
      const small = inside.filter((value) => typeof value !== "number" || value < 100);
      const beside = besideOptions[name]?.[option];
      const plans = new Set(small.map((value) => planOf(factory({ ...beside, [option]: value }))));
      expect(plans.size).toBe(small.length);
    });
    test("its recommendations for training are valid settings", () => {
      expect(() => resolveSettings(training, {})).not.toThrow();
      for (const [setting, value] of Object.entries(training)) {
        expect(trainingRules[setting as keyof TrainingSettings].accepts(value), setting).toBe(true);
      }
    });
  },
);

describe("defaults that depend on other options", () => {
  test.each([1, 8, 24])("the tower of %i factors is 4, 2, 1 times as wide, on embeddings of four times", (factors) => {
    const explicit = { factors, embeddingWidth: 4 * factors, hidden: [4 * factors, 2 * factors, factors] };
    for (const factory of [mlp, neuMf]) expect(planOf(factory({ factors }))).toBe(planOf(factory(explicit)));
  });
  test.each([
    [0, 1e-6],
    [0.25, 0.25],
    [0.5, 0.5],
    [1, 1 - 1e-6],
  ])("a learned alpha of %d starts at %d", (alpha, start) => {
    const plan = trainingPlan(weightedHybrid({ alpha, learnAlpha: true }), catalog);
    const [logit] = initialParameters(plan, catalog, 1)["alpha/logit"] ?? [];
    expect(1 / (1 + Math.exp(-(logit ?? Number.NaN)))).toBeCloseTo(start, 7);
  });
});

const settings = Object.keys(trainingRules) as (keyof TrainingSettings)[];
/** Options that go with a choice of another one. */
const beside: Readonly<Record<string, Partial<TrainingSettings>>> = {
  negativeExponent: { negativeSampling: "popularity" },
  momentum: { optimizer: "momentum" },
  nesterov: { optimizer: "momentum" },
  initialAccumulator: { optimizer: "adagrad" },
  beta: { optimizer: "ftrl" },
  l1: { optimizer: "ftrl" },
  finalRate: { schedule: "linear" },
  decayRate: { schedule: "step" },
  decayEpochs: { schedule: "step" },
};

describe("options of training", () => {
  test.each(settings)("%s: from the lowest to the highest value, and nothing just outside", (name) => {
    const set = (value: unknown) =>
      resolveSettings({}, { ...beside[name], [name]: value } as Partial<TrainingSettings>);
    const { inside, outside } = casesOf(trainingRules[name].expected);
    for (const value of inside) {
      // a choice of optimizer or schedule may take the effect from others, which are not given here
      expect(set(value)[name], `${name} ${value}`).toEqual(value);
    }
    for (const value of outside) expect(() => set(value), `${name} ${value}`).toThrow(refused);
  });

  test("take what is promised", () => {
    const words = Object.fromEntries(settings.map((name) => [name, trainingRules[name].expected]));
    expect(words).toMatchObject({
      ...{ epochs: whole, batchSize: "an integer from 1 to 16777216", learningRate: "a number > 0", negatives: whole },
      ...{ negativeExponent: "a number in [0, 4]", momentum: share, beta1: share, beta2: share },
      ...{
        epsilon: "a number > 0",
        initialAccumulator: "a number >= 0",
        ...{ beta: "a number > 0", l1: "a number >= 0" },
        l2: "a number >= 0",
        clipNorm: "a number >= 0",
      },
      ...{ weightDecay: "a number >= 0", warmupEpochs: "a number >= 0", finalRate: "a number in [0, 1]" },
      ...{
        decayRate: "a number in [0, 1]",
        decayEpochs: "a number > 0",
        validateEvery: whole,
        minDelta: "a number >= 0",
      },
      ...{ patience: "an integer >= 0", averageFrom: "an integer >= 0" },
      ...{ seed: "an integer from 0 to 4294967295", threads: "an integer from 0 to 1024" },
    });
  });

  test("defaults that papers and PyTorch have are theirs", () => {
    // Mikolov et al. 2013, section 2.2; Kingma and Ba 2015, algorithm 1; torch.optim.SGD's customary momentum
    expect(defaults).toMatchObject({ negativeExponent: 0.75, beta1: 0.9, beta2: 0.999, momentum: 0.9 });
  });
});
