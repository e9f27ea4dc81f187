import { describe, expect, test } from "vitest";
import { interactionsOf } from "../../test/support/interactions.ts";
import { valueStatistics } from "./statistics.ts";

const of = (values: readonly (number | string)[]) =>
  valueStatistics(interactionsOf(values.map((value, i) => `u${i} item ${value}`)));

describe("what is said about values", () => {
  test("twenty different ones are counted one by one, ascending, those not known apart", () => {
    const values = [...Array.from({ length: 20 }, (_, i) => 20 - i), 7, "NaN", 7];
    const found = of(values);
    expect(found).toMatchObject({ least: 1, most: 20, mean: 224 / 22, distinct: 20, unknown: 1 });
    expect(found?.histogram.map(({ label }) => label)).toEqual(Array.from({ length: 20 }, (_, i) => String(i + 1)));
    expect(found?.histogram.map(({ count }) => count)).toEqual(Array.from({ length: 20 }, (_, i) => (i === 6 ? 3 : 1)));
  });
  test("one more and they are counted in ten ranges", () => {
    const found = of(["NaN", ...Array.from({ length: 21 }, (_, i) => 20 - i), 7, "NaN"]);
    expect(found).toMatchObject({ least: 0, most: 20, mean: 217 / 22, distinct: 21, unknown: 2 });
    expect(found?.histogram.map(({ count }) => count)).toEqual([2, 2, 2, 3, 2, 2, 2, 2, 2, 3]);
    expect(found?.histogram.map(({ label }) => label).slice(0, 2)).toEqual(["0 to 2", "2 to 4"]);
  });
  test("ranges are equal factors where values span more than three orders of magnitude", () => {
    const found = of([1, ...Array.from({ length: 20 }, (_, i) => 2 + i), 1024]);
    expect(found?.histogram.map(({ label }) => label).slice(0, 3)).toEqual(["1 to 2", "2 to 4", "4 to 8"]);
    expect(found?.histogram.map(({ count }) => count)).toEqual([1, 2, 4, 8, 6, 0, 0, 0, 0, 1]);
  });
  test("no values, or none known: nothing to say", () => {
    expect(of(["NaN", "NaN"])).toBeUndefined();
    expect(valueStatistics(interactionsOf(["a b", "c d"]))).toBeUndefined();
  });
});
