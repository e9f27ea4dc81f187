import { describe, expect, test } from "vitest";
import { median, pairRatios, rounded, summarize } from "./statistics.ts";

describe("statistics", () => {
  test("the median is the middle value, or the mean of the middle two", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([7])).toBe(7);
  });

  test("a summary keeps the values in order of measurement and leaves its argument alone", () => {
    const values = [3, 1, 2];
    expect(summarize(values)).toEqual({ median: 2, min: 1, max: 3, values: [3, 1, 2] });
    expect(values).toEqual([3, 1, 2]);
  });

  test("numbers keep four significant digits", () => {
    expect([123456, 0.00123456, 1].map(rounded)).toEqual([123500, 0.001235, 1]);
  });

  test("a slow spell that hits both of a pair leaves their ratio alone", () => {
    const ours = [100, 50, 100];
    const theirs = [10, 5, 10];
    expect(pairRatios(ours, theirs)).toEqual({ median: 10, min: 10, max: 10, values: [10, 10, 10] });
  });

  test("the middle ratio is taken over pairs, not between middles", () => {
    const ours = [10, 20, 60];
    const theirs = [10, 1, 20];
    expect(pairRatios(ours, theirs).median).toBe(3);
    expect(median(ours) / median(theirs)).toBe(2);
  });
});
