import { expect, test } from "vitest";
import { divergenceLimit } from "./divergence.ts";

const rows = (values?: Float32Array) => ({ offsets: Int32Array.of(0, 3), items: Int32Array.of(0, 1, 2), values });

test("the limit is a thousand times the loss of answering 0 to everything", () => {
  const values = Float32Array.of(10, 20, 30);
  expect(divergenceLimit({ kind: "ratings", interactions: rows(values) })).toBeCloseTo((1000 * 1400) / 3, 3);
  expect(divergenceLimit({ kind: "ratings", interactions: rows(Float32Array.of(0.1, 0, 0)) })).toBe(1000);
  // Other tasks take every value as 1.
  expect(divergenceLimit({ kind: "pairs", interactions: rows(values) })).toBe(1000);
  expect(divergenceLimit({ kind: "ratings", interactions: rows() })).toBe(1000);
});
