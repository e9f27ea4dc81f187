import { describe, expect, test } from "vitest";
import { summarize } from "../statistics.ts";
import { verdict } from "./against.ts";

const change = (...ratios: number[]) => verdict("a", "1234567", summarize(ratios)).change;

describe("a case beside the same case of an earlier revision", () => {
  test("is slower where the middle ratio is below 0.95 and chance would hardly show as many slow rounds", () => {
    expect(change(0.9, 0.94, 0.93, 0.8, 0.99)).toBe("slower");
    expect(change(0.9, 0.94, 0.93, 0.8, 1.01)).toBe("same"); // four of five: chance shows that in three of sixteen
    expect(change(0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 1.2)).toBe("slower");
    expect(change(0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 1.1, 1.2)).toBe("same");
    expect(change(0.96, 0.97, 0.96, 0.99, 0.98)).toBe("same");
    expect(change(0.5, 0.5, 0.5, 0.5)).toBe("same"); // too few rounds to tell
  });
  test("is faster by the same rule", () => {
    expect(change(1.2, 1.06, 1.07, 1.02, 1.1)).toBe("faster");
    expect(change(1.04, 1.03, 1.02, 1.04, 1.04)).toBe("same");
  });
  test("is told with the range of its rounds", () => {
    expect(verdict("a", "1234567", summarize([0.5, 0.6, 0.6, 0.6, 0.7])).text).toBe(
      "a: 0.6x of 1234567 (0.5x … 0.7x): slower",
    );
  });
});
