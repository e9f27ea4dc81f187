import { describe, expect, test } from "vitest";
import { tinyArtifact, tinyUnlearned } from "../../test/support/tiny-artifact.ts";
import type { Artifact } from "../artifact/types.ts";
import { type Fusion, fusable, fused } from "../core/fuse.ts";
import { referenceEngine } from "../engine/reference/index.ts";
import { createRecommender, ensembleOf, forgetUser, scorerOf } from "./index.ts";

/** The tiny run, and another one whose parameters go through 11 other values. */
const one: Artifact = { ...tinyArtifact(), unlearned: tinyUnlearned };
const other: Artifact = {
  ...one,
  parameters: Object.fromEntries(
    Object.entries(one.parameters).map(([name, x]) => [name, x.map((_, i) => (((i * 5 + 3) % 11) - 4) / 8)]),
  ),
};
const members = [
  { run: "one", artifact: one },
  { run: "other", artifact: other },
];
const facts = { created: "2026-01-01T00:00:00.000Z" };
const ensemble = (fusion: Fusion = "standardized", weights = [0.25, 0.75]) =>
  ensembleOf(members, weights, fusion, facts);
const ITEMS = one.items.length;
const every = Int32Array.from({ length: ITEMS }, (_, i) => i);

async function byHand(user: number, fusion: Fusion, weights: readonly number[]): Promise<Float32Array> {
  const rows: Float64Array[] = [];
  for (const artifact of [one, other]) {
    using scorer = await scorerOf(artifact, referenceEngine);
    rows.push(fusable(await scorer.score(new Int32Array(ITEMS).fill(user), every), fusion));
  }
  return fused(rows, weights);
}

describe.each(["standardized", "logits", "rrf"] as const)("the scorer of an ensemble, %s", (fusion) => {
  test("gives the weighted sum for pairs in any order", async () => {
    using scorer = await scorerOf(ensemble(fusion), referenceEngine);
    const users = Int32Array.of(2, 0, 2, 1);
    const items = Int32Array.of(8, 3, 0, 4);
    const rows = await Promise.all([0, 1, 2].map((user) => byHand(user, fusion, [0.25, 0.75])));
    const expected = Array.from(users, (user, i) => rows[user]?.[items[i] as number]);
    expect([...(await scorer.score(users, items))]).toEqual(expected);
  });
  test("ranks and lists as its scores say", async () => {
    using scorer = await scorerOf(ensemble(fusion), referenceEngine);
    const row = await byHand(1, fusion, [0.25, 0.75]);
    const exclude = { offsets: Int32Array.of(0, 2), items: Int32Array.of(0, 2) };
    const open = [...every].filter((item) => ![0, 2].includes(item));
    const order = open.toSorted((a, b) => (row[b] as number) - (row[a] as number) || a - b);
    const best = await scorer.topK({ users: Int32Array.of(1), k: ITEMS, exclude });
    expect([...best.items]).toEqual([...order, -1, -1]);
    const among = { users: Int32Array.of(1), k: 2, candidates: Int32Array.of(3, 5, 7) };
    expect([...(await scorer.topK(among)).items]).toEqual(order.filter((item) => [3, 5, 7].includes(item)).slice(0, 2));
    const targets = { offsets: Int32Array.of(0, 2), items: Int32Array.of(2, 5) };
    const { greater, equal, candidates } = await scorer.ranks({ users: Int32Array.of(1), targets, exclude });
    const ranked = [...open, 2];
    const above = (item: number) => ranked.filter((rival) => (row[rival] as number) > (row[item] as number)).length;
    const same = (item: number) => ranked.filter((rival) => row[rival] === row[item]).length - 1;
    expect([[...greater], [...equal], [...candidates]]).toEqual([
      [above(2), above(5)],
      [same(2), same(5)],
      [ITEMS - 1],
    ]);
  });
});

