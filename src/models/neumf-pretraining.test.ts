import { describe, expect, test } from "vitest";
import { dense, run } from "../engine/reference/evaluate.ts";
import type { Plan } from "../graph/plan.ts";
import { initialParameters, scorePlan } from "../nn/plans.ts";
import { gmf, mlp, neuMf, neuMfFrom } from "./index.ts";

const catalog = { users: 4, items: 6, meanValue: 1, itemCounts: new Float32Array(6) };

const score = (plan: Plan, parameters: Record<string, Float32Array>) =>
  dense(run(plan, 3, parameters, { user: [0, 3, 2], item: [5, 1, 0] })["score"] as Float64Array);

describe("neuMfFrom", () => {
  test("starts NeuMF at the weighted sum of both logits", () => {
    const [a, b, joint] = [gmf({ factors: 3 }), mlp({ factors: 3 }), neuMf({ factors: 3 })].map((model) =>
      scorePlan(model, catalog),
    );
    if (!a || !b || !joint) throw new Error("three plans");
    const [first, second] = [initialParameters(a, catalog, 1), initialParameters(b, catalog, 2)];
    const weights = neuMfFrom(first, second, 0.25);
    const [x, y, z] = [score(a, first), score(b, second), score(joint, weights)];
    for (const [i, value] of z.entries())
      expect(value).toBeCloseTo(0.25 * (x[i] as number) + 0.75 * (y[i] as number), 6);
  });

  test("refuses runs of other models and weights outside [0, 1]", () => {
    expect(() => neuMfFrom({}, {})).toThrowError(expect.objectContaining({ code: "CONFIG_VALUE" }));
    expect(() => neuMfFrom({}, {}, 2)).toThrowError(expect.objectContaining({ code: "CONFIG_VALUE" }));
  });
});
