import { expect, test } from "vitest";
import { normal } from "../core/random.ts";
import { referenceEngine } from "../engine/reference/index.ts";
import { flattened, nearestRows } from "./flat.ts";

const control = { threads: 1 };

test("points are the rows turned so that they vary most along x, then along y", async () => {
  // In the plane of the orthonormal u and v, five times as wide along u, far from the origin.
  const [u, v] = [
    [0.6, 0.8, 0, 0],
    [0, 0, 0.8, -0.6],
  ] as const;
  const at = Array.from({ length: 200 }, (_, i) => [5 * normal(1, i), normal(2, i)] as const);
  const values = Float32Array.from(at.flatMap(([a, b]) => u.map((x, c) => 3 + a * x + b * (v[c] as number))));
  const { points, explained } = await flattened({ values, width: 4 }, referenceEngine.solver, control);
  expect(explained[0]).toBeGreaterThan(0.9);
  expect(explained[0] + explained[1]).toBeCloseTo(1, 5);
  for (const [i, j] of [
    [0, 1],
    [3, 77],
    [150, 9],
  ] as const) {
    const between = (p: ArrayLike<number>, a: number, b: number, width: number) =>
      Math.hypot(
        ...Array.from({ length: width }, (_, c) => (p[a * width + c] as number) - (p[b * width + c] as number)),
      );
    expect(between(points, i, j, 2)).toBeCloseTo(between(values, i, j, 4), 4);
  }
  const mean = points.reduce((sum, x) => sum + x, 0) / points.length;
  expect(Math.abs(mean)).toBeLessThan(1e-4);
});

test("rows of one number lie on a line, and equal rows on a point", async () => {
  const line = await flattened({ values: Float32Array.of(1, 3, 5), width: 1 }, referenceEngine.solver, control);
  expect([...line.points]).toEqual([-2, 0, 0, 0, 2, 0]);
  const point = await flattened({ values: Float32Array.of(2, 2, 2, 2), width: 2 }, referenceEngine.solver, control);
  expect([...point.points, ...point.explained]).toEqual([0, 0, 0, 0, 0, 0]);
});

test("the nearest rows are those of the largest cosines, whatever their length", () => {
  const rows = { values: Float32Array.of(1, 0, 9, 0.1, 0, 1, 1, 0, 0, 0), width: 2 };
  expect(nearestRows(rows, 0, 3).map(({ row }) => row)).toEqual([3, 1, 2]);
  expect(nearestRows(rows, 4, 1)).toEqual([{ row: 0, cosine: 0 }]);
});
