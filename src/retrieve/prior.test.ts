import { describe, expect, test } from "vitest";
import { normal } from "../core/random.ts";
import { weightedSum } from "./curvature.ts";
import { evenly, shrunk } from "./prior.ts";
import { addProduct, addSquares, cholesky, dot, inverse, solve, times } from "./symmetric.ts";

const width = 3;
const rows = (count: number) =>
  Array.from({ length: count }, (_, i) => {
    const [a, b] = [normal(1, i), normal(2, i)];
    return Float64Array.of(2 * a, a + 0.5 * b, 0.1 * normal(3, i));
  });

describe("shrunk", () => {
  test("of many rows is their covariance", () => {
    const found = shrunk(rows(20_000), width);
    for (const [at, value] of [
      [0, 4],
      [3, 2],
      [4, 1.25],
      [8, 0.01],
    ] as const) {
      expect(found[at]).toBeCloseTo(value, 1);
    }
  });
  test("of few rows can be inverted, and keeps the total variance", () => {
    const few = rows(2);
    const found = shrunk(few, width);
    expect([...cholesky(found, width)].every(Number.isFinite)).toBe(true);
    const total = few.reduce((sum, row) => sum + dot(row, row) / 2, 0);
    expect((found[0] ?? 0) + (found[4] ?? 0) + (found[8] ?? 0)).toBeCloseTo(total, 6);
  });
  test("of rows that are all alike leaves next to no room", () => {
    expect([...shrunk([new Float64Array(2), new Float64Array(2)], 2)]).toEqual([1e-9, 0, 0, 1e-9]);
  });
});

test("evenly takes all of few, and some of many from everywhere", () => {
  expect(evenly([5, 6, 7], 4)).toEqual([5, 6, 7]);
  expect(evenly([0, 1, 2, 3, 4, 5, 6, 7], 4)).toEqual([0, 2, 4, 6]);
});

test("symmetric matrices: a x, L Lᵀ x = b and the inverse fit together", () => {
  const a = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  addSquares(a, width, [2], Float64Array.of(1, 2, 3));
  addProduct(a, width, 0.25, Float64Array.of(1, 0, -1), Float64Array.of(1, 1, 0));
  // The lower triangle of I + 2 v vᵀ + (x yᵀ + y xᵀ) / 4.
  expect([0, 3, 4, 6, 7, 8].map((at) => a[at])).toEqual([3.5, 4.25, 9, 5.75, 11.75, 19]);
  const x = Float64Array.of(1, -2, 0.5);
  expect([...times(a, x)]).toEqual([3.5 - 8.5 + 2.875, 4.25 - 18 + 5.875, 5.75 - 23.5 + 9.5]);
  const l = cholesky(a, width);
  for (const [i, value] of solve(l, times(a, x)).entries()) expect(value).toBeCloseTo(x[i] ?? 0, 9);
  for (const [i, value] of times(inverse(l, width), times(a, x)).entries()) expect(value).toBeCloseTo(x[i] ?? 0, 9);
});

test("sums over rows taken four at a time and what is left are the sums over all of them", () => {
  // Two numbers a row, six rows: (1, 6), (2, 5), …; in whole numbers the sums are exact.
  const slope = Float32Array.of(1, 6, 2, 5, 3, 4, 4, 3, 5, 2, 6, 1);
  const a = Float64Array.of(100, 0, 200, 300);
  addSquares(a, 2, [1, 2, 3, 4, 5, 6], slope);
  // Σ w x², Σ w x y, Σ w y² with w = x = 1 … 6 and y = 7 - w; above the diagonal nothing is written.
  expect([...a]).toEqual([100 + 441, 0, 200 + 7 * 91 - 441, 300 + 49 * 21 - 14 * 91 + 441]);
  // One known row before five and six unknown ones, weights from the second on.
  expect([...weightedSum(Float64Array.of(9, 1, 1, 1, 1, 2), 1, slope, 1, 2)]).toEqual([
    2 + 3 + 4 + 5 + 12,
    5 + 4 + 3 + 2 + 2,
  ]);
  expect([...weightedSum(Float64Array.of(1, 0, 0, 0, 0, 1), 0, slope, 0, 2)]).toEqual([7, 7]);
});
