import { describe, expect, test } from "vitest";
import { param } from "../graph/ops.ts";
import { lower } from "../graph/plan.ts";
import type { Init } from "../graph/tensor.ts";
import { initialValues } from "./initializers.ts";

const draw = (init: Init, shape: readonly number[], seed = 1, name = "p") =>
  initialValues(lower({ p: param(name, shape, init) }), { counts: [4, 5] }, seed)[name] as Float32Array;

const moments = (values: Float32Array) => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, stddev: Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length) };
};

describe("initialValues", () => {
  test("draws N(0, stddev)", () => {
    const { mean, stddev } = moments(draw({ kind: "normal", stddev: 0.01 }, [400, 50]));
    expect(Math.abs(mean)).toBeLessThan((5 * 0.01) / Math.sqrt(20_000));
    expect(stddev).toBeCloseTo(0.01, 3);
  });

  test.each([
    ["glorotUniform", Math.sqrt(6 / (300 + 100))],
    ["lecunUniform", Math.sqrt(3 / 300)],
    ["heUniform", Math.sqrt(6 / 300)],
  ] as const)("%s fills its interval evenly", (kind, limit) => {
    const values = draw({ kind }, [300, 100]);
    expect(Math.max(...values)).toBeLessThanOrEqual(limit);
    expect(Math.max(...values)).toBeGreaterThan(0.99 * limit);
    expect(moments(values).stddev).toBeCloseTo(limit / Math.sqrt(3), 3);
  });

  test("takes data from the catalog and refuses a name it does not have", () => {
    expect([...draw({ kind: "data", name: "counts" }, [2, 1])]).toEqual([4, 5]);
    expect(() => draw({ kind: "data", name: "other" }, [2, 1])).toThrowError(
      expect.objectContaining({ code: "GRAPH_PLAN" }),
    );
  });

  test("depends on seed and name alone", () => {
    const init = { kind: "normal", stddev: 1 } as const;
    expect(draw(init, [4, 4])).toEqual(draw(init, [4, 4]));
    expect(draw(init, [4, 4], 2)).not.toEqual(draw(init, [4, 4]));
    expect(draw(init, [4, 4], 1, "q")).not.toEqual(draw(init, [4, 4]));
  });

  test("fills an odd number of values", () =>
    expect(draw({ kind: "normal", stddev: 1 }, [3, 1]).every((v) => v !== 0)).toBe(true));
});
