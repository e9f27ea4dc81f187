import { afterAll, describe, expect, test } from "vitest";
import { awkwardIds, tinyArtifact, tinyUnlearned } from "../../test/support/tiny-artifact.ts";
import type { Artifact } from "../artifact/types.ts";
import { referenceEngine } from "../engine/reference/index.ts";
import { createRecommender } from "./index.ts";
import type { Recommendations, Recommender } from "./types.ts";

/** 4 users, 9 items; scores of a user are p · q + bias, see the fixture. */
const artifact = tinyArtifact();
const recommender = createRecommender(artifact, referenceEngine);
afterAll(() => recommender.dispose());
const seeing = createRecommender({ ...artifact, unlearned: tinyUnlearned }, referenceEngine);
afterAll(() => seeing.dispose());
const ids = (answer: { readonly items: readonly { readonly item: string }[] }) => answer.items.map(({ item }) => item);
const item = (index: number) => awkwardIds[index] as string;

/** Scores of a user computed from the weights, best first, ties by index. */
function byHand(user: number, leaveOut: readonly number[]): { item: string; score: number }[] {
  const { "factors/user": p, "factors/item": q, "bias/item": b } = artifact.parameters as Record<string, Float32Array>;
  const score = (i: number) =>
    (p?.[2 * user] ?? 0) * (q?.[2 * i] ?? 0) + (p?.[2 * user + 1] ?? 0) * (q?.[2 * i + 1] ?? 0) + (b?.[i] ?? 0);
  return awkwardIds
    .map((id, i) => ({ item: id, score: score(i), i }))
    .filter(({ i }) => !leaveOut.includes(i))
    .sort((a, b) => b.score - a.score || a.i - b.i)
    .map(({ item, score }) => ({ item, score }));
}

const NONE = new Float32Array(0);

describe("recommend, for a user of the run", () => {
  test("gives the best items that the user has not met, with their scores", async () => {
    const answer = await recommender.recommend("anna", { k: 3 });
    expect(answer).toEqual({
      user: "anna",
      known: true,
      method: "model",
      items: byHand(0, [0, 1, 2, 3])
        .slice(0, 3)
        .map((each) => ({ ...each, score: expect.closeTo(each.score, 6) as number })),
    });
  });
  test("gives ten where nothing is said, or as many as are left", async () => {
    await expect(createRecommender(bigger(12), referenceEngine).recommend("anna")).resolves.toHaveProperty(
      "items.length",
      10,
    );
    await expect(recommender.recommend("anna", { k: 9 })).resolves.toHaveProperty("items.length", 5);
  });
  test("exclude none: seen items as well", async () => {
    const answer = await recommender.recommend("anna", { k: 9, exclude: "none" });
    expect(ids(answer)).toEqual(byHand(0, []).map((each) => each.item));
  });
  test("exclude a list: the seen items and these, unknown ones reported", async () => {
    const answer = await recommender.recommend("anna", { k: 9, exclude: [item(4), item(5), "?"] });
    expect(ids(answer)).toEqual(byHand(0, [0, 1, 2, 3, 4, 5]).map((each) => each.item));
    expect(answer.ignored).toEqual(["?"]);
  });
  test("exclude a list, seen items included: everything but these", async () => {
    const answer = await recommender.recommend("anna", { k: 9, includeSeen: true, exclude: [item(4), item(0)] });
    expect(ids(answer)).toEqual(byHand(0, [4, 0]).map((each) => each.item));
  });
  test("candidates: these alone, unknown ones reported", async () => {
    const answer = await recommender.recommend("anna", { k: 9, candidates: [item(8), "?", item(0), item(6)] });
    expect(ids(answer)).toEqual(byHand(0, [0, 1, 2, 3, 4, 5, 7]).map((each) => each.item));
    expect(answer.ignored).toEqual(["?"]);
  });
  test("no candidate left is an empty list, not an error", async () => {
    expect((await recommender.recommend("anna", { candidates: [item(0)], k: 1 })).items).toEqual([]);
  });
  test.each([0, -1, 1.5, Number.NaN, 10])("k = %s throws CONFIG_VALUE", async (k) => {
    await expect(recommender.recommend("anna", { k })).rejects.toMatchObject({ code: "CONFIG_VALUE" });
  });
  test("the same question has the same answer", async () => {
    const ask = () => recommender.recommend("007", { k: 4, why: true });
    expect(await ask()).toEqual(await ask());
  });
});

