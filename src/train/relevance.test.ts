import { describe, expect, test } from "vitest";
import { club, dataOf, pointwiseModel, ratingModel } from "../../test/support/tiny-training.ts";
import { below, hash } from "../core/random.ts";
import { referenceEngine } from "../engine/reference/index.ts";
import { evaluateRanking } from "../evaluate/index.ts";
// Renamed because linters take a call of `fit` in a test for a focused test.
import { fit as fitModel } from "./fit.ts";
import type { TrainingData } from "./inputs/data.ts";
import type { FitOptions } from "./settings/options.ts";

/** 24 users rated ten of 40 items with 1 or 5; three of each user's ratings are held out. */
const [train, validation] = [(place: number) => place >= 3, (place: number) => place < 3].map((belongs) => {
  const rows = Array.from({ length: 24 }, (_, user) =>
    [...new Set(Array.from({ length: 12 }, (_, i) => below(hash(11, user, i), 40)))]
      .filter((_, place) => belongs(place))
      .sort((x, y) => x - y),
  );
  const values = rows.flatMap((row, user) => row.map((item) => ((item + user) % 2 === 0 ? 5 : 1)));
  return dataOf(rows, 40, values);
}) as [TrainingData, TrainingData];
const quick: Partial<FitOptions> = {
  epochs: 2,
  batchSize: 32,
  negatives: 1,
  engine: referenceEngine,
  progress: "none",
};
const validated = (options: Partial<FitOptions>, model = pointwiseModel()) =>
  fitModel(model, train, { ...quick, validation, ...options });

describe("validation by a rule of relevance", () => {
  test.each(["full", "sampled-5"])("measures what evaluation measures by the same rule (%s)", async (protocol) => {
    const run = await validated({ protocol, relevant: ">=4", metric: "hr@2", restoreBest: false });
    using scorer = run.scorer(1);
    const options = { train, test: validation, seed: 1, k: 2, protocol: protocol as "full" };
    const [rule, all] = [
      await evaluateRanking(scorer, { ...options, relevant: ">=4" }),
      await evaluateRanking(scorer, options),
    ];
    const last = run.epochs.at(-1)?.validation;
    expect(last).toMatchObject({ metric: "hr@2", protocol, relevant: ">=4" });
    expect(last?.value).toBeCloseTo(rule.metrics["hr@2"]?.value ?? Number.NaN, 12);
    expect(rule.metrics["hr@2"]?.value).not.toBe(all.metrics["hr@2"]?.value);
  });

  test.each(["ndcg-linear@5", "ndcg-exponential@5"])("%s may choose the epoch", async (metric) => {
    const run = await validated({ metric });
    const values = run.epochs.map(({ validation: measured }) => measured?.value ?? Number.NaN);
    for (const value of values) expect(value).toBeGreaterThan(0);
    expect(run.bestEpoch).toBe(values.indexOf(Math.max(...values)) + 1);
  });

  test.each([
    ["a rule that is none", { relevant: "4" }, "does not say which values"],
    ["a metric of ratings, which looks at every one", { relevant: ">=4", task: "rating" as const }, "no effect"],
    ["no validation part", { relevant: ">=4", validation: undefined }, "needs validation data"],
  ])("is refused for %s", async (_, options, message) => {
    const model = "task" in options ? ratingModel() : pointwiseModel();
    const refusal = { code: "CONFIG_VALUE", message: expect.stringContaining(message) };
    await expect(validated(options, model as ReturnType<typeof pointwiseModel>)).rejects.toMatchObject(refusal);
  });

  test("is refused, as graded metrics are, before any training where held-out items have no values", async () => {
    const plain = club();
    const asked = (options: Partial<FitOptions>) =>
      fitModel(pointwiseModel(), plain.train, { ...quick, validation: plain.validation, ...options });
    await expect(asked({ relevant: ">=4" })).rejects.toMatchObject({ code: "CONFIG_VALUE" });
    await expect(asked({ metric: "ndcg-linear@5" })).rejects.toMatchObject({
      code: "CONFIG_VALUE",
      fix: expect.stringContaining("ndcg@5"),
    });
  });
});
