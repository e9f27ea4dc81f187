import { describe, expect, test } from "vitest";
import { optionsWithoutEffect, resolveSettings, trainingRules } from "./rules.ts";
import { defaults, type TrainingSettings } from "./settings.ts";

const code = (name: string) => expect.objectContaining({ code: name });
const refused = (given: object, expected = code("CONFIG_VALUE")) =>
  expect(() => resolveSettings({}, given as Partial<TrainingSettings>)).toThrow(expected);

describe("resolveSettings", () => {
  test("the caller's word stands above the model's, and that above the defaults", () => {
    const settings = resolveSettings({ negatives: 7, batchSize: 512 }, { batchSize: 64 });
    expect(settings).toEqual({ ...defaults, negatives: 7, batchSize: 64 });
  });

  test("a decay is recommended with its optimizer, not with another one", () => {
    const recommended = { optimizer: "adamw", weightDecay: 0.3, learningRate: 0.01 } as const;
    expect(resolveSettings(recommended, {})).toMatchObject(recommended);
    expect(resolveSettings(recommended, { optimizer: "adamw" }).weightDecay).toBe(0.3);
    const other = resolveSettings(recommended, { optimizer: "sgd" });
    expect(other).toMatchObject({ optimizer: "sgd", learningRate: 0.01 });
    expect(other.weightDecay).toBeUndefined();
    expect(resolveSettings(recommended, { optimizer: "sgd", weightDecay: 0.2 }).weightDecay).toBe(0.2);
  });

  test("undefined means not given", () => {
    expect(resolveSettings({ epochs: 3 }, { epochs: undefined } as never).epochs).toBe(3);
  });

  test("every default is a valid value", () => {
    for (const [name, value] of Object.entries(defaults)) {
      expect(trainingRules[name as keyof TrainingSettings].accepts(value), name).toBe(true);
    }
  });

  test("every setting has a rule and a description", () => {
    for (const name of Object.keys(defaults)) expect(Object.keys(trainingRules)).toContain(name);
    for (const rule of Object.values(trainingRules)) expect(rule.description).toMatch(/^[^A-Z].*[^.]$|^L2/);
  });

  test.each([
    { batchSize: 0 },
    { batchSize: 2.5 },
    { epochs: 0 },
    { learningRate: Number.NaN },
    { learningRate: 0 },
    { learningRate: -1 },
    { learningRate: Number.POSITIVE_INFINITY },
    { learningRate: "0.1" },
    { negatives: 0 },
    { momentum: 1, optimizer: "momentum" },
    { clipNorm: -1 },
    { optimizer: "lion" },
    { optimizer: "ftrl", beta: 0 },
    { optimizer: "ftrl", weightDecay: 0.1 },
    { l1: 0.1 },
    { seed: -1 },
    { seed: 2 ** 32 },
    { threads: 1.5 },
    { protocol: "sampled-0" },
    { patience: -1 },
    { shuffle: 1 },
    { metric: "" },
  ])("%j is refused", (given) => refused(given));

  test.each([
    [{ learningRate: Number.NaN }, "received NaN"],
    [{ learningRate: Number.POSITIVE_INFINITY }, "received Infinity"],
    [{ learningRate: "fast" }, 'received "fast"'],
    [{ batchSize: 1e12 }, "from 1 to 16777216; received 1000000000000"],
  ])("%j is refused as what it is", (given, text) => {
    refused(given, expect.objectContaining({ code: "CONFIG_VALUE", message: expect.stringContaining(text) }));
  });

  test("an unknown option is refused with the nearest one and all valid ones", () => {
    refused({ learningRates: 1 }, code("CONFIG_UNKNOWN"));
    refused({ learningRates: 1 }, expect.objectContaining({ fix: 'Did you mean "learningRate"?' }));
    refused({ learningRates: 1 }, expect.objectContaining({ message: expect.stringContaining("negativeSampling") }));
  });

  test("an unknown metric is refused with the nearest one", () => {
    refused({ metric: "ndgc@10" }, expect.objectContaining({ code: "CONFIG_UNKNOWN", fix: 'Did you mean "ndcg@10"?' }));
    refused({ metric: "hr" }, code("CONFIG_UNKNOWN"));
    refused({ metric: "auc@10" }, code("CONFIG_UNKNOWN"));
  });

  test("an option without effect is refused with what it belongs to", () => {
    refused({ nesterov: true });
    refused(
      { beta1: 0.8, optimizer: "sgd" },
      expect.objectContaining({ fix: expect.stringContaining("adam or adamw") }),
    );
    refused({ finalRate: 0.1 });
    refused({ decayRate: 0.1, schedule: "cosine" });
    refused({ negativeExponent: 0.5 });
    expect(resolveSettings({}, { beta1: 0.8, optimizer: "adamw" }).beta1).toBe(0.8);
  });
});

describe("optionsWithoutEffect", () => {
  test("where nothing is trained, everything but seed and threads", () => {
    const given = { epochs: 4, seed: 2, threads: 1, task: "rating" } as const;
    expect(optionsWithoutEffect("none", given)).toEqual(["epochs", "task"]);
  });

  test("where ratings are learned, what is said of negatives", () => {
    expect(optionsWithoutEffect("rating", { negatives: 4, epochs: 2 })).toEqual(["negatives"]);
    expect(optionsWithoutEffect("pointwise", { negatives: 4 })).toEqual([]);
    expect(optionsWithoutEffect("pointwise", { negatives: 4, task: "rating" })).toEqual(["negatives"]);
    expect(optionsWithoutEffect("rating", { negatives: 4, task: "pointwise" })).toEqual([]);
  });
});
