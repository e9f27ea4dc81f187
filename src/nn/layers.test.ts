import { describe, expect, test } from "vitest";
import { dense as densify, run } from "../engine/reference/evaluate.ts";
import { input } from "../graph/ops.ts";
import { lower } from "../graph/plan.ts";
import type { Tensor } from "../graph/tensor.ts";
import { batchNormalization, dense, dropout, embedding, type Mode } from "./layers.ts";

const table = Float64Array.of(1, 2, 3, 6, -1, 10, 5, 0);
const ids = Int32Array.of(0, 1, 2, 3);

function rows(): Tensor {
  return embedding("t", 4, 2)(input("user", "i32"));
}
function training(assigned: Record<string, Tensor> = {}): Mode {
  return {
    training: true,
    assign: (statistic, next) => {
      assigned[(statistic.attrs as { name: string }).name] = next;
    },
  };
}
const still: Mode = { training: false, assign: () => {} };

describe("batchNormalization", () => {
  const weights = {
    t: table,
    "n/gamma": Float64Array.of(2, 1),
    "n/beta": Float64Array.of(0, 1),
    "n/mean": Float64Array.of(0, 0),
    "n/variance": Float64Array.of(1, 1),
  };

  test("normalizes by the statistics of the batch and moves the running ones a tenth of the way", () => {
    const assigned: Record<string, Tensor> = {};
    const y = batchNormalization("n", 2, training(assigned))(rows());
    const out = run(lower({ y, ...assigned }), 4, weights, { user: ids });
    // column 0: 1 3 -1 5, mean 2, variance 5; column 1: 2 6 10 0, mean 4.5, variance 14.75
    const expected = [1, 2, 3, 6, -1, 10, 5, 0].map((v, i) =>
      i % 2 === 0 ? (2 * (v - 2)) / Math.sqrt(5 + 1e-5) : (v - 4.5) / Math.sqrt(14.75 + 1e-5) + 1,
    );
    for (const [i, value] of densify(out["y"] as Float64Array).entries())
      expect(value).toBeCloseTo(expected[i] as number, 12);
    expect([...densify(out["n/mean"] as Float64Array)]).toEqual([0.2, 0.45].map((v) => expect.closeTo(v, 12)));
    expect([...densify(out["n/variance"] as Float64Array)]).toEqual([1.4, 2.375].map((v) => expect.closeTo(v, 12)));
  });

  test("called twice, the running statistics follow both calls, one after the other", () => {
    const assigned: Record<string, Tensor> = {};
    const layer = batchNormalization("n", 2, training(assigned));
    const other = embedding("u", 4, 2)(input("item", "i32"));
    const plan = lower({ first: layer(rows()), second: layer(other), ...assigned });
    const twice = { ...weights, u: table.map((v) => 10 * v + 1) };
    const out = run(plan, 4, twice, { user: ids, item: ids });
    // column 0: mean 2, variance 5, then mean 21, variance 500; column 1: 4.5 and 14.75, then 46 and 1475
    const followed = (start: number, first: number, second: number) => 0.9 * (0.9 * start + 0.1 * first) + 0.1 * second;
    expect([...densify(out["n/mean"] as Float64Array)]).toEqual([
      expect.closeTo(followed(0, 2, 21), 10),
      expect.closeTo(followed(0, 4.5, 46), 10),
    ]);
    expect([...densify(out["n/variance"] as Float64Array)]).toEqual([
      expect.closeTo(followed(1, 5, 500), 10),
      expect.closeTo(followed(1, 14.75, 1475), 10),
    ]);
  });

  test("scores by the running statistics", () => {
    const y = batchNormalization("n", 2, still)(rows());
    const out = densify(run(lower({ y }), 4, weights, { user: ids })["y"] as Float64Array);
    expect(out[1]).toBeCloseTo(2 / Math.sqrt(1 + 1e-5) + 1, 12);
  });
});

describe("dropout", () => {
  const width = 2000;
  const ones = { t: new Float64Array(width).fill(1) };
  const plan = (mode: Mode, rate: number) =>
    lower({ y: dropout("d", rate, mode)(embedding("t", 1, width)(input("user", "i32"))) });
  const sample = (step: number) =>
    densify(
      run(plan(training(), 0.3), 1, ones, { user: Int32Array.of(0) }, { seed: 1, epoch: 0, step })["y"] as Float64Array,
    );

  test("keeps the expectation and drops the stated share", () => {
    const values = sample(0);
    const kept = values.filter((v) => v > 0);
    expect(Math.abs(kept.length / width - 0.7)).toBeLessThan(5 * Math.sqrt(0.21 / width));
    expect(kept[0]).toBeCloseTo(1 / 0.7, 12);
  });

  test("draws a new mask at each step and the same one again", () => {
    expect(sample(1)).not.toEqual(sample(0));
    expect(sample(1)).toEqual(sample(1));
  });

  test("drops the same units in both calls of a step", () => {
    const layer = dropout("d", 0.3, training());
    const same = embedding("t", 1, width)(input("user", "i32"));
    const other = embedding("u", 1, width)(input("item", "i32"));
    const feeds = { user: Int32Array.of(0), item: Int32Array.of(0) };
    const weights = { ...ones, u: new Float64Array(width).fill(2) };
    const out = run(lower({ a: layer(same), b: layer(other) }), 1, weights, feeds, { seed: 1, epoch: 0, step: 0 });
    expect(densify(out["b"] as Float64Array)).toEqual(densify(out["a"] as Float64Array).map((v) => 2 * v));
  });

  test("is absent when scoring", () => {
    expect(plan(still, 0.3).instructions.some((x) => x.op === "dropout")).toBe(false);
  });
});

describe("dense", () => {
  test("shares its parameters between calls", () => {
    const layer = dense("d", 3, { activation: "relu" });
    const plan = lower({ first: layer(rows()), second: layer(embedding("u", 4, 2)(input("item", "i32"))) });
    expect(plan.instructions.filter((x) => x.op === "param").map((x) => (x.attrs as { name: string }).name)).toEqual([
      "t",
      "d/kernel",
      "d/bias",
      "u",
    ]);
  });

  test("says which widths do not fit when it is called with another", () => {
    const layer = dense("d", 3);
    layer(rows());
    expect(() => layer(embedding("u", 4, 5)(input("item", "i32")))).toThrowError(
      expect.objectContaining({ code: "GRAPH_SHAPE" }),
    );
  });
});
