import { describe, expect, test } from "vitest";
import type { RunMetadata } from "../artifact/types.ts";
import { isPersonal, learningOf } from "./learning.ts";

const run = (task: string, training: RunMetadata["training"] = {}) =>
  ({ model: { task }, training }) as unknown as RunMetadata;

describe("how a run learned", () => {
  // The rows and losses that each task trains with by default: He et al. 2017, Rendle et al. 2009, squared error of ratings.
  test.each([
    ["pointwise", "pairs", "bce"],
    ["pairwise", "triples", "bpr"],
    ["rating", "ratings", "mse"],
  ])("%s, where nothing was said: %s, %s, 4 negatives drawn alike", (task, kind, loss) => {
    expect(learningOf(run(task))).toEqual({ kind, loss, negatives: 4, negativeExponent: undefined });
  });

  test.each(["none", "solve", "positives", "rows", "toString", ""])("%j: no row can be fitted", (task) =>
    expect(learningOf(run(task))).toBeUndefined(),
  );

  test("what was said counts", () => {
    for (const loss of ["bce", "mse", "bpr", "hinge"])
      expect(learningOf(run("pairwise", { loss }))).toMatchObject({ loss });
    expect(learningOf(run("pairwise", { loss: "else" }))).toMatchObject({ loss: "bpr" });
    expect(learningOf(run("pairwise", { negatives: 1 }))).toMatchObject({ negatives: 1 });
    expect(learningOf(run("pairwise", { negatives: 17 }))).toMatchObject({ negatives: 17 });
    for (const negatives of [0, "17"])
      expect(learningOf(run("pairwise", { negatives }))).toMatchObject({ negatives: 4 });
  });

  test("negatives by popularity: to the power that was said, else 0.75 (Mikolov et al. 2013)", () => {
    const exponent = (training: RunMetadata["training"]) => learningOf(run("pointwise", training))?.negativeExponent;
    expect(exponent({ negativeSampling: "popularity" })).toBe(0.75);
    expect(exponent({ negativeSampling: "popularity", negativeExponent: "1" })).toBe(0.75);
    expect(exponent({ negativeSampling: "popularity", negativeExponent: 0 })).toBe(0);
    expect(exponent({ negativeSampling: "popularity", negativeExponent: 1.5 })).toBe(1.5);
    expect(exponent({ negativeSampling: "uniform", negativeExponent: 1.5 })).toBeUndefined();
  });
});

test("only baselines answer everybody alike", () => {
  expect(["none", "solve", "pointwise", "pairwise", "rating", "rows"].map((task) => isPersonal(run(task)))).toEqual([
    false,
    ...[true, true, true, true, true],
  ]);
});
