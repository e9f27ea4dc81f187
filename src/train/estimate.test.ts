import { describe, expect, test } from "vitest";
import { club, pointwiseModel } from "../../test/support/tiny-training.ts";
import { trainingPlan } from "../nn/plans.ts";
import { type EstimateInput, estimate } from "./estimate.ts";
import { feedSpec } from "./feed.ts";
import { defaults } from "./settings.ts";

const { train } = club(24, 40, 8);
const input = (given: Partial<EstimateInput> = {}, settings: Partial<typeof defaults> = {}): EstimateInput => {
  const all = { ...defaults, ...settings };
  return {
    plan: trainingPlan(pointwiseModel(), train.catalog()),
    feed: feedSpec({ task: "pointwise", train, settings: all, resources: {} }),
    settings: all,
    engine: "native",
    threads: 1,
    parameterCopies: 0,
    ...given,
  };
};
const of = (given?: Partial<EstimateInput>, settings?: Partial<typeof defaults>) => estimate(input(given, settings));

describe("estimate", () => {
  test("counts parameters, rows and steps exactly", () => {
    expect(of()).toMatchObject({ parameters: 24 * 4 + 40 * 4 + 5, rowsPerEpoch: 24 * 7 * 5, stepsPerEpoch: 4 });
  });

  test("memory grows with what the rule remembers and with copies, by their size", () => {
    const [sgd, adam] = [of({}, { optimizer: "sgd" }), of()];
    expect(adam.memoryBytes - sgd.memoryBytes).toBe(2 * 4 * adam.parameters);
    expect(of({ parameterCopies: 3 }).memoryBytes - adam.memoryBytes).toBe(3 * 4 * adam.parameters);
  });

  test("time grows with epochs and negatives, shrinks with threads, and is longest without a native core", () => {
    const { seconds } = of();
    expect(of({}, { epochs: 40 }).seconds).toBeCloseTo(2 * seconds, 9);
    expect(of({}, { negatives: 9 }).seconds).toBeGreaterThan(1.8 * seconds);
    expect(of({ threads: 2 }).seconds).toBeCloseTo(seconds / 2, 9);
    expect(of({ engine: "reference", threads: 2 }).seconds).toBeGreaterThan(5 * seconds);
  });

  test("exact Adam costs the whole table at every step", () => {
    expect(of({}, { lazy: false }).seconds).toBeGreaterThan(of().seconds);
  });
});
