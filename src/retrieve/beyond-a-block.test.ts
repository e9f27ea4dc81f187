import { describe, expect, test } from "vitest";
import { largeArtifact } from "../../test/support/large-artifact.ts";
import { referenceEngine } from "../engine/reference/index.ts";
import { createRecommender } from "./index.ts";
import type { Recommendations } from "./types.ts";

describe("recommendAll, for more users than one block holds", () => {
  // two blocks of 512 and a rest, with and without a history on both sides of every seam
  const artifact = largeArtifact(1030, 7);

  test.each(["seen", "none"] as const)(
    "gives everybody, in order, what they get alone (exclude %s)",
    async (exclude) => {
      using recommender = createRecommender(artifact, referenceEngine);
      const all: Recommendations[] = [];
      for await (const answer of recommender.recommendAll({ k: 2, exclude })) all.push(answer);
      expect(all.map(({ user }) => user)).toEqual(artifact.users);
      for (const user of [0, 1, 510, 511, 512, 513, 523, 1022, 1023, 1024, 1025, 1029]) {
        expect(all[user]).toEqual(await recommender.recommend(`user ${user}`, { k: 2, exclude }));
      }
    },
  );
});

describe("similar, for more items than one block holds", () => {
  const ITEMS = 2 * 4096 + 5;
  const artifact = largeArtifact(2, ITEMS);
  const { "factors/item": q = new Float32Array(), "bias/item": b = new Float32Array() } = artifact.parameters;
  /** What stands for an item, by hand: its rows, as the plan puts them side by side. */
  const vector = (item: number): number[] => {
    const { itemVectors } = artifact.plans;
    const named = itemVectors?.instructions.some(({ attrs }) => (attrs as { name?: string })?.name === "bias/item");
    return [q[2 * item] ?? 0, q[2 * item + 1] ?? 0, ...(named ? [b[item] ?? 0] : [])];
  };
  const cosine = (x: readonly number[], y: readonly number[]) => {
    const dot = (left: readonly number[], right: readonly number[]) =>
      left.reduce((sum, value, f) => sum + value * (right[f] ?? 0), 0);
    return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
  };

  test.each([0, 4095, 4096, ITEMS - 1])("item %i finds the nearest of all of them", async (item) => {
    using recommender = createRecommender(artifact, referenceEngine);
    const { items } = await recommender.similar(`item ${item}`, { k: ITEMS });
    expect(new Set(items.map((each) => each.item)).size).toBe(ITEMS - 1);
    for (const other of [1, 4094, 4097, 8191, 8192, ITEMS - 2]) {
      const found = items.find((each) => each.item === `item ${other}`);
      expect(found?.score, `item ${other}`).toBeCloseTo(cosine(vector(item), vector(other)), 5);
    }
    const best = items[0]?.score ?? 0;
    for (let other = 0; other < ITEMS; other++) {
      if (other !== item) expect(cosine(vector(item), vector(other))).toBeLessThanOrEqual(best + 1e-5);
    }
  });
});
