import { describe, expect, test } from "vitest";
import { gmf } from "../models/index.ts";
import { scorePlan } from "../nn/plans.ts";
import { checkMemory } from "./fits.ts";

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
