import { describe, expect, test } from "vitest";
import { dataOf, pairwiseModel, pointwiseModel, ratingModel } from "../../../test/support/tiny-training.ts";
import { referenceEngine } from "../../engine/reference/index.ts";
import { fit as fitModel } from "../fit.ts";
import type { TrainEvent } from "../told/events.ts";
import { lines } from "../told/progress/lines.ts";
import { fewCandidates, ignoredValues } from "./warnings.ts";

const rows = [
  [0, 1],
  [2, 3],
];
const rated = dataOf(rows, 6, [1, 2.3, 5, 4]);
const quick = { epochs: 2, negatives: 1, engine: referenceEngine };

const plain = { weights: "none" } as const;

describe("values that the task ignores", () => {
  test.each([
    ["pointwise", pointwiseModel()],
    ["pairwise", pairwiseModel()],
  ] as const)("are warned of once, in the run and as an event (%s)", async (task, model) => {
    const events: TrainEvent[] = [];
    const told: string[] = [];
    const { warnings } = await fitModel(model, rated, {
      ...quick,
      progress: (event) => events.push(event),
      callbacks: { onWarning: ({ code }) => told.push(code) },
    });
    expect(warnings).toEqual([{ code: "values-ignored", message: expect.stringContaining(`the ${task} task`) }]);
    expect(warnings[0]?.message).toContain("(1 to 5)");
    expect(events.filter(({ type }) => type === "warning")).toEqual([{ type: "warning", ...warnings[0] }]);
    expect(events.map(({ type }) => type).slice(0, 2)).toEqual(["start", "warning"]);
    expect(told).toEqual(["values-ignored"]);
  });

  test("are not, where they weigh", async () => {
    const weights = "values";
    expect(ignoredValues("pointwise", rated, { weights }, () => true)).toEqual([]);
    const of = async (data: typeof rated, more: object) =>
      (await fitModel(pairwiseModel(), data, { ...quick, progress: "none", ...more })).parameters;
    const counted = await of(rated, { weights });
    expect(counted).not.toEqual(await of(rated, {}));
    // All weights 1: the same numbers as without.
    expect(await of(dataOf(rows, 6, [1, 1, 1, 1]), { weights })).toEqual(await of(dataOf(rows, 6), {}));
  });

  test.each([
    ["a value of 0", dataOf(rows, 6, [1, 2, 0, 3]), pairwiseModel(), "TRAIN_DATA"],
    ["an unknown value", dataOf(rows, 6, [1, 2, Number.NaN, 3]), pairwiseModel(), "TRAIN_DATA"],
    ["no values", dataOf(rows, 6), pairwiseModel(), "TRAIN_DATA"],
    ["a model of ratings", rated, ratingModel(), "CONFIG_VALUE"],
  ] as const)("cannot weigh: %s", async (_, data, model, code) => {
    const options = { ...quick, progress: "none", weights: "values" } as const;
    await expect(fitModel(model, data, options)).rejects.toMatchObject({ code });
  });

  test("are told by the known ones where some are unknown", () => {
    const warnings = ignoredValues("pairwise", dataOf(rows, 6, [Number.NaN, 2, 4, Number.NaN]), plain, () => true);
    expect(warnings[0]?.message).toContain("(2 to 4)");
    expect(ignoredValues("pairwise", dataOf(rows, 6, [Number.NaN, 2, 2, 2]), plain, () => true)).toEqual([]);
  });

  test("that are unknown are refused by the rating task as what they are", async () => {
    const data = dataOf(rows, 6, [1, Number.NaN, 5, 4]);
    const refusal = { code: "TRAIN_DATA", message: expect.stringContaining("1 of 4") };
    await expect(fitModel(ratingModel(), data, { ...quick, progress: "none" })).rejects.toMatchObject(refusal);
  });

  test("really are ignored: training on other values gives the same bytes", async () => {
    const run = (data: typeof rated) => fitModel(pointwiseModel(), data, { ...quick, progress: "none" });
    expect((await run(rated)).parameters).toEqual((await run(dataOf(rows, 6, [9, 9, 1, 1]))).parameters);
    expect((await run(rated)).parameters).toEqual((await run(dataOf(rows, 6))).parameters);
  });

  test("no values, equal ones and the rating task leave nothing to warn of", async () => {
    expect(ignoredValues("pointwise", dataOf(rows, 6), plain, () => true)).toEqual([]);
    expect(ignoredValues("pointwise", dataOf(rows, 6, [3, 3, 3, 3]), plain, () => true)).toEqual([]);
    expect((await fitModel(ratingModel(), rated, { ...quick, progress: "none" })).warnings).toEqual([]);
  });

  test("people read a line of its own", () => {
    let text = "";
    lines((more) => {
      text += more;
    })({ type: "warning", code: "values-ignored", message: "Values are ignored." });
    expect(text).toBe("! Values are ignored.\n");
  });
});

describe("validation against fewer sampled items than its name says", () => {
  const heldOut = dataOf([[2], []], 6);

  test("is warned of once, in the run", async () => {
    const options = { ...quick, validation: heldOut, protocol: "sampled-99", progress: "none" } as const;
    const run = await fitModel(pointwiseModel(), dataOf(rows, 6), options);
    expect(run.warnings.map(({ code }) => code)).toEqual(["few-negatives"]);
    expect(run.warnings[0]?.message).toBe(
      "validation, sampled-99: 1 of 1 users have fewer than 99 unknown items; they were ranked against all of those (3 per user).",
    );
  });

  test("leaves nothing to warn of where there are enough, with the full protocol, and with ratings", async () => {
    const train = dataOf(rows, 6);
    expect(fewCandidates("sampled-3", train, heldOut)).toEqual([]);
    expect(fewCandidates("sampled-4", train, heldOut)).toHaveLength(1);
    expect(fewCandidates("full", train, heldOut)).toEqual([]);
    const settings = { ...quick, validation: dataOf([[2], []], 6, [3]), progress: "none" } as const;
    expect((await fitModel(ratingModel(), rated, settings)).warnings).toEqual([]);
  });
});
