import { describe, expect, test } from "vitest";
import type { UserMetrics } from "../../evaluate/index.ts";
import { means } from "../../evaluate/index.ts";
import type { Epoch } from "./measure.ts";
import { epochOf, rowsOf } from "./rows.ts";

/** An epoch in which user i's HR@10 is hits[i], and NDCG@10 half of it. */
function epoch(number: number, hits: readonly number[], validation?: number): Epoch {
  const users: UserMetrics = {
    users: Int32Array.from(hits.keys()),
    labels: ["hr@10", "ndcg@10"],
    cells: Float64Array.from(hits.flatMap((hit) => [hit, hit / 2])),
    width: 2,
  };
  return { epoch: number, loss: 1, validation, test: means(users), users };
}

describe("the epoch", () => {
  const plain = [epoch(1, [0, 0]), epoch(2, [1, 1]), epoch(3, [1, 0])];
  const validated = [epoch(1, [0, 0], 0.3), epoch(2, [1, 1], 0.2), epoch(3, [1, 0], 0.4)];
  test("by the test is the one with the best HR@10 on the test, ties the earlier", () => {
    expect(epochOf(plain, "test", 3).epoch).toBe(2);
    expect(epochOf([epoch(1, [1, 0]), epoch(2, [0, 1])], "test", 1).epoch).toBe(1);
  });
  test("by validation is the one of the recipe where nothing is held out, the last where it is beyond", () => {
    expect(epochOf(plain, "validation", 3).epoch).toBe(3);
    expect(epochOf(plain, "validation", 1).epoch).toBe(1);
    expect(epochOf(plain, "validation", 20).epoch).toBe(3);
  });
  test("by validation is the one that the held-out part prefers where there is one, whatever test and recipe say", () => {
    expect(epochOf(validated, "validation", 2).epoch).toBe(3);
    expect(epochOf(validated, "test", 1).epoch).toBe(2);
  });
});

describe("rows", () => {
  const recipe = { name: "tiny", factors: 2, published: { "hr@10": 0.5, "ndcg@10": 0.25 }, chosenEpoch: 1 };
  const high = [epoch(1, [1, 1, 1, 0]), epoch(2, [1, 1, 1, 1])];
  const low = [epoch(1, [1, 0, 0, 0]), epoch(2, [0, 0, 0, 0])];
  const rows = rowsOf(recipe, { seeds: [1, 2], epochs: [high, low], seconds: 3 });

  test("are two metrics for each way of choosing", () => {
    expect(rows.map(({ epochChosenBy, metric }) => [epochChosenBy, metric])).toEqual([
      ["test", "hr@10"],
      ["test", "ndcg@10"],
      ["validation", "hr@10"],
      ["validation", "ndcg@10"],
    ]);
    expect(rows[0]).toMatchObject({ model: "tiny", factors: 2, published: 0.5, seeds: [1, 2], seconds: 3 });
  });
  test("hold the mean over the seeds, each seed's epoch and value", () => {
    expect(rows[0]).toMatchObject({ epochs: [2, 1], values: [1, 0.25], measured: 0.625 });
    expect(rows[2]).toMatchObject({ epochs: [1, 1], values: [0.75, 0.25], measured: 0.5 });
    expect(rows[3]).toMatchObject({ published: 0.25, measured: 0.25 });
  });
  test("the interval is that of the mean, not of the first seed", () => {
    const same = (value: number) => [epoch(1, new Array(40).fill(value))];
    const [row] = rowsOf(recipe, { seeds: [1, 2], epochs: [same(0.2), same(0.6)], seconds: 0 });
    for (const bound of [row?.measured, row?.low, row?.high]) expect(bound).toBeCloseTo(0.4, 12);
    for (const { measured, low, high } of rows) {
      expect(low).toBeLessThanOrEqual(measured);
      expect(high).toBeGreaterThanOrEqual(measured);
    }
  });
});