describe("what a user has met without being learned from", () => {
  test("is never recommended: held out or below a threshold, to a known user and in everybody's lists", async () => {
    expect(ids(await seeing.recommend("anna", { k: 9 }))).toEqual(byHand(0, [0, 1, 2, 3, 5, 8]).map((x) => x.item));
    const all: Recommendations[] = [];
    for await (const answer of seeing.recommendAll({ k: 9 })) all.push(answer);
    expect(all).toEqual(await Promise.all(artifact.users.map((user) => seeing.recommend(user, { k: 9 }))));
    expect(all.map((answer) => answer.items.length)).toEqual([3, 5, 6, 8]);
  });
  test("is left out for a user without any training interaction too, and comes back when asked for", async () => {
    expect(ids(await seeing.recommend("", { k: 9 }))).not.toContain(item(0));
    expect(ids(await seeing.recommend("", { k: 9, includeSeen: true }))).toContain(item(0));
    expect(ids(await seeing.recommend("anna", { k: 9, exclude: "none" }))).toHaveLength(9);
    expect(ids(await seeing.recommend("anna", { k: 9, exclude: [item(4)] })).toSorted()).toEqual(
      [6, 7].map(item).toSorted(),
    );
  });
  test("is no reason for anything", async () => {
    const { items } = await seeing.recommend("anna", { k: 9, why: true });
    const named = items.flatMap(({ why = [] }) => why.map((reason) => reason.item));
    expect(named.filter((id) => ![0, 1, 2, 3].map(item).includes(id))).toEqual([]);
  });
  test("is warned of where it is not known", () => {
    expect(seeing.warnings).toEqual([]);
    expect(recommender.warnings.map(({ code }) => code)).toEqual(["seen-unknown"]);
  });
});

describe("recommend, for a user with fresh events", () => {
  test("is a fold-in on the history and these, and leaves out both", async () => {
    const answer = await seeing.recommend({ user: "anna", items: [item(4)] }, { k: 9 });
    expect(answer).toMatchObject({ user: "anna", known: true, method: "fold-in" });
    expect(ids(answer).toSorted()).toEqual([6, 7].map(item).toSorted());
    const joint = await seeing.recommend({ items: [0, 1, 2, 3, 4].map(item) }, { k: 9, exclude: "none" });
    const fresh = await seeing.recommend({ user: "anna", items: [item(4)] }, { k: 9, exclude: "none" });
    expect(fresh.items).toEqual(joint.items);
  });
  test("hears of both: neither the user nor the items are ignored", async () => {
    const lists = await Promise.all(
      [
        { user: "anna", items: [item(7)] },
        { user: "007", items: [item(7)] },
        { user: "anna", items: [item(4)] },
      ].map((who) => recommender.recommend(who, { k: 9, exclude: "none" })),
    );
    expect(new Set(lists.map((list) => JSON.stringify(list.items))).size).toBe(3);
  });
  test("without items, or with none that the run knows, is the user as trained", async () => {
    const plain = await recommender.recommend("anna", { k: 3 });
    expect(await recommender.recommend({ user: "anna" }, { k: 3 })).toEqual(plain);
    expect(await recommender.recommend({ user: "anna", items: [] }, { k: 3 })).toEqual(plain);
    expect(await recommender.recommend({ user: "anna", items: ["?"] }, { k: 3 })).toEqual({ ...plain, ignored: ["?"] });
  });
  test("an unknown user is folded in from the items alone, and reported", async () => {
    const alone = await recommender.recommend({ items: [item(7)] }, { k: 3 });
    const named = await recommender.recommend({ user: "nobody", items: [item(7)] }, { k: 3 });
    expect(named).toEqual({ ...alone, user: "nobody", ignored: ["nobody"] });
  });
});

