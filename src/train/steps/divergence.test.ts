import { expect, test } from "vitest";
import { divergenceLimit } from "./divergence.ts";

const rows = (values?: Float32Array) => ({ offsets: Int32Array.of(0, 3), items: Int32Array.of(0, 1, 2), values });

const sizes = { users: 1, items: 100 };

test("the limit is a thousand times the loss of answering 0 to everything", () => {
  const values = Float32Array.of(10, 20, 30);
  expect(divergenceLimit({ kind: "ratings", interactions: rows(values), ...sizes })).toBeCloseTo((1000 * 1400) / 3, 3);
  expect(divergenceLimit({ kind: "ratings", interactions: rows(Float32Array.of(0.1, 0, 0)), ...sizes })).toBe(1000);
  // Other tasks take every value as 1.
  expect(divergenceLimit({ kind: "pairs", interactions: rows(values), ...sizes })).toBe(1000);
  expect(divergenceLimit({ kind: "ratings", interactions: rows(), ...sizes })).toBe(1000);
});

test("the loss of a user is of everything they did, and grows with it", () => {
  const limit = (values?: Float32Array, users = 1) =>
    divergenceLimit({ kind: "rows", interactions: rows(values), users, items: 100 });
  expect(limit()).toBeCloseTo(1000 * 3 * Math.log(100), 6);
  expect(limit(undefined, 2)).toBeCloseTo(1000 * 1.5 * Math.log(100), 6);
  expect(limit(Float32Array.of(10, 0.1, Number.NaN))).toBeCloseTo(1000 * 12 * Math.log(100), 6);
  expect(divergenceLimit({ kind: "rows", interactions: rows(), users: 300, items: 2 })).toBe(1000);
});
