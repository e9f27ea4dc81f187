import { beforeAll, describe, expect, test } from "vitest";
import type { Artifact } from "../artifact/types.ts";
import { below, hash } from "../core/random.ts";
import { Interactions, Vocabulary } from "../dataset/index.ts";
import { referenceEngine as engine } from "../engine/reference/index.ts";
import { type FeatureColumn, type Features, packPicture } from "../features/index.ts";
import type { Model } from "../nn/model.ts";
import { createRecommender, type Recommender, withItems } from "../retrieve/index.ts";
import { toArtifact, fit as train } from "../train/index.ts";
import { bprMf, contentAttention, lightGcn, ncfFeatures, softmaxDnn, twoTower, vbpr } from "./index.ts";

const [USERS, ITEMS, COLD] = [32, 24, 6];
const genre = (item: number): number => (item >> 1) % 2;
const taste = (user: number): number => user % 2;
const word = (side: number): string => (side === 1 ? "war" : "love");
const ids = (name: string, size: number) => Vocabulary.from(Array.from({ length: size }, (_, i) => `${name}${i}`));
const column = (name: string, size: number, of: (index: number) => number) => {
  const values = Array.from({ length: size }, (_, i) => word(of(i)));
  return { name, kind: "categorical", why: "", values } as const;
};
const both = { items: [column("genre", ITEMS, genre)], users: [column("likes", USERS, taste)] };
/** Of the genre a picture shows the one colour or the other, somewhere. */
const pictures: FeatureColumn = {
  ...{ name: "genre", kind: "image" as const, why: "" },
  values: Array.from({ length: ITEMS }, (_, item) => pictureOf(genre(item), item)),
};
function pictureOf(side: number, key: number): string {
  const bytes = new Uint8Array(4 * 4 * 3).fill(128);
  const at = 3 * below(hash(8, key), 8);
  for (let pixel = at; pixel < at + 24; pixel += 3) bytes[pixel + 2 * side] = 255;
  return packPicture(4, bytes);
}
/** Everybody likes one of two genres; the last items nobody has, and of the last two users nothing is known but features. */
const likes = Array.from({ length: USERS }, (_, user) =>
  Array.from({ length: ITEMS - COLD }, (_, item) => item).filter(
    (item) => user < USERS - 2 && genre(item) === taste(user) && below(hash(5, user, item), 4) > 0,
  ),
);
const data = new Interactions(ids("u", USERS), ids("i", ITEMS), {
  offsets: Int32Array.from([0, ...likes.map((_, i) => likes.slice(0, i + 1).flat().length)]),
  items: Int32Array.from(likes.flat()),
});
const isWar = (id: string): boolean => genre(Number(id.slice(1))) === 1;

/** What was recommended, as words. */
const genresOf = ({ items }: { readonly items: readonly { readonly item: string }[] }) =>
  items.map(({ item }) => (isWar(item) ? "war" : "love"));

interface Case {
  readonly model: Model;
  /** How somebody is answered who is known by items, and by items and features. */
  readonly method?: "fold-in";
  /** What it reads. Default: features of both sides. */
  readonly features?: Features;
}

const cases: Readonly<Record<string, Case>> = {
  "ncf-features": { model: ncfFeatures({ width: 4, hidden: [8] }) as Model, method: "fold-in" },
  "content-attention": { model: contentAttention({ width: 8 }) as Model },
  "two-tower": { model: twoTower({ dim: 8 }) as Model },
  "two-tower without ids": { model: twoTower({ dim: 8, itemIds: false, hidden: [8] }) as Model },
  "two-tower, users by id too": { model: twoTower({ dim: 8, ids: true, shared: false }) as Model },
  "two-tower of pictures": {
    model: twoTower({ dim: 8, channels: 4 }) as Model,
    features: { ...both, items: [pictures] },
  },
  vbpr: { model: vbpr({ factors: 4, visual: 4 }) as Model, features: { items: both.items }, method: "fold-in" },
  "vbpr of pictures": {
    model: vbpr({ factors: 4, visual: 4 }) as Model,
    features: { items: [pictures] },
    method: "fold-in",
  },
  "vbpr of the principal directions of pictures": {
    model: vbpr({ factors: 4, visual: 4, projection: "components" }) as Model,
    features: { items: [pictures] },
    method: "fold-in",
  },
  "softmax-dnn": { model: softmaxDnn({ width: 8, hidden: [8] }) as Model },
  "softmax-dnn, histories apart": { model: softmaxDnn({ width: 8, hidden: [], shared: false }) as Model },
  lightgcn: { model: lightGcn({ dim: 8, layers: 2, temperature: 0 }) as Model, features: { items: both.items } },
  "lightgcn by softmax": {
    model: lightGcn({ dim: 8, layers: 2, temperature: 0.2 }) as Model,
    features: { items: both.items },
  },
};