describe("ids given as numbers", () => {
  test("stand for their text, wherever an id is taken", async () => {
    expect(await recommender.recommend({ items: [7] }, { k: 3 })).toEqual(
      await recommender.recommend({ items: ["7"] }, { k: 3 }),
    );
    expect(await recommender.similar(7)).toEqual(await recommender.similar("7"));
    expect((await recommender.recommend(42)).user).toBe("42");
    const limits = { k: 9, exclude: [7], candidates: [7, "007"] };
    const asText = { k: 9, exclude: ["7"], candidates: ["7", "007"] };
    expect(await recommender.recommend(42, limits)).toEqual(await recommender.recommend("42", asText));
    expect(await recommender.recommend({ ratings: { 7: 1 } })).toEqual(
      await recommender.recommend({ items: ["7"], values: [1] }),
    );
    expect(await recommender.recommend({ ratings: new Map([[7, 1]]) })).toEqual(
      await recommender.recommend({ ratings: { 7: 1 } }),
    );
    expect(await recommender.score([{ user: 7, item: 7 }])).toEqual([
      { user: "7", item: "7", score: null, missing: "user" },
    ]);
  });
  const wrong = (value: unknown) => value as never;
  test.each([
    [null],
    [undefined],
    [true],
    [Number.NaN],
    [1.5],
    [2 ** 53],
    [[]],
    [["anna"]],
    [{}],
    [{ item: "7" }],
    [{ items: "7" }],
    [{ items: [null] }],
    [{ user: null, items: ["7"] }],
  ])("recommend(%j) throws DATA_ID", async (who) => {
    await expect(recommender.recommend(wrong(who))).rejects.toMatchObject({ code: "DATA_ID" });
  });
  test.each([["all"], [7], [null], [{}]])("exclude %j throws CONFIG_VALUE", async (exclude) => {
    await expect(recommender.recommend("anna", { exclude: wrong(exclude) })).rejects.toMatchObject({
      code: "CONFIG_VALUE",
    });
    await expect(recommender.recommendAll({ exclude: wrong(exclude) }).next()).rejects.toMatchObject({
      code: "CONFIG_VALUE",
    });
  });
  test.each([[{ exclude: [null] }], [{ candidates: "7" }], [{ candidates: [1.5] }]])(
    "%j throws DATA_ID",
    async (options) => {
      await expect(recommender.recommend("anna", wrong(options))).rejects.toMatchObject({ code: "DATA_ID" });
    },
  );
  test("and so do similar and score", async () => {
    await expect(recommender.similar(wrong(null))).rejects.toMatchObject({ code: "DATA_ID" });
    await expect(recommender.score([{ user: "anna", item: wrong({}) }])).rejects.toMatchObject({ code: "DATA_ID" });
  });
  test.each([[[4]], ["7=4"], [{ 7: "4" }], [{ 7: null }], [{ 7: Number.NaN }]])(
    "ratings %j throw CONFIG_VALUE",
    async (ratings) => {
      await expect(recommender.recommend({ ratings: wrong(ratings) })).rejects.toMatchObject({ code: "CONFIG_VALUE" });
    },
  );
});

