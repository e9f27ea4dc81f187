import { expect, test } from "vitest";
import { catalogueScores, fusable, fused } from "./fuse.ts";

test("standardized scores have mean 0 and deviation 1, whatever their scale", () => {
  const small = fusable(Float32Array.of(1, 2, 3, 6), "standardized");
  const large = fusable(Float32Array.of(1000, 2000, 3000, 6000), "standardized");
  expect(small.reduce((sum, x) => sum + x, 0)).toBeCloseTo(0, 12);
  expect(small.reduce((sum, x) => sum + x * x, 0) / 4).toBeCloseTo(1, 12);
  for (const [i, x] of small.entries()) expect(large[i]).toBeCloseTo(x, 6);
});
test("scores that are all alike say nothing", () => {
  expect([...fusable(Float32Array.of(7, 7, 7), "standardized")]).toEqual([0, 0, 0]);
});
test("logits stay as they are", () => {
  expect([...fusable(Float32Array.of(0.5, -2), "logits")]).toEqual([0.5, -2]);
});
test("reciprocal ranks count places from 1, and equal scores share the best of theirs", () => {
  const ranks = fusable(Float32Array.of(-1, 5, 2, 2, 0), "rrf");
  expect([...ranks]).toEqual([1 / 65, 1 / 61, 1 / 62, 1 / 62, 1 / 64]);
});
test("the fused score is the weighted sum", () => {
  expect([...fused([Float64Array.of(1, 2), Float64Array.of(10, -10)], [0.5, 2])]).toEqual([20.5, -19]);
});
test("scores of the catalogue come user by user", async () => {
  const score = async (users: Int32Array, items: Int32Array) =>
    Float32Array.from(users, (u, i) => 10 * u + (items[i] ?? 0));
  expect([...(await catalogueScores({ score }, Int32Array.of(3, 1), 3))]).toEqual([30, 31, 32, 10, 11, 12]);
});