describe("an ensemble recommends", () => {
  test("to users of the runs, what they have not met", async () => {
    const row = await byHand(0, "standardized", [0.25, 0.75]);
    const { items, method } = await createRecommender(ensemble(), referenceEngine).recommend("anna", { k: ITEMS });
    expect(method).toBe("model");
    const seen = [0, 1, 2, 3, 5, 8];
    const order = [...every]
      .filter((i) => !seen.includes(i))
      .toSorted((a, b) => (row[b] as number) - (row[a] as number));
    expect(items.map(({ item }) => item)).toEqual(order.map((i) => one.items[i]));
  });
  test("to everybody the same that it recommends to each", async () => {
    const all = createRecommender(ensemble(), referenceEngine);
    for await (const list of all.recommendAll({ k: 3 })) {
      expect(list.items).toEqual((await all.recommend(list.user as string, { k: 3 })).items);
    }
  });
  test("to a stranger by what each run makes of what they like", async () => {
    const asked = createRecommender(ensemble(), referenceEngine);
    const who = { items: ["007", "7"] };
    const answer = await asked.recommend(who, { k: ITEMS, exclude: "none" });
    expect(answer).toMatchObject({ known: true, method: "fold-in", user: null });
    const rows: Float64Array[] = [];
    for (const artifact of [one, other]) {
      const { items } = await createRecommender(artifact, referenceEngine).recommend(who, {
        k: ITEMS,
        exclude: "none",
      });
      const scores = new Float32Array(ITEMS);
      for (const { item, score } of items) scores[one.items.indexOf(item)] = score;
      rows.push(fusable(scores, "standardized"));
    }
    const expected = fused(rows, [0.25, 0.75]);
    for (const { item, score } of answer.items)
      expect(score).toBeCloseTo(expected[one.items.indexOf(item)] as number, 5);
  });
  test("to somebody of whom nothing is known the popular items, and says so", async () => {
    const answer = await createRecommender(ensemble(), referenceEngine).recommend("nobody", { k: 2, why: true });
    expect(answer).toMatchObject({ known: false, method: "popularity", explanation: "none" });
    expect(answer.items[0]?.item).toBe(one.items[0]);
  });
  test("and says which run speaks for an item, and by what", async () => {
    const answer = await createRecommender(ensemble(), referenceEngine).recommend("anna", {
      ...{ k: 4, why: true, exclude: "none" },
    });
    expect(answer.explanation).toBe("members");
    for (const { score, members: shares = [], why = [] } of answer.items) {
      const total = shares.reduce((sum, { share }) => sum + share, 0);
      if (score > 0) expect(total).toBeCloseTo(1, 9);
      expect(shares.toSorted((a, b) => b.share - a.share)).toEqual(shares);
      expect(why.length).toBeLessThanOrEqual(3);
      for (const { weight } of why) expect(weight).toBeGreaterThan(0);
    }
    expect(answer.items.some(({ members: shares = [] }) => shares.length === 2)).toBe(true);
  });
  test("with weight 0 for a run, the list of the other one", async () => {
    const alone = await createRecommender(ensemble("logits", [0, 2]), referenceEngine).recommend("anna", { k: 3 });
    const single = await createRecommender(other, referenceEngine).recommend("anna", { k: 3 });
    expect(alone.items.map(({ item }) => item)).toEqual(single.items.map(({ item }) => item));
  });
  test("finds similar items by who met them", async () => {
    const [together, single] = [ensemble(), one].map((saved) => createRecommender(saved, referenceEngine));
    expect(await together?.similar("007", { k: 2 })).toEqual({
      ...{ item: "007", method: "co-occurrence" },
      items: [
        { item: "7", score: expect.any(Number) as number },
        { item: one.items[2], score: expect.any(Number) as number },
      ],
    });
    expect(await single?.similar("007", { k: 2 })).toMatchObject({ method: "cosine" });
  });
});

describe("refused", () => {
  const code = (change: Partial<Artifact>) => () => {
    ensembleOf(
      [
        { run: "one", artifact: one },
        { run: "strange", artifact: { ...other, ...change } },
      ],
      [1, 1],
      "rrf",
    );
  };
  const { metadata, history } = one;
  test.each<[string, Partial<Artifact>]>([
    ["other data", { metadata: { ...metadata, dataset: { ...metadata.dataset, fingerprint: "beef" } } }],
    ["other users", { users: ["anna", "7", "x", ""] }],
    ["a user more", { users: [...one.users, "zoe"] }],
    ["a user less", { users: one.users.slice(0, -1) }],
    ["other items", { items: [...one.items].reverse() }],
    ["an item more", { items: [...one.items, "new"] }],
    ["an item less", { items: one.items.slice(0, -1) }],
    ["more training interactions", { history: { ...history, items: Int32Array.of(...history.items, 0) } }],
    ["other rows of training interactions", { history: { ...history, offsets: Int32Array.of(0, 3, 7, 10, 10) } }],
    ["another split", { metadata: { ...metadata, split: { kind: "ratio", seed: 1 } } }],
    ["other training interactions", { history: { ...history, items: history.items.map((item) => 8 - item) } }],
    ["ratings", { metadata: { ...metadata, model: { ...metadata.model, task: "rating" } } }],
  ])("runs of %s: ENSEMBLE_MEMBERS", (_, change) => {
    expect(code(change)).toThrow(expect.objectContaining({ code: "ENSEMBLE_MEMBERS" }));
  });
  test("one run, or the same one twice: ENSEMBLE_MEMBERS", () => {
    const [first] = members;
    for (const few of [[first], [first, first]] as (typeof members)[]) {
      expect(() =>
        ensembleOf(
          few,
          few.map(() => 1),
          "rrf",
        ),
      ).toThrow(expect.objectContaining({ code: "ENSEMBLE_MEMBERS" }));
    }
  });
  test.each([[[1]], [[1, -1]], [[0, 0]], [[1, Number.NaN]]])("weights %j: CONFIG_VALUE", (weights) => {
    expect(() => ensemble("rrf", weights)).toThrow(expect.objectContaining({ code: "CONFIG_VALUE" }));
  });
  test("new items, where a run knows nothing of them: FEATURE_MISSING", () => {
    const recommender = createRecommender(ensemble(), referenceEngine);
    const add = () => recommender.addItem({ id: "new", features: {} });
    expect(add).toThrow(expect.objectContaining({ code: expect.stringMatching(/^FEATURE/) }));
  });
});

test("a user who is forgotten is gone from every member", () => {
  const forgotten = forgetUser(ensemble(), "anna");
  expect(forgotten).toMatchObject({ interactions: 6, artifact: { metadata: { forgotten: 1, dataset: { users: 3 } } } });
  for (const { artifact } of forgotten?.artifact.members ?? []) expect(artifact.users).not.toContain("anna");
  expect(forgotten?.artifact.users).toEqual(one.users.slice(1));
  expect(forgetUser(ensemble(), "nobody")).toBeUndefined();
});