describe("ratings", () => {
  const { metadata } = artifact;
  const asked = { ...metadata.model, task: "rating" as const };
  const rated = { ...artifact, metadata: { ...metadata, model: asked }, unlearned: tinyUnlearned };
  const stars = createRecommender(rated, referenceEngine);
  afterAll(() => stars.dispose());

  test("are kept on the scale of the data, in the order of the scores as they are", async () => {
    using raw = createRecommender(rated, referenceEngine, { clip: false });
    const [shown, unclipped] = await Promise.all(
      [stars, raw].map((each) => each.recommend("anna", { k: 9, exclude: "none" })),
    );
    expect(unclipped?.items.some(({ score }) => score < 0.5)).toBe(true);
    // The data go from 0.5 to 5.
    expect(shown?.items).toEqual(
      unclipped?.items.map(({ item: id, score }) => ({ item: id, score: Math.max(0.5, score) })),
    );
    expect((await stars.score([{ user: "anna", item: item(7) }]))[0]?.score).toBeGreaterThanOrEqual(0.5);
  });
  test.each([[0.4], [99], [-1]])("of a profile off that scale (%d) are refused with CONFIG_VALUE", async (rating) => {
    for (const who of [{ items: [item(1)], values: [rating] }, { ratings: { 7: rating } }]) {
      await expect(stars.recommend(who)).rejects.toMatchObject({
        code: "CONFIG_VALUE",
        message: expect.stringContaining("from 0.5 to 5"),
      });
    }
    await expect(stars.recommend({ ratings: { 7: 0.5 } })).resolves.toMatchObject({ method: "fold-in" });
  });
  test("change the answer of a model of ratings", async () => {
    using raw = createRecommender(rated, referenceEngine, { clip: false });
    const lists = await Promise.all([0.5, 5].map((rating) => raw.recommend({ ratings: { 7: rating } }, { k: 8 })));
    expect(lists[0]?.items).not.toEqual(lists[1]?.items);
  });
  test("below a run's threshold mean seen, not liked", async () => {
    using demanding = createRecommender(
      { ...artifact, metadata: { ...metadata, split: { ...metadata.split, threshold: 4 } } },
      referenceEngine,
    );
    const ratings = { [item(6)]: 5, [item(7)]: 4, [item(1)]: 1 };
    const answer = await demanding.recommend({ ratings }, { k: 9 });
    const likes = await demanding.recommend({ items: [item(6), item(7)] }, { k: 9, exclude: [item(1)] });
    expect(answer).toEqual(likes);
    expect(ids(answer)).not.toContain(item(1));
  });
  test("are ignored with a warning where each interaction counts as 1", async () => {
    const answer = await recommender.recommend({ ratings: { [item(6)]: 5, [item(1)]: 1 } }, { k: 3 });
    const likes = await recommender.recommend({ items: [item(6), item(1)] }, { k: 3 });
    expect(answer).toEqual({ ...likes, warnings: [{ code: "values-ignored", message: expect.any(String) as string }] });
  });
});

describe("score", () => {
  test("gives the scores of pairs in their order, and says what is missing", async () => {
    const pairs = [
      { user: "007", item: item(8) },
      { user: "anna", item: item(2) },
      { user: "nobody", item: item(2) },
      { user: "anna", item: "?" },
      { user: "", item: item(2) },
    ];
    const scores = await recommender.score(pairs);
    const all = byHand(0, []).find((each) => each.item === item(2));
    expect(scores.map(({ score }) => score)).toEqual([
      expect.closeTo(-14 / 64 + 1 / 8, 6),
      expect.closeTo(all?.score ?? Number.NaN, 6),
      null,
      null,
      null,
    ]);
    expect(scores.map(({ missing }) => missing)).toEqual([undefined, undefined, "user", "item", "history"]);
    expect(await recommender.score([])).toEqual([]);
  });
});

describe("recommend, for somebody unknown", () => {
  const popular = [0, 1, 2].map(item);
  test("gives the most popular items and says so", async () => {
    const answer = await recommender.recommend("nobody", { k: 3 });
    expect(answer).toEqual({
      user: "nobody",
      known: false,
      method: "popularity",
      items: popular.map((id, i) => ({ item: id, score: [3, 2, 2][i] })),
    });
  });
  test("a user of the run without any training interaction is as unknown to the model", async () => {
    expect(await recommender.recommend("", { k: 3 })).toMatchObject({ user: "", known: false, method: "popularity" });
  });
  test("exclude and candidates hold here too", async () => {
    const answer = await recommender.recommend("nobody", { k: 2, exclude: [item(0)], candidates: [0, 3, 5].map(item) });
    expect(ids(answer)).toEqual([item(3), item(5)]);
  });
  test("why is empty: there is nothing to explain by", async () => {
    const answer = await recommender.recommend("nobody", { k: 2, why: true });
    expect(answer.explanation).toBe("none");
    expect(answer.items.map(({ why }) => why)).toEqual([[], []]);
  });
  test.each([[[]], [["?", "??"]]])("a profile without known items (%j) as well", async (items) => {
    const answer = await recommender.recommend({ items }, { k: 3 });
    expect(answer).toMatchObject({ user: null, known: false, method: "popularity" });
    expect(ids(answer)).toEqual(popular);
    expect(answer.ignored).toEqual(items.length > 0 ? items : undefined);
  });
});

