import { describe, expect, test } from "vitest";
import { type Convex, minimize } from "./newton.ts";
import { dot, times } from "./symmetric.ts";

const size = 6;
/** Lower triangle of a positive definite matrix, far from a multiple of the identity. */
const matrix = Float64Array.from({ length: size * size }, (_, at) => {
  const [i, j] = [Math.floor(at / size), at % size];
  return i === j ? 10 ** (i - 2) + 6 : Math.sin(1 + i + 2 * j);
});
const towards = Float64Array.from({ length: size }, (_, i) => Math.cos(i) * 3);
/** A rough inverse: of the diagonal alone. */
const precondition = (v: Float64Array) => v.map((value, i) => value / (matrix[i * size + i] as number));

let looks = 0;
/** xᵀ A x / 2 − bᵀ x, with `bent` times the sum of cosh x added. */
const convex = (bent: number): Convex<Float64Array> => ({
  breathe: async () => {},
  async evaluate(x) {
    looks++;
    const value = dot(x, times(matrix, x)) / 2 - dot(towards, x) + bent * x.reduce((sum, v) => sum + Math.cosh(v), 0);
    return { value, at: x };
  },
  gradient: (x) => times(matrix, x).map((v, i) => v - (towards[i] as number) + bent * Math.sinh(x[i] as number)),
  curvature: (v, at) => times(matrix, v).map((b, i) => b + bent * Math.cosh(at[i] as number) * (v[i] as number)),
  precondition,
});

describe("minimize", () => {
  test.each([0, 0.5, 20])("finds the minimum of a convex function (%s)", async (bent) => {
    const start = new Float64Array(size).fill(4);
    const { x, at } = await minimize(convex(bent), start);
    expect(at).toBe(x);
    const gradient = convex(bent).gradient(x, at);
    const before = convex(bent).gradient(start, start);
    expect(Math.sqrt(dot(gradient, precondition(gradient)))).toBeLessThan(
      3e-3 * Math.sqrt(dot(before, precondition(before))),
    );
  });
  test("takes one step where the function is quadratic, and looks no further than the next", async () => {
    looks = 0;
    await minimize(convex(0), new Float64Array(size).fill(4));
    expect(looks).toBeLessThanOrEqual(3);
  });
  test("stays where there is nothing to gain", async () => {
    const { x } = await minimize(convex(0.5), new Float64Array(size).fill(4));
    looks = 0;
    expect((await minimize(convex(0.5), x)).x).toEqual(x);
    expect(looks).toBe(1);
  });
});
