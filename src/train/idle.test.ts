import { describe, expect, test } from "vitest";
import { optionsWithoutEffect } from "./idle.ts";

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