describe("recommend, for a profile", () => {
  test("is personal, leaves out the profile, reports unknown items", async () => {
    const answer = await recommender.recommend({ items: [item(6), "?", item(7), item(6)] }, { k: 9 });
    expect(answer).toMatchObject({ user: null, known: true, method: "fold-in", ignored: ["?"] });
    expect(ids(answer).toSorted()).toEqual([0, 1, 2, 3, 4, 5, 8].map(item).toSorted());
  });
  test("fits the new rows to the profile: they explain it better than the average user's", async () => {
    for (const liked of [0, 4, 7]) {
      const answer = await recommender.recommend({ items: [item(liked)] }, { k: 9, exclude: "none" });
      const softplus = (x: number) => Math.log1p(Math.exp(x));
      // Two negatives per positive, each of the eight others as likely.
      const loss = (scores: readonly number[]) =>
        scores.reduce((sum, x, i) => sum + (i === liked ? softplus(-x) : (2 / 8) * softplus(x)), 0);
      const scores = awkwardIds.map((id) => answer.items.find((each) => each.item === id)?.score ?? 0);
      expect(loss(scores)).toBeLessThan(loss(averageUserScores()));
    }
  });
  test("the order of the profile plays no part, and the answer is the same twice", async () => {
    const ask = (items: readonly number[]) => recommender.recommend({ items: items.map(item) }, { k: 5, why: true });
    expect(await ask([2, 5, 8])).toEqual(await ask([8, 2, 5]));
    expect(ids(await ask([2, 5, 8]))).not.toEqual(ids(await ask([1, 7])));
  });
  test.each([[[1]], [[1, Number.NaN]]])("values %j for two items throw CONFIG_VALUE", async (values) => {
    const profile = { items: [item(1), item(2)], values };
    await expect(recommender.recommend(profile, { k: 3 })).rejects.toMatchObject({ code: "CONFIG_VALUE" });
  });
  test("leaves the run as it was", async () => {
    const before = structuredClone(artifact.parameters);
    await recommender.recommend({ items: [item(1)] }, { k: 2, why: true });
    expect(artifact.parameters).toEqual(before);
  });
  test("why names items of the profile", async () => {
    const { items, explanation } = await recommender.recommend({ items: [item(6), item(7)] }, { k: 5, why: true });
    expect(explanation).toBe("influence");
    const named = items.flatMap(({ why }) => why ?? []).map((reason) => reason.item);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((id) => ![6, 7].map(item).includes(id))).toEqual([]);
  });

  /** Where every item stands for the mean of the user rows. */
  function averageUserScores(): number[] {
    const {
      "factors/user": p,
      "factors/item": q,
      "bias/item": b,
    } = artifact.parameters as Record<string, Float32Array>;
    // Of those three who have a history.
    const mean = [0, 1].map((f) => [0, 1, 2].reduce((sum, user) => sum + (p?.[2 * user + f] ?? 0) / 3, 0));
    const score = (i: number) => mean.reduce((sum, m, f) => sum + m * (q?.[2 * i + f] ?? 0), b?.[i] ?? 0);
    return [...awkwardIds.keys()].map(score);
  }
});

