import { expect, test } from "vitest";
import { type Cell, place } from "./diagram-place.ts";

/** Ranks of cells so wide; `links` are [rank of the lower one, its place, place of the upper one]. */
function drawing(
  ranks: readonly (readonly number[])[],
  links: readonly (readonly [number, number, number])[],
): Cell[][] {
  const rows = ranks.map((widths, rank) =>
    widths.map((width, order): Cell => ({ rank, width, box: 0, below: [], above: [], order, x: 0 })),
  );
  for (const [rank, from, to] of links) {
    const [lower, upper] = [rows[rank]?.[from] as Cell, rows[rank + 1]?.[to] as Cell];
    lower.above.push(upper);
    upper.below.push(lower);
  }
  return rows;
}
const placed = (ranks: readonly (readonly number[])[], links: readonly (readonly [number, number, number])[]) => {
  const rows = drawing(ranks, links);
  place(rows, 10);
  return rows.map((row) => row.map(({ x }) => x));
};

test("cells of a rank keep their order, and a gap between their edges", () => {
  const [row = []] = placed([[40, 20, 60]], []);
  expect((row[1] as number) - (row[0] as number)).toBeGreaterThanOrEqual(40 - 1e-9);
  expect((row[2] as number) - (row[1] as number)).toBeGreaterThanOrEqual(50 - 1e-9);
});

test("chains run straight, side by side", () => {
  const [low = [], middle = [], high = []] = placed(
    [
      [20, 20],
      [20, 60],
      [20, 20],
    ],
    [
      [0, 0, 0],
      [0, 1, 1],
      [1, 0, 0],
      [1, 1, 1],
    ],
  );
  expect(middle).toEqual(low);
  expect(high).toEqual(low);
  expect((low[1] as number) - (low[0] as number)).toBeCloseTo(50, 6);
});

test("of chains that cross, the first is straight, and the other bends: no cell changes its place in a rank", () => {
  const [low = [], high = []] = placed(
    [
      [20, 20],
      [20, 20],
    ],
    [
      [0, 1, 0],
      [0, 0, 1],
    ],
  );
  expect(high[0]).toBe(low[1]);
  expect(high[1]).not.toBe(low[0]);
  for (const row of [low, high]) expect((row[1] as number) - (row[0] as number)).toBeGreaterThanOrEqual(30 - 1e-9);
});

test("what has two below it stands over the middle of them", () => {
  const [low = [], [high = Number.NaN] = []] = placed(
    [[20, 20], [20]],
    [
      [0, 0, 0],
      [0, 1, 0],
    ],
  );
  expect(high).toBeCloseTo(((low[0] as number) + (low[1] as number)) / 2, 3);
});
