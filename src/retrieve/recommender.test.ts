import { afterAll, describe, expect, test } from "vitest";
import { awkwardIds, tinyArtifact } from "../../test/support/tiny-artifact.ts";
import type { Artifact } from "../artifact/types.ts";
import { referenceEngine } from "../engine/reference/index.ts";
import { createRecommender } from "./index.ts";
import type { Recommendations, Recommender } from "./types.ts";

/** 4 users, 9 items; scores of a user are p · q + bias, see the fixture. */
const artifact = tinyArtifact();
const recommender = createRecommender(artifact, referenceEngine);
afterAll(() => recommender.dispose());
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
  test("fits the new rows to the profile: its items come to the front", async () => {
    for (const liked of [0, 4, 7]) {
      const answer = await recommender.recommend({ items: [item(liked)] }, { k: 9, exclude: "none" });
      const average = averageUserOrder();
      // Strictly forward, unless it was first before.
      expect(ids(answer).indexOf(item(liked))).toBeLessThan(Math.max(1, average.indexOf(item(liked))));
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
  function averageUserOrder(): string[] {
    const {
      "factors/user": p,
      "factors/item": q,
      "bias/item": b,
    } = artifact.parameters as Record<string, Float32Array>;
    const mean = [0, 1].map((f) => [0, 1, 2, 3].reduce((sum, user) => sum + (p?.[2 * user + f] ?? 0) / 4, 0));
    const score = (i: number) => mean.reduce((sum, m, f) => sum + m * (q?.[2 * i + f] ?? 0), b?.[i] ?? 0);
    return [...awkwardIds.keys()].sort((x, y) => score(y) - score(x) || x - y).map(item);
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
  test("is, for matrix factorization, the items' inner product times how unexpected the past item was", async () => {
    const { items } = await recommender.recommend("anna", { k: 5, why: true });
    const { "factors/user": p = NONE, "factors/item": q = NONE, "bias/item": b = NONE } = artifact.parameters;
    const mean = [0, 1].map((f) => [0, 1, 2, 3].reduce((sum, user) => sum + (p[2 * user + f] ?? 0) / 4, 0));
    // Four points on the way from the average user to anna.
    const points = [0, 1, 2, 3].map((t) => mean.map((m, f) => m + ((p[f] ?? 0) - m) * (t / 3)));
    const score = (row: readonly number[], i: number) =>
      row.reduce((sum, value, f) => sum + value * (q[2 * i + f] ?? 0), b[i] ?? 0);
    const dot = (i: number, j: number) => score([q[2 * i] ?? 0, q[2 * i + 1] ?? 0], j) - (b[j] ?? 0);
    const unexpected = (j: number) => points.reduce((sum, row) => sum + 1 / (1 + Math.exp(score(row, j))), 0);
    for (const each of items) {
      const i = awkwardIds.indexOf(each.item);
      const weights = [0, 1, 2, 3].map((j) => ({ j, weight: dot(i, j) * unexpected(j) }));
      const positive = weights.filter(({ weight }) => weight > 0).sort((x, y) => y.weight - x.weight);
      const total = positive.reduce((sum, { weight }) => sum + weight, 0);
      const share = (weight: number) => expect.closeTo(weight / total, 5) as number;
      expect(each.why).toEqual(positive.slice(0, 3).map(({ j, weight }) => ({ item: item(j), weight: share(weight) })));
    }
    expect(items.some(({ why = [] }) => why.length > 1)).toBe(true);
  });
  test("is nothing where the run learned from nobody", async () => {
    const { items, explanation, method } = await baseline().recommend("007", { k: 2, why: true });
    expect([method, explanation, ...items.map(({ why }) => why)]).toEqual(["baseline", "none", [], []]);
  });
  test("is co-occurrence where the model has no user rows", async () => {
    using rowless = createRecommender({ ...artifact, plans: { score: artifact.plans.score } }, referenceEngine);
    const { items, explanation } = await rowless.recommend("007", { k: 2, why: true });
    expect(explanation).toBe("co-occurrence");
    // "007" met items 0, 2, 4. Item 1 shares anna with 0 and 2; weights 2/√(3·2) and 1/√(2·2).
    const [a, b] = [2 / Math.sqrt(6), 1 / 2];
    expect(items.find((each) => each.item === item(1))?.why).toEqual([
      { item: item(0), weight: expect.closeTo(a / (a + b), 6) as number },
      { item: item(2), weight: expect.closeTo(b / (a + b), 6) as number },
    ]);
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
    // Item tables side by side: two factors and the bias.
    const { "factors/item": q = new Float32Array(), "bias/item": b = new Float32Array() } = artifact.parameters;
    const vector = (i: number) => [q[2 * i] ?? 0, q[2 * i + 1] ?? 0, b[i] ?? 0];
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
});

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
