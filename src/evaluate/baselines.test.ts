import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { denseSource, partOf, rowsOf } from "../../test/support/dense-source.ts";
import { hash, unit } from "../core/random.ts";
import { evaluateBeside } from "./beside.ts";
import { itemScores } from "./item-scores.ts";
import { evaluateLists } from "./lists.ts";
import { randomScores } from "./random-scores.ts";
import { evaluateRanking } from "./ranking.ts";

const requests = fc.record({
  scores: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 3, maxLength: 20 }),
  targets: fc.array(fc.uniqueArray(fc.nat(2), { minLength: 1 }), { minLength: 1, maxLength: 3 }),
  exclude: fc.array(fc.uniqueArray(fc.nat(19)), { minLength: 3, maxLength: 3 }),
  k: fc.integer({ min: 1, max: 25 }),
});
const ascending = (list: readonly number[]) => [...list].sort((a, b) => a - b);

describe("itemScores", () => {
  test("ranks and lists as a scorer that looks at every item", async () => {
    await fc.assert(
      fc.asyncProperty(requests, async ({ scores, targets, exclude, k }) => {
        const users = Int32Array.from(targets.keys());
        const excluded = exclude.slice(0, users.length).map((row) => ascending(row.filter((i) => i < scores.length)));
        const request = { users, targets: rowsOf(targets.map(ascending)), exclude: rowsOf(excluded) };
        const fast = itemScores(Float32Array.from(scores));
        const slow = denseSource(scores.length, (_, item) => scores[item] ?? 0);
        expect(await fast.ranks(request)).toEqual(await slow.ranks(request));
        const top = { users, k, exclude: request.exclude };
        expect(await fast.topK(top)).toEqual(await slow.topK(top));
        expect(await fast.topK({ users, k })).toEqual(await slow.topK({ users, k }));
        const items = Int32Array.from(users, (_, i) => i % scores.length);
        expect(await fast.score(users, items)).toEqual(await slow.score(users, items));
      }),
    );
  });
});

describe("randomScores", () => {
  test("lists k distinct items that are not excluded, best first", async () => {
    await fc.assert(
      fc.asyncProperty(requests, async ({ scores, exclude, k }) => {
        const excluded = exclude.map((row) => ascending(row.filter((i) => i < scores.length)));
        const source = randomScores(4, scores.length);
        const lists = await source.topK({ users: Int32Array.of(0, 1, 2), k, exclude: rowsOf(excluded) });
        for (const [row, banned] of excluded.entries()) {
          const list = [...lists.items.subarray(row * k, (row + 1) * k)].filter((item) => item >= 0);
          expect(new Set(list).size).toBe(Math.min(k, scores.length - banned.length));
          expect(list.filter((item) => banned.includes(item) || item >= scores.length)).toEqual([]);
          const own = [...lists.scores.subarray(row * k, row * k + list.length)];
          expect(own).toEqual(own.toSorted((a, b) => b - a));
        }
      }),
    );
  });
  test("measures as chance under every protocol", async () => {
    const train = partOf(
      Array.from({ length: 800 }, (_, user) => [user % 100]),
      100,
    );
    const held = partOf(
      Array.from({ length: 800 }, (_, user) => [(user * 7 + 13) % 100].filter((i) => i !== user % 100)),
      100,
    );
    for (const protocol of ["full", "sampled-49"] as const) {
      const options = { train, test: held, seed: 3, protocol };
      const { metrics } = await evaluateRanking(randomScores(3, 100), options);
      const { value, low, high } = metrics["hr@10"] ?? { value: 0, low: 0, high: 0 };
      const chance = protocol === "full" ? 10 / 99 : 10 / 50;
      expect(Math.abs(value - chance)).toBeLessThan((3 * (high - low)) / 3.92);
    }
  });
});

describe("evaluateLists", () => {
  const train = partOf([[0, 1], [0], [0, 2], []], 5);
  test("measures what everybody would be shown, by hand", async () => {
    // Score = -item: users get [2,3] [1,2] [1,3] [0,1]; exposure 1 3 2 2 0; popularity 3 1 1 0 0.
    const { lists, metrics } = await evaluateLists(
      denseSource(5, (_, item) => -item),
      { train, k: 2 },
    );
    expect(lists).toBe(4);
    expect(metrics["coverage@2"]).toBe(4 / 5);
    expect(metrics["popularity@2"]).toBe((1 * 3 + 3 * 1 + 2 * 1) / 8);
    expect(metrics["gini@2"]).toBeCloseTo((-4 * 0 - 2 * 1 + 0 * 2 + 2 * 2 + 4 * 3) / (5 * 8), 12);
  });
  test("refuses k beyond the catalogue", async () => {
    const source = denseSource(5, () => 0);
    await expect(evaluateLists(source, { train, k: 6 })).rejects.toMatchObject({ code: "CONFIG_VALUE" });
  });
});

describe("evaluateBeside", () => {
  /** Popularity explains part of what is held out, taste (user mod 2 = item mod 2) the rest. */
  const draw = (user: number, n: number) => {
    const likes = Array.from({ length: n }, (_, i) => {
      const item = Math.floor(60 * unit(hash(1, user, i)) ** 3);
      return item - (item % 2) + (user % 2);
    });
    return ascending([...new Set(likes)]);
  };
  const users = Array.from({ length: 300 }, (_, user) => draw(user, 12));
  const options = {
    train: partOf(
      users.map((items, user) => items.filter((_, i) => i !== user % items.length)),
      60,
    ),
    test: partOf(
      users.map((items, user) => items.filter((_, i) => i === user % items.length)),
      60,
    ),
    seed: 5,
  };
  test("a scorer that knows taste and popularity beats popularity, which beats random", async () => {
    const source = denseSource(60, (user, item) => (item % 2 === user % 2 ? 100 : 0) - item);
    const { protocols, baselines, lists } = await evaluateBeside(source, options);
    expect(protocols.map(({ protocol }) => protocol)).toEqual(["full", "sampled-99"]);
    for (const [i, { metrics }] of protocols.entries()) {
      const popularity = baselines.popularity.protocols[i]?.metrics["ndcg@10"];
      const random = baselines.random.protocols[i]?.metrics["ndcg@10"];
      expect(metrics["ndcg@10"]?.low).toBeGreaterThan(popularity?.high ?? 1);
      expect(popularity?.low).toBeGreaterThan(random?.high ?? 1);
    }
    expect(baselines.random.lists.metrics["coverage@10"]).toBe(1);
    expect(lists.metrics["popularity@10"]).toBeLessThan(baselines.popularity.lists.metrics["popularity@10"] ?? 0);
  });
  test("the result is plain JSON", async () => {
    const result = await evaluateBeside(
      denseSource(60, () => 0),
      options,
    );
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });
});
