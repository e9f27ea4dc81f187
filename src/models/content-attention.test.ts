import { beforeAll, describe, expect, test } from "vitest";
import type { Artifact } from "../artifact/types.ts";
import { below, hash } from "../core/random.ts";
import { Interactions, Vocabulary } from "../dataset/index.ts";
import { referenceEngine as engine } from "../engine/reference/index.ts";
import { createRecommender, withItems } from "../retrieve/index.ts";
import { toArtifact, fit as train } from "../train/index.ts";
import { contentAttention } from "./content-attention.ts";

const [USERS, ITEMS, COLD] = [30, 24, 6];
const genre = (item: number): number => (item >> 1) % 2;
const ids = (name: string, size: number) => Vocabulary.from(Array.from({ length: size }, (_, i) => `${name}${i}`));
const genres = Array.from({ length: ITEMS }, (_, item) => (genre(item) ? "war" : "love"));
const features = { items: [{ name: "genre", kind: "categorical", why: "", values: genres }] } as const;
/** Everybody likes one of two genres; the last items nobody has. */
const likes = Array.from({ length: USERS }, (_, user) =>
  Array.from({ length: ITEMS - COLD }, (_, item) => item).filter(
    (item) => genre(item) === user % 2 && below(hash(5, user, item), 4) > 0,
  ),
);
const data = new Interactions(ids("u", USERS), ids("i", ITEMS), {
  offsets: Int32Array.from([0, ...likes.map((_, i) => likes.slice(0, i + 1).flat().length)]),
  items: Int32Array.from(likes.flat()),
});
const isWar = (id: string): boolean => genre(Number(id.slice(1))) === 1;

describe.each([0, 0.5])("content attention, rows of ids for %s", (share) => {
  let artifact: Artifact;
  const model = contentAttention({ width: 8, ids: share });
  const options = { engine, progress: "none", epochs: 6, batchSize: 32, learningRate: 0.03, l2: 0, seed: 1 } as const;
  beforeAll(async () => {
    artifact = toArtifact(await train(model, data, { ...options, features }), data, { seen: [data] });
  }, 60_000);
  test("items that nobody has met are ranked by what is known of them", async () => {
    const cold = Array.from({ length: COLD }, (_, i) => `i${ITEMS - COLD + i}`);
    using recommender = createRecommender(artifact, engine);
    for (const [user, war] of [
      ["u0", false],
      ["u1", true],
    ] as const) {
      const { items } = await recommender.recommend(user, { k: 2, candidates: cold });
      expect(items.map(({ item }) => isWar(item))).toEqual([war, war]);
    }
  });

  test("somebody new is their history, and fresh events count at once", async () => {
    using recommender = createRecommender(artifact, engine);
    const { items, method } = await recommender.recommend({ items: ["i2", "i3"] }, { k: 3 });
    expect([method, items.every(({ item }) => isWar(item))]).toEqual(["history", true]);
  });

  test("reasons are the weights of attention", async () => {
    using recommender = createRecommender(artifact, engine);
    const options = { k: 1, candidates: ["i3"], why: true };
    const { items, explanation } = await recommender.recommend({ items: ["i0", "i2", "i6"] }, options);
    expect(explanation).toBe("attention");
    const [best] = items;
    const why = best?.why ?? [];
    expect(why.map(({ item }) => isWar(item))).toEqual([true, true, false]);
    expect(why.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 6);
  });

  test("an item that is added stands where one that is like it stands", async () => {
    const more = withItems(withItems(artifact, [{ id: "new", features: { genre: "war" } }]), [
      { id: "newer", features: { genre: "love" } },
    ]);
    using recommender = createRecommender(more, engine);
    const score = async (user: string, item: string) =>
      (await recommender.score([{ user, item }]))[0]?.score ?? Number.NaN;
    // The last item is of war, and nobody has it.
    expect(genre(ITEMS - 1)).toBe(1);
    expect(await score("u1", "new")).toBeCloseTo(await score("u1", `i${ITEMS - 1}`), 4);
    expect(await score("u1", "new")).toBeGreaterThan(await score("u1", "newer"));
    expect(await score("u0", "newer")).toBeGreaterThan(await score("u0", "new"));
    const { items } = await recommender.recommend({ items: ["new"] }, { k: 3 });
    expect(items.every(({ item }) => isWar(item))).toBe(true);
  });
});

test("without features items are rows of ids", async () => {
  const run = await train(contentAttention({ width: 4 }), data, { engine, progress: "none", epochs: 1, l2: 0 });
  expect(Object.keys(run.parameters)).toContain("profiles/id");
});

test("features that say nothing of how much is liked are not learned to be bad, for most pairs of training are none", async () => {
  const tags = (item: number) => Array.from({ length: item % 6 }, (_, i) => `tag${hash(3, item, i) % 12}`);
  const values = Array.from({ length: ITEMS }, (_, item) => [genre(item) ? "war" : "love", ...tags(item)].join("|"));
  const told = { items: [{ name: "tags", kind: "multi", why: "", values }] } as const;
  const options = { engine, progress: "none", epochs: 2, batchSize: 32, learningRate: 0.01, l2: 0, seed: 1 } as const;
  const { parameters } = await train(contentAttention({ width: 16 }), data, { ...options, features: told });
  const [[name, liked] = ["", new Float32Array()]] = Object.entries(parameters).filter(([each]) =>
    each.startsWith("liked"),
  );
  expect([name, liked.length]).toEqual(["liked", 13]);
  expect(Math.abs(liked.reduce((sum, weight) => sum + weight, 0) / liked.length)).toBeLessThan(0.15);
});
