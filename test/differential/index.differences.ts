import { describe, expect, test } from "vitest";
import { normal } from "../../src/core/random.ts";
import type { Engine, TopK } from "../../src/engine/contract.ts";
import { referenceEngine } from "../../src/engine/reference/index.ts";
import { sparseMatrix } from "../support/sparse.ts";

const [width, items, rows] = [21, 700, 12];

/** Few directions in many dimensions, as training makes them. */
function vectors(count: number, key: number): Float32Array {
  const mix = (direction: number, column: number) => normal(99, direction, column);
  return Float32Array.from({ length: count * width }, (_, at) => {
    const row = Math.floor(at / width);
    return [0, 1, 2, 3].reduce((sum, d) => sum + normal(key, row, d) * mix(d, at % width), 0);
  });
}

/** What an engine's index of item vectors finds against the definition. */
export function describeIndex(engine: Engine): void {
  describe(`${engine.name} engine against the definition: an index of vectors`, () => {
    const spec = { vectors: vectors(items, 1), width, cells: 25, seed: 3, threads: 2 };
    const queries = vectors(rows, 2);

    test("centroids and cells are the same", async () => {
      using own = await engine.index(spec);
      using defined = await referenceEngine.index(spec);
      const [found, expected] = [await own.parts(), await defined.parts()];
      expect(found.cellOf).toEqual(expected.cellOf);
      for (const [i, x] of expected.centroids.entries()) expect(found.centroids[i]).toBeCloseTo(x, 4);
    });

    test.each([
      { k: 10, effort: 80 },
      { k: 100, effort: 1 },
      { k: 700, effort: 5 },
      { k: 20, effort: items },
    ])("k $k with an effort of $effort, with and without limits", async ({ k, effort }) => {
      using defined = await referenceEngine.index(spec);
      using own = await engine.index({ ...spec, cells: await defined.parts() });
      const exclude = sparseMatrix(4, rows, items, 30);
      const candidates = Int32Array.from({ length: items / 2 }, (_, i) => 2 * i);
      for (const limits of [{}, { exclude }, { candidates }, { exclude, candidates }]) {
        const search = { queries, k, effort, ...limits };
        const [found, expected] = [await own.search(search), await defined.search(search)];
        expectSame(found, expected);
      }
    });

    test("later items are found; what does not fit is refused", async () => {
      using whole = await referenceEngine.index(spec);
      const parts = await whole.parts();
      using grown = await engine.index({ ...spec, cells: { ...parts, cellOf: parts.cellOf.subarray(0, 600) } });
      expect((await grown.parts()).cellOf).toEqual(parts.cellOf);
      const wrong = { ...parts, cellOf: parts.cellOf.map((cell) => cell + 1) };
      await expect(engine.index({ ...spec, cells: wrong })).rejects.toMatchObject({ code: "ENGINE_INPUT" });
      await expect(engine.index({ ...spec, width: 13 })).rejects.toMatchObject({ code: "ENGINE_INPUT" });
      const short = { queries: queries.subarray(1), k: 3, effort: 3 };
      await expect(grown.search(short)).rejects.toMatchObject({ code: "ENGINE_INPUT" });
      grown.dispose();
      await expect(grown.search({ queries, k: 3, effort: 3 })).rejects.toMatchObject({ code: "ENGINE_DISPOSED" });
    });
  });
}

function expectSame(found: TopK, expected: TopK): void {
  expect(found.items).toEqual(expected.items);
  for (const [i, score] of expected.scores.entries()) {
    if (Number.isFinite(score)) expect(found.scores[i]).toBeCloseTo(score, 3);
    else expect(found.scores[i]).toBe(score);
  }
}
