import { describe, expect, test } from "vitest";
import { normal } from "../core/random.ts";
import { compareRatings, compareUsers } from "./compare.ts";
import { judge, parseGate } from "./gate.ts";
import type { UserMetrics } from "./measure.ts";
import { summarizeRating } from "./rating.ts";

const table = (cells: readonly number[], labels: readonly string[]): UserMetrics => ({
  users: Int32Array.from({ length: cells.length / labels.length }, (_, i) => i),
  labels,
  cells: Float64Array.from(cells),
  width: labels.length,
});

describe("compareUsers", () => {
  test("tells a small difference of many users from noise", () => {
    const hard = Array.from({ length: 400 }, (_, i) => normal(1, i));
    const a = table(
      hard.map((x, i) => x + 0.05 + 0.1 * normal(2, i)),
      ["ndcg@10"],
    );
    const b = table(hard, ["ndcg@10"]);
    const { "ndcg@10": found } = compareUsers(a, b, { seed: 1 });
    expect(found).toMatchObject({ users: 400, pairs: 400 });
    expect(found?.low).toBeGreaterThan(0.03);
    expect(found?.p).toBeLessThan(1e-6);
    const noise = table(
      hard.map((x, i) => x + 0.1 * normal(3, i)),
      ["ndcg@10"],
    );
    const { "ndcg@10": none } = compareUsers(noise, b, { seed: 1 });
    expect(none?.p).toBeGreaterThan(0.05);
  });
});

describe("compareRatings", () => {
  // squared errors, absolute errors, ratings of three users
  const labels = ["squared errors", "absolute errors", "ratings"];
  const a = table([4, 4, 4, 9, 3, 1, 2, 2, 2], labels);
  const b = table([1, 2, 4, 4, 2, 1, 8, 4, 2], labels);
  test("is the difference of the two errors over all ratings, not of means over users", () => {
    const { rmse, mae } = compareRatings(a, b, { seed: 1 });
    const [first, second] = [summarizeRating(a, { seed: 1 }), summarizeRating(b, { seed: 1 })];
    for (const [label, found] of [
      ["rmse", rmse],
      ["mae", mae],
    ] as const) {
      const expected = (first.metrics[label]?.value ?? 0) - (second.metrics[label]?.value ?? 0);
      expect(found.value).toBeCloseTo(expected, 12);
      expect(found.low).toBeLessThanOrEqual(found.value);
      expect(found.high).toBeGreaterThanOrEqual(found.value);
    }
    expect(rmse.value).toBeCloseTo(Math.sqrt(15 / 7) - Math.sqrt(13 / 7), 12);
  });
  test("of a run and itself is 0, and no evidence", () => {
    expect(compareRatings(a, a, { seed: 1 }).rmse).toEqual({ value: 0, low: 0, high: 0, users: 3, pairs: 0, p: 1 });
  });
});

describe("gates", () => {
  const difference = { value: -0.002, low: -0.006, high: 0.002 };
  test("a percentage is a share of the first run's value", () => {
    expect(judge(parseGate("ndcg@10 full >= -0.5%"), 0.5, difference)).toMatchObject({ passed: true, bound: -0.0025 });
    expect(judge(parseGate("ndcg@10 full >= -0.5%"), 0.3, difference)).toMatchObject({ passed: false, bound: -0.0015 });
  });
  test("an end of the interval may be asked for, and a bound in the metric's units", () => {
    expect(judge(parseGate("ndcg@10 full low >= -0.005"), 0.5, difference)).toMatchObject({
      passed: false,
      difference: -0.006,
      reason: expect.stringContaining("low end") as string,
    });
    expect(judge(parseGate("rmse rating high <= 0.002"), 0.9, difference).passed).toBe(true);
    expect(judge(parseGate("rmse rating<=+1%"), 0.9, difference).passed).toBe(true);
  });
  test.each(["ndcg@10 >= -0.5%", "ndcg@10 full > 1", "ndcg@10 full >= x", ""])("%j is refused", (text) => {
    expect(() => parseGate(text)).toThrow(expect.objectContaining({ code: "CONFIG_VALUE" }));
  });
});
