import { describe, expect, test } from "vitest";
import { ease, gmf, itemKnn, popularity } from "../models/index.ts";
import type { ModelFactory } from "../nn/model.ts";
import { isBehind } from "./halving.ts";
import { type Dimension, drawTrial, searchSpace, valueAt } from "./space.ts";
import { bestTrial, type Trial } from "./tune.ts";

const size = { users: 100, items: 50, interactions: 2000 };
const space = (model: unknown, fixed: readonly string[] = []) =>
  searchSpace(model as ModelFactory, size, new Set(fixed));
const names = (dimensions: readonly Dimension[]) => dimensions.map(({ name }) => name);

describe("searchSpace", () => {
  test("is what options declare, the model's before those of training", () => {
    expect(names(space(gmf))).toEqual(["factors", "dropout", "learningRate", "negatives", "l2"]);
  });
  test("of a model that is solved for has no options of training; of one without options it is empty", () => {
    expect(names(space(itemKnn))).toEqual(["neighbours", "similarity", "shrinkage", "prediction"]);
    expect(space(popularity)).toEqual([]);
  });
  test("leaves out what was set by hand", () => {
    expect(names(space(gmf, ["l2", "factors"]))).toEqual(["dropout", "learningRate", "negatives"]);
  });
});

describe("drawTrial", () => {
  test("begins with what is usual, then draws what the rules accept, the same for the same seed", () => {
    const dimensions = space(gmf);
    expect(drawTrial(dimensions, 1, 0)).toEqual({});
    for (let trial = 1; trial < 50; trial++) {
      const values = drawTrial(dimensions, 1, trial);
      for (const { name, rule } of dimensions) expect(rule.accepts(values[name]), `${name}=${values[name]}`).toBe(true);
      expect(drawTrial(dimensions, 1, trial)).toEqual(values);
    }
    expect(drawTrial(dimensions, 1, 3)).not.toEqual(drawTrial(dimensions, 2, 3));
  });
  test("a range above 0 is searched evenly in its logarithm", () => {
    const [l2] = space(ease) as [Dimension];
    expect(valueAt(l2, 0)).toBe(10);
    expect(valueAt(l2, 0.5)).toBe(220); // sqrt(10 x 5000), two digits
  });
  test("a range that starts at 0 is searched evenly; a choice gives each its share", () => {
    const [, similarity, shrinkage] = space(itemKnn) as [Dimension, Dimension, Dimension];
    expect(valueAt(shrinkage, 0.5)).toBe(50);
    expect([0, 0.34, 0.99].map((share) => valueAt(similarity, share))).toEqual(["cosine", "tf-idf", "bm25"]);
  });
  test("around what is recommended; `least` stands for a recommended 0", () => {
    const l2 = space(gmf).find(({ name }) => name === "l2") as Dimension;
    const ends = (usual: number) => [0, 1].map((share) => valueAt({ ...l2, usual }, share));
    expect(ends(1e-4)).toEqual([3.3e-6, 0.003]);
    expect(ends(0)).toEqual([3.3e-8, 3e-5]);
  });
});

describe("isBehind", () => {
  const others = [
    [0.1, 0.2, 0.25, 0.26, 0.27, 0.28],
    [0.1, 0.3, 0.31, 0.32, 0.33, 0.34],
    [0.1, 0.15],
  ];
  test("decides after 2, 6, 18 … epochs alone", () => {
    expect(isBehind([0.01], others)).toBe(false);
    expect(isBehind([0.01, 0.02, 0.03], others)).toBe(false);
    expect(isBehind([0.01, 0.02], others)).toBe(true);
  });
  test("the best third of those that came so far goes on", () => {
    expect(isBehind([0.1, 0.31], others)).toBe(false);
    expect(isBehind([0.1, 0.29], others)).toBe(true);
  });
  test("nobody is stopped before there are three; epochs without validation count for nothing", () => {
    expect(isBehind([0.1, 0.2], [[0.3, 0.4]])).toBe(false);
    expect(isBehind([0.5, Number.NaN], others)).toBe(false);
  });
});

test("bestTrial is the best that was measured, of equal ones the earliest; lower is better for errors", () => {
  const trial = (number: number, value?: number): Trial => ({
    ...{ number, values: {}, curve: [], bestEpoch: 0, seconds: 1, ended: value === undefined ? "behind" : "finished" },
    ...(value !== undefined && { measured: { value, low: value, high: value } }),
  });
  const trials = [trial(0, 0.2), trial(1, 0.4), trial(2), trial(3, 0.4)];
  expect(bestTrial(trials, "ndcg@10")?.number).toBe(1);
  expect(bestTrial(trials, "rmse")?.number).toBe(0);
  expect(bestTrial([trial(0)], "rmse")).toBeUndefined();
});
