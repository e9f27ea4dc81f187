import { expect, test } from "vitest";
import { tinyArtifact, tinyUnlearned } from "../../test/support/tiny-artifact.ts";
import { referenceEngine as engine } from "../engine/reference/index.ts";
import { createRecommender, forgetUser } from "./index.ts";

const artifact = {
  ...tinyArtifact(),
  unlearned: tinyUnlearned,
  kinds: {
    view: { offsets: Int32Array.of(0, 2, 3, 3, 3), items: Int32Array.of(0, 8, 6) },
    purchase: { offsets: Int32Array.of(0, 1, 2, 2, 2), items: Int32Array.of(8, 2) },
  },
};

test("kinds of events and values are those of the data, by person", () => {
  const [zero, , two, , , , six, , eight] = artifact.items;
  using recommender = createRecommender(artifact, engine);
  const { deeds } = recommender;
  expect([deeds.kinds, deeds.values, deeds.likesFrom, deeds.dislikesBelow]).toEqual([
    ["view", "purchase"],
    { least: 0.5, most: 5 },
    undefined,
    0,
  ]);
  expect(deeds.byKind("anna", ["view"])).toEqual([zero, eight]);
  expect(deeds.byKind("anna", ["view", "purchase"])).toEqual([zero, eight]);
  expect(deeds.byKind("007", ["purchase"])).toEqual([two]);
  expect(deeds.byKind("007", ["toString"])).toEqual([]);
  expect(deeds.byKind("nobody", ["view"])).toEqual([]);
  expect(deeds.below("007", 3)).toEqual([zero, six]); // 2, and 2 of what was held out
  expect(deeds.below("007", 2)).toEqual([]);
});

test("go with the person, and leave the others theirs", () => {
  const left = forgetUser(artifact, "anna")?.artifact;
  expect(left?.kinds).toEqual({
    view: { offsets: Int32Array.of(0, 1, 1, 1), items: Int32Array.of(6) },
    purchase: { offsets: Int32Array.of(0, 1, 1, 1), items: Int32Array.of(2) },
  });
});
