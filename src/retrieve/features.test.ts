import { beforeAll, describe, expect, it } from "vitest";
import type { Artifact } from "../artifact/types.ts";
import { PenchantError } from "../core/errors.ts";
import { below, hash } from "../core/random.ts";
import { Interactions, Vocabulary } from "../dataset/index.ts";
import type { Engine } from "../engine/contract.ts";
import { loadEngine } from "../engine/index.ts";
import type { Features } from "../features/index.ts";
import { bprMf, ncfFeatures } from "../models/index.ts";
import { toArtifact, fit as train } from "../train/index.ts";
import { createRecommender, withItems } from "./index.ts";

const [USERS, ITEMS, COLD] = [40, 30, 6];
const taste = (user: number): number => user % 2;
const genre = (item: number): number => (item >> 1) % 2;

/** Everybody likes one of two genres; the last items nobody has. */
function data(): { interactions: Interactions; features: Features } {
  const rows = Array.from({ length: USERS }, (_, user) =>
    Array.from({ length: ITEMS - COLD }, (_, item) => item).filter(
      (item) => genre(item) === taste(user) && below(hash(5, user, item), 4) > 0,
    ),
  );
  const offsets = Int32Array.from([0, ...rows.map((_, i) => rows.slice(0, i + 1).flat().length)]);
  const ids = (name: string, size: number) => Vocabulary.from(Array.from({ length: size }, (_, i) => `${name}${i}`));
  const column = (name: string, values: readonly string[]) => ({ name, kind: "categorical" as const, why: "", values });
  return {
    interactions: new Interactions(ids("u", USERS), ids("i", ITEMS), { offsets, items: Int32Array.from(rows.flat()) }),
    features: {
      users: [
        column(
          "likes",
          Array.from({ length: USERS }, (_, user) => (taste(user) ? "war" : "love")),
        ),
      ],
      items: [
        column(
          "genre",
          Array.from({ length: ITEMS }, (_, item) => (genre(item) ? "war" : "love")),
        ),
      ],
    },
  };
}

let engine: Engine;
let artifact: Artifact;
const { interactions, features } = data();
const options = { epochs: 25, batchSize: 64, learningRate: 0.01, seed: 1, threads: 1, progress: "none" } as const;

beforeAll(async () => {
  engine = await loadEngine("wasm");
  const run = await train(ncfFeatures({ width: 4, hidden: [8] }), interactions, { ...options, features, engine });
  artifact = toArtifact(run, interactions);
}, 60_000);

const codeOf = async (run: () => unknown): Promise<string> => {
  try {
    await run();
  } catch (error) {
    if (error instanceof PenchantError) return error.code;
    throw error;
  }
  return "";
};
const isWar = (id: string): boolean => genre(Number(id.slice(1))) === 1;

describe("a run that reads features", () => {
  it("ranks items that nobody has met by what is known of them", async () => {
    using recommender = createRecommender(artifact, engine, { threads: 1 });
    const candidates = Array.from({ length: COLD }, (_, i) => `i${ITEMS - COLD + i}`);
    for (const user of ["u0", "u1"]) {
      const { items } = await recommender.recommend(user, { candidates, k: 2 });
      expect(items.map(({ item }) => isWar(item))).toEqual([user === "u1", user === "u1"]);
    }
  });

  it("takes in a new item, which is then ranked where it belongs, and found by what is similar", async () => {
    using recommender = createRecommender(artifact, engine, { threads: 1 });
    const before = await recommender.recommend("u1", { k: 5 });
    const asked = recommender.recommend("u1", { k: 5 }); // on its way when the item comes
    recommender.addItem({ id: "new war", features: { genre: "war" } });
    recommender.addItem({ id: "new love", features: { genre: "love" } });
    expect(await asked).toEqual(before);
    const { items } = await recommender.recommend("u1", { k: ITEMS + 2, includeSeen: true });
    const places = items.map(({ item }) => item);
    expect(places).toHaveLength(ITEMS + 2);
    expect(places.indexOf("new war")).toBeLessThan(places.indexOf("new love"));
    const cold = items.find(({ item }) => item === `i${ITEMS - 1}`)?.score;
    const like = items.find(({ item }) => item === (isWar(`i${ITEMS - 1}`) ? "new war" : "new love"))?.score;
    expect(like).toBe(cold); // same features, same score
    const { items: similar } = await recommender.similar("new war", { k: 3 });
    expect(similar.every(({ item }) => isWar(item))).toBe(true);
    expect((await recommender.recommend({ items: ["new war"] }, { k: 3, why: true })).method).toBe("fold-in");
  });

  it("answers somebody new by features alone, by items alone, and by both", async () => {
    using recommender = createRecommender(artifact, engine, { threads: 1 });
    const war = await recommender.recommend({ features: { likes: "war" } }, { k: 5 });
    expect(war.method).toBe("features");
    expect(war.items.every(({ item }) => isWar(item))).toBe(true);
    const love = await recommender.recommend({ items: ["i0", "i1", "i4"] }, { k: 3 });
    expect(love.method).toBe("fold-in");
    const both = await recommender.recommend({ items: ["i0"], features: { likes: "love" } }, { k: 5, why: true });
    expect(both.items.every(({ item }) => !isWar(item))).toBe(true);
    expect(both.method).toBe("fold-in");
  });

  it("refuses what it cannot know, and items that it knows", async () => {
    using recommender = createRecommender(artifact, engine, { threads: 1 });
    expect(await codeOf(() => recommender.addItem({ id: "i3", features: {} }))).toBe("CONFIG_VALUE");
    expect(await codeOf(() => recommender.addItem({ id: "x", features: { genres: "war" } }))).toBe("FEATURE_UNKNOWN");
    expect(await codeOf(() => recommender.recommend({ features: { age: 3 } }))).toBe("FEATURE_UNKNOWN");
    expect(await codeOf(() => recommender.recommend({ user: "u1", features: { likes: "war" } }))).toBe("CONFIG_VALUE");
    expect(await codeOf(() => recommender.recommend({ features: 3 as never }))).toBe("CONFIG_VALUE");
    expect((await recommender.recommend("u1")).items.length).toBe(10);
  });

  it("is the only one that takes items in", async () => {
    const plain = toArtifact(await train(bprMf(), interactions, { ...options, epochs: 1, engine }), interactions);
    expect(await codeOf(() => withItems(plain, [{ id: "x", features: {} }]))).toBe("FEATURE_MISSING");
    using recommender = createRecommender(plain, engine);
    expect(await codeOf(() => recommender.recommend({ features: { likes: "war" } }))).toBe("FEATURE_MISSING");
  });
});

describe("training with features", () => {
  it("learns them of users and items with training interactions alone", () => {
    const words = artifact.plans.features?.items?.columns[0];
    expect(words).toMatchObject({ name: "genre", categories: ["love", "war"] });
    const counts = interactions.catalog().itemCounts;
    expect(counts.subarray(ITEMS - COLD).every((count) => count === 0)).toBe(true);
    // ids of items that nobody has met are never drawn as negatives: their rows stay 0
    const table = artifact.parameters["item/id"] as Float32Array;
    expect(table.subarray((ITEMS - COLD) * 4).every((value) => value === 0)).toBe(true);
    expect(table.subarray(0, 4).some((value) => value !== 0)).toBe(true);
  });
});
