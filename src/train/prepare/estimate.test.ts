import { describe, expect, test } from "vitest";
import { club, pointwiseModel } from "../../../test/support/tiny-training.ts";
import { gmf, lightGcn } from "../../models/index.ts";
import { scorePlan, trainingPlan } from "../../nn/plans.ts";
import { feedSpec } from "../inputs/feed.ts";
import { defaults } from "../settings/settings.ts";
import { checkMemory, type EstimateInput, estimate } from "./estimate.ts";

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

  test("memory grows with the rows of a batch, by at least every vector that is held for one", () => {
    const rows = (batchSize: number) => of({}, { batchSize }).memoryBytes;
    const perRow = (rows(200) - rows(100)) / 100;
    // two vectors of four, their product and the score, forward and backward, in float32
    expect(perRow).toBeGreaterThanOrEqual(4 * (4 + 4 + 4 + 1));
    expect(rows(300) - rows(200)).toBeCloseTo(100 * perRow, 6);
    expect(rows(2 ** 24)).toBe(rows(24 * 7 * 5));
  });

  test("time grows with epochs and negatives, shrinks with threads, and is longest without a native core", () => {
    const { seconds } = of();
    expect(of({}, { epochs: 200 }).seconds).toBeCloseTo(2 * seconds, 9);
    expect(of({}, { negatives: 9 }).seconds).toBeGreaterThan(1.8 * seconds);
    expect(of({ threads: 2 }).seconds).toBeCloseTo(seconds / 2, 9);
    expect(of({ engine: "reference", threads: 2 }).seconds).toBeGreaterThan(5 * seconds);
  });

  test("propagation costs every interaction in every layer, at every step, and memory for the layers", () => {
    const [catalog, byUser] = [train.catalog(), { ...train.byUser, columns: 40 }];
    const of = (layers: number) => {
      const model = lightGcn({ layers });
      return estimate(input({ plan: trainingPlan(model, catalog), data: model.matrices?.(byUser) }));
    };
    const [one, two, three] = [of(1), of(2), of(3)];
    expect(three.seconds - two.seconds).toBeCloseTo(two.seconds - one.seconds, 9);
    expect(two.seconds).toBeGreaterThan(one.seconds);
    // forth and back, of users and of items
    expect(two.memoryBytes - one.memoryBytes).toBe(2 * 4 * 64 * (24 + 40));
  });

  test("exact Adam costs the whole table at every step", () => {
    expect(of({}, { lazy: false }).seconds).toBeGreaterThan(of().seconds);
  });
});

describe("checkMemory", () => {
  const catalog = { users: 6, items: 4, meanValue: 0, itemCounts: new Float32Array(4) };
  const plan = (factors: number) => scorePlan(gmf({ factors }), catalog);

  test("ENGINE_MEMORY where weights and slots do not fit, exactly", () => {
    const parameters = 10 * 5 + 5 + 1;
    const check = (available: number) => () => checkMemory(plan(5), { optimizer: "adam" }, available);
    expect(check(4 * 4 * parameters)).not.toThrow();
    expect(check(4 * 4 * parameters - 1)).toThrow(expect.objectContaining({ code: "ENGINE_MEMORY" }));
  });

  test("a model beyond any machine is refused before a number of it is drawn", () => {
    expect(() => checkMemory(plan(2 ** 50), { optimizer: "sgd" })).toThrow(
      expect.objectContaining({ code: "ENGINE_MEMORY", fix: expect.stringContaining("factors") }),
    );
  });
});
