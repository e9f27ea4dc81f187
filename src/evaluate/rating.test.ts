import { describe, expect, test } from "vitest";
import { denseSource, partOf } from "../../test/support/dense-source.ts";
import { mae, rmse } from "./metrics/index.ts";
import { evaluateRating } from "./rating.ts";

const heldOut = partOf([[1, 2], [], [0, 1, 3]], 4, [[4, 1], [], [5, 2, 3]]);
const predict = denseSource(4, (user, item) => 1 + user + item);
// Pairs in order (0,1) (0,2) (2,0) (2,1) (2,3).
const [predicted, actual] = [
  [2, 3, 3, 4, 6],
  [4, 1, 5, 2, 3],
];

describe("evaluateRating", () => {
  test("is the error over all held-out ratings, whoever gave them", async () => {
    const { protocol, users, metrics } = await evaluateRating(predict, { test: heldOut, seed: 1 });
    expect([protocol, users]).toEqual(["rating", 2]);
    expect(metrics["rmse"]?.value).toBeCloseTo(rmse(predicted, actual), 12);
    expect(metrics["mae"]?.value).toBeCloseTo(mae(predicted, actual), 12);
  });
  test("intervals lie around the value, between the best and the worst user", async () => {
    const { metrics } = await evaluateRating(predict, { test: heldOut, seed: 1 });
    const { value, low, high } = metrics["rmse"] ?? { value: 0, low: 0, high: 0 };
    expect(low).toBeCloseTo(2, 12);
    expect(low).toBeLessThanOrEqual(value);
    expect(high).toBeGreaterThan(value);
    expect(high).toBeCloseTo(rmse(predicted.slice(2), actual.slice(2)), 12);
  });
  test("predictions outside the stated range are moved to its edge", async () => {
    const { metrics } = await evaluateRating(predict, { test: heldOut, seed: 1, range: [2.5, 5] });
    expect(metrics["mae"]?.value).toBeCloseTo(mae([2.5, 3, 3, 4, 5], actual), 12);
  });
  test("an absent value is a 1", async () => {
    const { metrics } = await evaluateRating(predict, { test: partOf([[1, 2]], 4), seed: 1 });
    expect(metrics["mae"]?.value).toBe(1.5);
  });
  test("throws EVAL_EMPTY and EVAL_SCORES", async () => {
    const nan = denseSource(4, () => Number.NaN);
    await expect(evaluateRating(nan, { test: heldOut, seed: 1 })).rejects.toMatchObject({ code: "EVAL_SCORES" });
    const empty = partOf([[]], 4);
    await expect(evaluateRating(predict, { test: empty, seed: 1 })).rejects.toMatchObject({ code: "EVAL_EMPTY" });
  });
});
