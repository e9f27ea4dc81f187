import { describe, expect, test } from "vitest";
import { club, pairwiseModel, pointwiseModel } from "../../test/support/tiny-training.ts";
import { referenceEngine } from "../engine/reference/index.ts";
import { rankUsers } from "../evaluate/ranking.ts";
import { measureRun } from "../tune/measure.ts";
// Renamed because linters take a call of `fit` in a test for a focused test.
import { fit as fitModel } from "./fit.ts";
import { scoresLogits } from "./run.ts";
import type { FitOptions } from "./settings/options.ts";

const { train, validation } = club();
const options: Partial<FitOptions> = {
  ...{ epochs: 12, batchSize: 32, learningRate: 0.3, negatives: 2, patience: 0 },
  ...{ engine: referenceEngine, progress: "none", validation, metric: "logloss", protocol: "sampled-4" },
};

describe("metric=logloss", () => {
  test("keeps the epoch with the least, which the kept parameters repeat", async () => {
    const run = await fitModel(pointwiseModel(), train, options);
    const values = run.epochs.map((record) => record.validation?.value ?? Number.NaN);
    expect(run.bestEpoch).toBe(values.indexOf(Math.min(...values)) + 1);
    expect(Math.max(...values)).toBeGreaterThan(Math.min(...values)); // the direction matters
    const ranked = await rankUsers(run.scorer(1), {
      ...{ train, test: validation, protocol: "sampled-4", logits: true, seed: run.settings.seed },
    });
    const mean = ranked.logLosses?.reduce((sum, loss) => sum + loss, 0) ?? Number.NaN;
    expect(mean / ranked.users.length).toBeCloseTo(Math.min(...values), 6);
  });
  test("is measured beside any other metric", async () => {
    const run = await fitModel(pointwiseModel(), train, { ...options, epochs: 1, metric: "auc" });
    expect(run.epochs[0]?.validation?.metrics["logloss"]).toBeGreaterThan(0);
  });
  test.each([
    ["a model of pairs", pairwiseModel(), {}],
    ["labels learned by squared errors", pointwiseModel(), { loss: "mse" }],
    ["full ranking, which lists nothing", pointwiseModel(), { protocol: "full" }],
  ] as const)("of %s is CONFIG_VALUE", async (_, model, other) => {
    await expect(fitModel(model, train, { ...options, ...other })).rejects.toMatchObject({ code: "CONFIG_VALUE" });
  });
  test("tells which scores are logits", async () => {
    const quick = { ...options, epochs: 1, metric: "auc" } as const;
    expect(scoresLogits(await fitModel(pointwiseModel(), train, quick))).toBe(true);
    expect(scoresLogits(await fitModel(pointwiseModel(), train, { ...quick, loss: "mse" }))).toBe(false);
    expect(scoresLogits(await fitModel(pairwiseModel(), train, quick))).toBe(false);
  });
  test("tuning by it is refused, too, where scores are none", async () => {
    const run = await fitModel(pairwiseModel(), train, { ...options, epochs: 1, metric: "auc" });
    const question = { train, validation, metric: "logloss", protocol: "sampled-4", seed: 1, threads: 1 } as const;
    await expect(measureRun(run, question)).rejects.toMatchObject({ code: "CONFIG_VALUE" });
    const logits = await fitModel(pointwiseModel(), train, { ...options, epochs: 1 });
    const { value, low, high } = await measureRun(logits, question);
    expect(low).toBeLessThan(value);
    expect(value).toBeLessThan(high);
  });
});