describe("why", () => {
  test("lists at most three past items, strongest first, as shares of what speaks for the item", async () => {
    const { items, explanation } = await recommender.recommend("anna", { k: 5, why: true });
    expect(explanation).toBe("influence");
    for (const { why = [] } of items) {
      const weights = why.map(({ weight }) => weight);
      expect(why.length).toBeLessThanOrEqual(3);
      expect(weights).toEqual(weights.toSorted((a, b) => b - a));
      expect(weights.every((weight) => weight > 0)).toBe(true);
      expect(weights.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(1 + 1e-9);
      expect(why.filter((reason) => ![0, 1, 2, 3].map(item).includes(reason.item))).toEqual([]);
    }
  });
  test("is what the score loses when the past item is taken away and the rest folded in again", async () => {
    const { items } = await recommender.recommend("anna", { k: 5, why: true });
    const scoresWith = async (known: readonly number[]) => {
      const answer = await recommender.recommend({ items: known.map(item) }, { k: 9, exclude: "none" });
      return new Map(answer.items.map((each) => [each.item, each.score]));
    };
    const [all, ...less] = await Promise.all(
      [
        [0, 1, 2, 3],
        [1, 2, 3],
        [0, 2, 3],
      ].map(scoresWith),
    );
    for (const each of items) {
      // Anna rated items 0 to 3 with 5, 4, 3 and 1: the last two are below her mean.
      const losses = less.map((scores, j) => ({ j, loss: (all?.get(each.item) ?? 0) - (scores.get(each.item) ?? 0) }));
      const speaking = losses.filter(({ loss }) => loss > 0).sort((x, y) => y.loss - x.loss);
      const total = speaking.reduce((sum, { loss }) => sum + loss, 0);
      const share = (loss: number) => expect.closeTo(loss / total, 1) as number;
      if (speaking.length === 0) expect(each.explanation).toBe("co-occurrence");
      else expect(each.why).toEqual(speaking.map(({ j, loss }) => ({ item: item(j), weight: share(loss) })));
    }
    expect(items.some(({ explanation }) => explanation === undefined)).toBe(true);
  });
  test("never names an item that was rated low", async () => {
    for (const user of ["anna", "007", "Åsa 🎬\nline"]) {
      const { items } = await recommender.recommend(user, { k: 5, why: true });
      const named = items.flatMap(({ why = [] }) => why.map((reason) => reason.item));
      // Under the person's own mean, or the middle of 0.5 to 5.
      for (const low of { anna: [2, 3], "007": [0] }[user] ?? [1, 5]) expect(named).not.toContain(item(low));
    }
  });
  test("is nothing where the run learned from nobody", async () => {
    const { items, explanation, method } = await baseline().recommend("007", { k: 2, why: true });
    expect([method, explanation, ...items.map(({ why }) => why)]).toEqual(["baseline", "none", [], []]);
  });
  test("is co-occurrence where the model has no user rows", async () => {
    using rowless = createRecommender({ ...artifact, plans: { score: artifact.plans.score } }, referenceEngine);
    const { items, explanation } = await rowless.recommend("007", { k: 2, why: true });
    expect(explanation).toBe("co-occurrence");
    // "007" met items 0, 2, 4, and rated the first low. Item 1 shares anna with item 2, and nobody with item 4.
    expect(items.find((each) => each.item === item(1))?.why).toEqual([{ item: item(2), weight: 1 }]);
  });
});

describe("the length that nobody asked for", () => {
  test("is ten, or the whole of a smaller catalogue", async () => {
    expect((await recommender.recommend("anna", { exclude: "none" })).items).toHaveLength(9);
    expect((await recommender.similar("7")).items).toHaveLength(8);
    for await (const { items } of recommender.recommendAll({ exclude: "none" })) expect(items).toHaveLength(9);
    await expect(recommender.recommend("anna", { k: 10 })).rejects.toMatchObject({ code: "CONFIG_VALUE" });
  });
});

describe("similar", () => {
  test("compares the items' vectors by cosine, the item itself left out", async () => {
    const { method, items, item: asked } = await recommender.similar("7", { k: 9 });
    expect([asked, method, items.length]).toEqual(["7", "cosine", 8]);
    // The factors alone: a bias says how much an item is liked, not what it is like.
    const { "factors/item": q = new Float32Array() } = artifact.parameters;
    const vector = (i: number) => [q[2 * i] ?? 0, q[2 * i + 1] ?? 0];
    const dot = (x: readonly number[], y: readonly number[]) =>
      x.reduce((sum, value, f) => sum + value * (y[f] ?? 0), 0);
    const cosine = (x: readonly number[], y: readonly number[]) => dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
    for (const each of items) {
      expect(each.score).toBeCloseTo(cosine(vector(1), vector(awkwardIds.indexOf(each.item))), 5);
    }
    expect(items.map(({ score }) => score)).toEqual(items.map(({ score }) => score).toSorted((x, y) => y - x));
  });
  test("counts shared users where items have no learned vectors", async () => {
    const { method, items } = await baseline().similar("007", { k: 9 });
    expect(method).toBe("co-occurrence");
    expect(items.map((each) => [awkwardIds.indexOf(each.item), each.score])).toEqual([
      [1, expect.closeTo(2 / Math.sqrt(6), 6)],
      [2, expect.closeTo(2 / Math.sqrt(6), 6)],
      [3, expect.closeTo(1 / Math.sqrt(3), 6)],
      [4, expect.closeTo(1 / Math.sqrt(3), 6)],
      [5, expect.closeTo(1 / Math.sqrt(3), 6)],
    ]);
  });
  test("throws DATA_ITEM_UNKNOWN with the nearest ids", async () => {
    await expect(recommender.similar("0007")).rejects.toMatchObject({
      code: "DATA_ITEM_UNKNOWN",
      fix: expect.stringContaining('"007"') as string,
    });
  });
  test("throws CONFIG_VALUE for k beyond the catalogue", async () => {
    await expect(recommender.similar("7", { k: 10 })).rejects.toMatchObject({ code: "CONFIG_VALUE" });
  });
});

describe("recommendAll", () => {
  test("gives everybody what they get when they are asked for alone", async () => {
    const all: Recommendations[] = [];
    for await (const answer of recommender.recommendAll({ k: 4 })) all.push(answer);
    const single = await Promise.all(artifact.users.map((user) => recommender.recommend(user, { k: 4 })));
    expect(all).toEqual(single);
  });
  test("goes on beyond a block of users, each with their own history", async () => {
    const users = 1100;
    using many = createRecommender(crowd(users), referenceEngine);
    const all: Recommendations[] = [];
    for await (const answer of many.recommendAll({ k: 3 })) all.push(answer);
    expect(all.map(({ user }) => user)).toEqual(Array.from({ length: users }, (_, i) => `u${i}`));
    for (const at of [0, 511, 512, 513, 1023, 1024, 1099])
      expect(all[at]).toEqual(await many.recommend(`u${at}`, { k: 3 }));
  });
});

/** The fixture with many users, whose rows and histories repeat with a period that no block has. */
function crowd(users: number): Artifact {
  const { "factors/user": p = NONE, ...others } = artifact.parameters;
  const instructions = artifact.plans.score.instructions.map((x) =>
    x.op === "param" && x.shape[0] === 4 ? { ...x, shape: [users, ...x.shape.slice(1)] } : x,
  );
  return {
    ...artifact,
    parameters: {
      ...others,
      "factors/user": Float32Array.from({ length: 2 * users }, (_, i) => (p[i % 6] ?? 0) + i / 1000),
    },
    plans: { score: { ...artifact.plans.score, instructions } },
    users: Array.from({ length: users }, (_, i) => `u${i}`),
    history: {
      offsets: Int32Array.from({ length: users + 1 }, (_, i) => i),
      items: Int32Array.from({ length: users }, (_, i) => i % 7),
    },
  };
}

/** The fixture as a run of a model that learned nothing. */
function baseline(): Recommender {
  const { metadata, plans } = artifact;
  const model = { ...metadata.model, task: "none" as const };
  const untrained: Artifact = { ...artifact, metadata: { ...metadata, model }, plans: { score: plans.score } };
  return createRecommender(untrained, referenceEngine);
}

/** The fixture with more items than anybody met. */
function bigger(extra: number): Artifact {
  const count = artifact.items.length + extra;
  const instructions = artifact.plans.score.instructions.map((x) =>
    x.op === "param" && x.shape[0] === 9 ? { ...x, shape: [count, ...x.shape.slice(1)] } : x,
  );
  const { "factors/user": p = new Float32Array() } = artifact.parameters;
  return {
    ...artifact,
    parameters: {
      "factors/user": p,
      "factors/item": new Float32Array(2 * count),
      "bias/item": new Float32Array(count),
    },
    plans: { score: { ...artifact.plans.score, instructions } },
    items: [...artifact.items, ...Array.from({ length: extra }, (_, i) => `more ${i}`)],
    popularity: new Float32Array(count),
  };
}
