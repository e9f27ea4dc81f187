import { describe, expect, test } from "vitest";
import { partOf } from "../../test/support/dense-source.ts";
import { normal } from "../core/random.ts";
import { meanIntervals, type UserMetrics } from "./measure.ts";
import { evaluateRating } from "./rating.ts";
import { ratingErrors } from "./rating-errors.ts";
import { averageUsers, meanRmse } from "./seeds.ts";

const column = (values: readonly number[]): UserMetrics => ({
  users: Int32Array.from(values.keys()),
  labels: ["hr@10"],
  cells: Float64Array.from(values),
  width: 1,
});

describe("averageUsers", () => {
  const [a, b] = [column([1, 0, 0, 1]), column([1, 1, 0, 0])];
  test("is each user's mean over the seeds", () => {
    expect([...averageUsers(a, b).cells]).toEqual([1, 0.5, 0, 0.5]);
    expect(averageUsers(a)).toEqual(a);
  });
  test("the interval lies around the mean of the seeds, where that of one seed need not", () => {
    const [low, high] = [column(new Array(50).fill(0.2)), column(new Array(50).fill(0.6))];
    const { value, ...bounds } = meanIntervals(averageUsers(low, high), { seed: 1 })["hr@10"] ?? { value: 0 };
    expect(value).toBeCloseTo(0.4, 12);
    for (const bound of Object.values(bounds)) expect(bound).toBeCloseTo(0.4, 12);
  });
  test("throws EVAL_UNPAIRED where the seeds were measured on other users", () => {
    expect(() => averageUsers(a, column([1, 0]))).toThrow(expect.objectContaining({ code: "EVAL_UNPAIRED" }));
  });
});

describe("meanRmse", () => {
  const errors = (seed: number, scale: number) =>
    Float64Array.from({ length: 2000 }, (_, i) => scale * normal(seed, i));
  const rmse = (of: Float64Array) => Math.sqrt(of.reduce((sum, e) => sum + e * e, 0) / of.length);
  const [a, b] = [errors(1, 0.9), errors(2, 1.1)];
  test("is the mean of each seed's RMSE, inside its interval", () => {
    const { value, low, high } = meanRmse([a, b], { seed: 1 });
    expect(value).toBeCloseTo((rmse(a) + rmse(b)) / 2, 12);
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
  });
  test("the width is that of the normal approximation where ratings are many", () => {
    const { value, low, high } = meanRmse([a], { seed: 3 });
    const squares = a.map((e) => e * e);
    const deviation = Math.sqrt(squares.reduce((sum, x) => sum + (x - value ** 2) ** 2, 0) / squares.length);
    // Delta method: the standard error of sqrt(x) is that of x over 2 sqrt(x).
    expect((high - low) / (3.92 * (deviation / Math.sqrt(2000) / (2 * value)))).toBeCloseTo(1, 1);
  });
  test("seeds that err alike leave the width, seeds that err apart narrow it", () => {
    const width = ({ low, high }: { readonly low: number; readonly high: number }) => high - low;
    expect(width(meanRmse([a, a], { seed: 1 }))).toBeCloseTo(width(meanRmse([a], { seed: 1 })), 12);
    expect(width(meanRmse([a, errors(2, 0.9)], { seed: 1 }))).toBeLessThan(width(meanRmse([a], { seed: 1 })));
  });
});

test("ratingErrors are prediction minus rating in the order of the test, and make the RMSE of evaluateRating", async () => {
  const held = partOf([[1, 2], [], [0, 3]], 4, [[4, 1], [], [5, 2]]);
  const source = { score: async (_: Int32Array, items: Int32Array) => Float32Array.from(items, (item) => item + 1) };
  const errors = await ratingErrors(source, { test: held });
  expect([...errors]).toEqual([-2, 2, -4, 2]);
  const { metrics } = await evaluateRating(source, { test: held, seed: 1 });
  expect(meanRmse([errors], { seed: 1 }).value).toBeCloseTo(metrics["rmse"]?.value ?? 0, 12);
});