describe.each(Object.entries(cases))("%s with features", (_, { model, method = "history", features = both }) => {
  const ofUsers = test.skipIf(features.users === undefined);
  let artifact: Artifact;
  const options = { engine, progress: "none", epochs: 15, batchSize: 32, learningRate: 0.03, l2: 0, seed: 1 } as const;
  const asked = async <T>(artifact: Artifact, ask: (recommender: Recommender) => Promise<T>): Promise<T> => {
    using recommender = createRecommender(artifact, engine);
    return await ask(recommender);
  };
  beforeAll(async () => {
    artifact = toArtifact(await train(model, data, { ...options, features }), data, { seen: [data] });
  }, 120_000);

  test("items that nobody has met are ranked by what is known of them", async () => {
    const candidates = Array.from({ length: COLD }, (_, i) => `i${ITEMS - COLD + i}`);
    for (const [user, genre] of [
      ["u0", "love"],
      ["u1", "war"],
    ] as const) {
      const answer = await asked(artifact, (one) => one.recommend(user, { k: 2, candidates }));
      expect(genresOf(answer)).toEqual([genre, genre]);
    }
  });

  test("an item that is added stands where one that is like it stands, also in a history", async () => {
    const like = `i${ITEMS - 1}`; // of war, and nobody has it
    const shown = features.items?.[0]?.values[ITEMS - 1] ?? null;
    const more = withItems(artifact, [{ id: "new", features: { genre: shown } }]);
    const scores = await asked(more, (one) => one.score(["new", like, "i0"].map((item) => ({ user: "u1", item }))));
    const [added, cold, other] = scores.map(({ score }) => score ?? Number.NaN) as [number, number, number];
    expect(added).toBeCloseTo(cold, 4);
    expect(added).toBeGreaterThan(other);
    const answer = await asked(more, (one) => one.recommend({ items: ["new"] }, { k: 3, candidates: firstItems }));
    if (method === "history") expect(genresOf(answer)).toEqual(["war", "war", "war"]);
  });

  const firstItems = Array.from({ length: ITEMS }, (_, i) => `i${i}`);
  ofUsers("somebody new is answered by features, by a history and by both", async () => {
    const byFeatures = await asked(artifact, (one) => one.recommend({ features: { likes: "war" } }, { k: 3 }));
    expect([byFeatures.method, genresOf(byFeatures)]).toEqual(["features", ["war", "war", "war"]]);
    const byItems = await asked(artifact, (one) => one.recommend({ items: ["i0", "i1", "i4"] }, { k: 3 }));
    expect([byItems.method, genresOf(byItems)]).toEqual([method, ["love", "love", "love"]]);
    const scoreOf = (features: object) =>
      asked(artifact, (one) => one.recommend({ items: ["i0"], ...features }, { k: 1, candidates: ["i5"] }));
    const [plain, told] = [await scoreOf({}), await scoreOf({ features: { likes: "love" } })];
    expect(told.method).toBe(method);
    expect(told.items[0]?.score).not.toBeCloseTo(plain.items[0]?.score ?? Number.NaN, 5);
  });

  ofUsers("a user of the run without interactions is answered by their features", async () => {
    const answer = await asked(artifact, (one) => one.recommend(`u${USERS - 1}`, { k: 3 }));
    expect([answer.method, genresOf(answer)]).toEqual(["features", Array(3).fill(word(taste(USERS - 1)))]);
    const pairs = answer.items.map(({ item }) => ({ user: `u${USERS - 1}`, item }));
    const scores = await asked(artifact, (one) => one.score(pairs));
    for (const [i, { score }] of scores.entries()) expect(score).toBeCloseTo(answer.items[i]?.score ?? Number.NaN, 5);
  });

  test("a known user's fresh events are told beside the features they have", async () => {
    const answer = await asked(artifact, (one) => one.recommend({ user: "u1", items: ["i2"] }, { k: 3, why: true }));
    expect([answer.method, genresOf(answer)]).toEqual([method, ["war", "war", "war"]]);
    if (method === "fold-in") return;
    // What is done already, told again, changes nothing: so the features are those of this user.
    const known = likes[1]?.at(-1);
    const again = await asked(artifact, (one) => one.recommend({ user: "u1", items: [`i${known}`] }, { k: 3 }));
    const before = await asked(artifact, (one) => one.recommend("u1", { k: 3 }));
    expect(again.items.map(({ item }) => item)).toEqual(before.items.map(({ item }) => item));
  });
});

test.each([lightGcn({ dim: 4, layers: 1 }) as Model, bprMf({ factors: 4 }) as Model])(
  "$definition.name does not read features of users: no answer by them",
  async (model) => {
    const run = await train(model, data, { engine, progress: "none", epochs: 1, features: both });
    using recommender = createRecommender(toArtifact(run, data), engine);
    const told = recommender.recommend({ features: { likes: "war" } });
    await expect(told).rejects.toMatchObject({ code: "FEATURE_MISSING" });
  },
);
