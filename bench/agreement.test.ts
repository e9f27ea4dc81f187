import { describe, expect, test } from "vitest";
import { sameBytes, sameLists, sameLosses, sameQuality } from "./agreement.ts";

describe("the same work", () => {
  test("losses within a thousandth agree, one step further apart does not", () => {
    expect(sameLosses("p", [0.7, 0.6], [0.7001, 0.6001]).holds).toBe(true);
    expect(sameLosses("p", [0.7, 0.6], [0.7001, 0.61]).holds).toBe(false);
  });

  test("late steps may drift apart, as long as the mean does not", () => {
    const ours = Array.from({ length: 200 }, () => 0.5);
    const drifting = (step: number, by: number) => ours.map((loss, at) => (at === step ? loss + by : loss));
    expect(sameLosses("p", ours, drifting(150, 0.005)).holds).toBe(true);
    expect(sameLosses("p", ours, drifting(50, 0.005)).holds).toBe(false);
    expect(sameLosses("p", ours, drifting(150, 0.5)).holds).toBe(false);
  });

  test("missing or broken losses never agree", () => {
    expect(sameLosses("p", [], []).holds).toBe(false);
    expect(sameLosses("p", [0.7, 0.6], [0.7]).holds).toBe(false);
    expect(sameLosses("p", [0.7], [Number.NaN]).holds).toBe(false);
  });

  test("quality may be better by any amount and worse by a little", () => {
    const auc = { allowed: 0.01, higherIsBetter: true };
    expect([0.995, 0.98, 0.2].map((ours) => sameQuality("AUC", ours, 1, auc).holds)).toEqual([true, false, false]);
    const rmse = { allowed: 0.005, higherIsBetter: false };
    expect([0.5, 0.904, 0.91].map((ours) => sameQuality("RMSE", ours, 0.9, rmse).holds)).toEqual([true, true, false]);
    expect(sameQuality("AUC", Number.NaN, 0.5, auc).holds).toBe(false);
  });

  test("lists agree when they hold the same items, in whatever order ties were broken", () => {
    expect(sameLists("p", [[1, 2]], [[2, 1]]).holds).toBe(true);
    expect(
      sameLists(
        "p",
        [
          [1, 2],
          [3, 4],
        ],
        [
          [1, 2],
          [3, 9],
        ],
      ).holds,
    ).toBe(false);
  });

  test("bytes differ where numbers are merely equal", () => {
    const of = (...values: number[]) => ({ w: Float32Array.from(values) });
    expect(sameBytes("x", of(1, 2), of(1, 2)).holds).toBe(true);
    expect(sameBytes("x", of(0), of(-0)).holds).toBe(false);
    expect(sameBytes("x", of(1), {}).holds).toBe(false);
  });
});
