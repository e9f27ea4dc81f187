import { describe, expect, test } from "vitest";
import { normal, unit } from "../core/random.ts";
import { columnTotals, percentileInterval, resampleTotals } from "./bootstrap.ts";
import { pairedDifference } from "./compare.ts";
import { meanIntervals, type UserMetrics } from "./measure.ts";

const column = (values: readonly number[], label = "hr@10"): UserMetrics => ({
  users: Int32Array.from(values.keys()),
  labels: [label],
  cells: Float64Array.from(values),
  width: 1,
});
const normals = (seed: number, count: number) => Array.from({ length: count }, (_, i) => normal(seed, i));

describe("meanIntervals", () => {
  test("the width is that of the normal approximation where users are many", () => {
    const values = normals(3, 2000);
    const { value, low, high } = meanIntervals(column(values), { seed: 1 })["hr@10"] ?? { value: 0, low: 0, high: 0 };
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
    expect(value).toBeCloseTo(mean, 12);
    expect((high - low) / (3.92 * (deviation / Math.sqrt(2000)))).toBeCloseTo(1, 1);
  });
  test("about 95 of 100 intervals hold the true mean", () => {
    let held = 0;
    for (let trial = 0; trial < 300; trial++) {
      const interval = meanIntervals(column(normals(trial, 80)), { seed: trial, resamples: 400 })["hr@10"];
      if (interval && interval.low <= 0 && interval.high >= 0) held++;
    }
    // 285 expected; 3 standard errors are 11, and percentile intervals are a little narrow on 80 users.
    expect(held).toBeGreaterThan(265);
    expect(held).toBeLessThan(297);
  });
  test("columns are resampled together and keep their labels", () => {
    const values = normals(4, 50);
    const cells = Float64Array.from(values.flatMap((x) => [x, 2 * x + 1]));
    const table = { users: Int32Array.from(values.keys()), labels: ["a", "b"], cells, width: 2 };
    const { a, b } = meanIntervals(table, { seed: 9 });
    expect(b?.low).toBeCloseTo(2 * (a?.low ?? 0) + 1, 12);
    expect(b?.high).toBeCloseTo(2 * (a?.high ?? 0) + 1, 12);
  });
  test("one user, or users that are all alike, give an interval of no width", () => {
    expect(meanIntervals(column([0.25]), { seed: 1 })["hr@10"]).toEqual({ value: 0.25, low: 0.25, high: 0.25 });
    expect(meanIntervals(column([1, 1, 1]), { seed: 1 })["hr@10"]).toEqual({ value: 1, low: 1, high: 1 });
  });
  test("the seed decides", () => {
    const values = column(normals(5, 100));
    expect(meanIntervals(values, { seed: 1 })).toEqual(meanIntervals(values, { seed: 1 }));
    expect(meanIntervals(values, { seed: 1 })).not.toEqual(meanIntervals(values, { seed: 2 }));
  });
});

describe("resampleTotals", () => {
  test("each resample draws as many rows as there are, evenly", () => {
    const rows = 40;
    const cells = Float64Array.from({ length: rows * rows }, (_, i) => (i % (rows + 1) === 0 ? 1 : 0));
    const totals = resampleTotals({ cells, width: rows }, { seed: 1, resamples: 2000 });
    const perRow = new Array<number>(rows).fill(0);
    for (let round = 0; round < 2000; round++) {
      const drawn = totals.subarray(round * rows, (round + 1) * rows);
      expect(drawn.reduce((a, b) => a + b, 0)).toBe(rows);
      for (const [row, count] of drawn.entries()) perRow[row] = (perRow[row] ?? 0) + count;
    }
    // 2000 draws of each row expected; five standard errors are 221.
    for (const count of perRow) expect(Math.abs(count - 2000)).toBeLessThan(221);
  });
  test("6,040 users, 8 metrics and 1,000 resamples take a fraction of a second", { retry: 3 }, () => {
    const cells = Float64Array.from({ length: 6040 * 8 }, (_, i) => unit(Math.imul(i, 0x9e3779b9)));
    const start = process.cpuUsage();
    resampleTotals({ cells, width: 8 }, { seed: 1 });
    // 0.11 s alone on one core; processor time, because the machine may be busy with other things.
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(1);
  });
  test("columnTotals sums columns", () => {
    expect([...columnTotals({ cells: Float64Array.of(1, 10, 2, 20), width: 2 })]).toEqual([3, 30]);
  });
});

test("percentileInterval interpolates between order statistics", () => {
  const resampled = Float64Array.from({ length: 101 }, (_, i) => 100 - i);
  expect(percentileInterval(7, resampled)).toEqual({ value: 7, low: 2.5, high: 97.5 });
  expect(resampled[0], "in the order they came in").toBe(100);
});

describe("pairedDifference", () => {
  const hard = normals(6, 400);
  const a = column(hard.map((x, i) => x + 0.05 + 0.1 * normal(7, i)));
  const b = column(hard);
  test("sees a small difference that two separate intervals hide", () => {
    const [first, second] = [meanIntervals(a, { seed: 1 }), meanIntervals(b, { seed: 1 })];
    expect(first["hr@10"]?.low).toBeLessThan(second["hr@10"]?.high ?? 0);
    const difference = pairedDifference(a, b, { seed: 1 })["hr@10"];
    expect(difference?.low).toBeGreaterThan(0.03);
    expect(difference?.high).toBeLessThan(0.07);
  });
  test("of a run and itself is exactly 0", () => {
    expect(pairedDifference(a, a, { seed: 1 })["hr@10"]).toEqual({ value: 0, low: 0, high: 0 });
  });
  test("throws EVAL_UNPAIRED where users or metrics differ", () => {
    expect(() => pairedDifference(a, column([1, 2]), { seed: 1 })).toThrow(
      expect.objectContaining({ code: "EVAL_UNPAIRED" }),
    );
    expect(() => pairedDifference(a, { ...a, users: a.users.map((u) => u + 1) }, { seed: 1 })).toThrow("same users");
    expect(() => pairedDifference(a, { ...b, labels: ["hr@5"] }, { seed: 1 })).toThrow("same metrics");
  });
});

describe("columns that are equal", () => {
  const users = Int32Array.from({ length: 40 }, (_, user) => user);
  /** Column b repeats a; column c differs from it for the last user alone. */
  const value = (user: number, column: number) => (user % 3) + (column === 2 && user === 39 ? 1 : 0);
  const table = (columns: readonly number[]) => ({
    users,
    labels: columns.map((column) => "abc".charAt(column)),
    width: columns.length,
    cells: Float64Array.from({ length: 40 * columns.length }, (_, i) =>
      value(Math.floor(i / columns.length), columns[i % columns.length] ?? 0),
    ),
  });

  test("have the interval that each has alone, wherever they stand", () => {
    const alone = (column: number) => Object.values(meanIntervals(table([column]), { seed: 5 }))[0];
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      const together = meanIntervals(table(order), { seed: 5 });
      expect([together["a"], together["b"], together["c"]]).toEqual([alone(0), alone(1), alone(2)]);
    }
    expect(alone(0)).toEqual(alone(1));
    expect(alone(0)).not.toEqual(alone(2));
  });
});
