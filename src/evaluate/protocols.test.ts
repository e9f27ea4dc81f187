import { describe, expect, test } from "vitest";
import { denseSource, partOf, rowsOf } from "../../test/support/dense-source.ts";
import { below, hash } from "../core/random.ts";
import { evaluateBeside } from "./beside.ts";
import { type ProtocolName, parseProtocol } from "./protocol.ts";
import { evaluateRanking, type RankingOptions, rankUsers } from "./ranking.ts";
import { sampler } from "./sampled.ts";

/** 600 users, 150 items; user u: 1-3 held-out items, up to 40 training items, 2 validation items, 30 given candidates. */
const ITEMS = 150;
const world = (() => {
  const users = Array.from({ length: 600 }, (_, user) => {
    const deck = Array.from({ length: ITEMS }, (_, item) => item).sort((a, b) => hash(5, user, a) - hash(5, user, b));
    const held = 1 + below(hash(6, user), 3);
    const trained = below(hash(7, user), 40);
    const sorted = (from: number, count: number) => deck.slice(from, from + count).sort((a, b) => a - b);
    return {
      test: sorted(0, held),
      validation: sorted(3, 2),
      train: sorted(5, trained),
      candidates: sorted(5 + trained, 30),
    };
  });
  return {
    train: partOf(
      users.map((u) => u.train),
      ITEMS,
    ),
    validation: partOf(
      users.map((u) => u.validation),
      ITEMS,
    ),
    test: partOf(
      users.map((u) => u.test),
      ITEMS,
    ),
    candidates: rowsOf(users.map((u) => u.candidates)),
    isTest: (user: number, item: number) => users[user]?.test.includes(item) ?? false,
    seed: 11,
  };
})();
const protocols: readonly ProtocolName[] = ["full", "sampled-99", "sampled-20", "given"];
const measure = (scoreOf: (user: number, item: number) => number, options: Partial<RankingOptions>) =>
  evaluateRanking(denseSource(ITEMS, scoreOf), { ...world, ...options });

/** The value that a uniformly random order has in expectation, for each user's own list, averaged. */
async function chance(protocol: ProtocolName, k: number): Promise<Record<string, number>> {
  const ranked = await rankUsers(
    denseSource(ITEMS, () => 0),
    { ...world, protocol },
  );
  const sums = { precision: 0, recall: 0, hr: 0 };
  for (let row = 0; row < ranked.users.length; row++) {
    const n = ranked.candidates[row] ?? 0;
    const relevant = (ranked.offsets[row + 1] ?? 0) - (ranked.offsets[row] ?? 0);
    let miss = 1;
    for (let i = 0; i < relevant; i++) miss *= (n - k - i) / (n - i);
    sums.precision += relevant / n;
    sums.recall += k / n;
    sums.hr += 1 - miss;
  }
  const count = ranked.users.length;
  return {
    [`precision@${k}`]: sums.precision / count,
    [`recall@${k}`]: sums.recall / count,
    [`hr@${k}`]: sums.hr / count,
    auc: 0.5,
  };
}

describe.each(protocols)("protocol %s", (protocol) => {
  test("a constant scorer scores as chance, within 3 standard errors", async () => {
    const { metrics } = await measure(() => 1, { protocol, k: 10 });
    for (const [label, expected] of Object.entries(await chance(protocol, 10))) {
      const { value, low, high } = metrics[label] ?? { value: Number.NaN, low: 0, high: 0 };
      const standardError = (high - low) / 3.92;
      expect(Math.abs(value - expected), label).toBeLessThan(3 * standardError);
    }
  });
  test("a scorer that knows the answers gets full marks", async () => {
    const { metrics } = await measure((user, item) => (world.isTest(user, item) ? 1 : 0), { protocol, k: 3 });
    for (const label of ["hr@3", "ndcg@3", "mrr@3", "map@3", "recall@3", "auc"]) {
      expect(metrics[label], label).toEqual({ value: 1, low: 1, high: 1 });
    }
  });
  test("a scorer that inverts the answers gets nothing", async () => {
    const { metrics } = await measure((user, item) => (world.isTest(user, item) ? 0 : 1), { protocol, k: 10 });
    for (const [label, { value }] of Object.entries(metrics)) expect(value, label).toBe(0);
  });
  test("every user is measured, and the same twice", async () => {
    const scoreOf = (user: number, item: number) => below(hash(1, user, item), 4);
    const first = await measure(scoreOf, { protocol });
    expect(first.users).toBe(600);
    expect(first.protocol).toBe(protocol);
    expect(await measure(scoreOf, { protocol })).toEqual(first);
  });
});

describe("full ranking", () => {
  const tiny = {
    train: partOf([[0, 3]], 6),
    validation: partOf([[5]], 6),
    test: partOf([[2]], 6),
    seed: 1,
  };
  const scores = [9, 1, 5, 9, 7, 8];
  test("training and validation items are not ranked", async () => {
    const source = denseSource(6, (_, item) => scores[item] ?? 0);
    const ranked = await rankUsers(source, { ...tiny, protocol: "full" });
    expect([...ranked.positions]).toEqual([1]);
    expect([...ranked.candidates]).toEqual([3]);
  });
  test("without validation its items compete", async () => {
    const source = denseSource(6, (_, item) => scores[item] ?? 0);
    const ranked = await rankUsers(source, { ...tiny, validation: undefined, protocol: "full" });
    expect([...ranked.positions]).toEqual([2]);
  });
  test("a user with nothing to rank the answer against is left out", async () => {
    const task = { train: partOf([[0, 1], [0]], 3), test: partOf([[2], [2]], 3), seed: 1 };
    const ranked = await rankUsers(
      denseSource(3, () => 0),
      { ...task, protocol: "full" },
    );
    expect([...ranked.users]).toEqual([1]);
  });
});

describe("sampled ranking", () => {
  const negativesOf = (seed: number, count: number) => sampler({ ...world, seed }, count);
  const targets = (user: number) =>
    Int32Array.from({ length: ITEMS }, (_, i) => i).filter((i) => world.isTest(user, i));

  test("negatives are distinct, as many as asked for, and unknown to the user", () => {
    for (let user = 0; user < 50; user++) {
      const drawn = [...negativesOf(1, 20)(user, targets(user))];
      const { train, validation } = world;
      const known = [train, validation].flatMap(({ byUser: { items, offsets } }) => [
        ...items.subarray(offsets[user], offsets[user + 1]),
      ]);
      expect(new Set(drawn).size).toBe(20);
      expect(drawn.filter((item) => known.includes(item) || world.isTest(user, item))).toEqual([]);
    }
  });
  test("every unknown item can be drawn, and about equally often", () => {
    const counts = new Array<number>(ITEMS).fill(0);
    for (let seed = 0; seed < 3000; seed++) {
      for (const item of negativesOf(seed, 20)(0, targets(0))) counts[item] = (counts[item] ?? 0) + 1;
    }
    const drawn = counts.filter((count) => count > 0);
    const [trainCount, testCount] = [world.train.byUser.offsets[1] ?? 0, targets(0).length];
    expect(drawn.length).toBe(ITEMS - trainCount - 2 - testCount);
    const expected = (3000 * 20) / drawn.length;
    for (const count of drawn) expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected));
  });
  test("where fewer unknown items exist than asked for, all of them are ranked", async () => {
    const task = { train: partOf([[0, 1]], 6), test: partOf([[2]], 6), seed: 1 };
    const ranked = await rankUsers(
      denseSource(6, () => 0),
      { ...task, protocol: "sampled-99" },
    );
    expect([...ranked.candidates]).toEqual([4]);
  });
  test("the evaluation says how many negatives there were, and its seed", async () => {
    const few = { train: partOf([[0, 1], [0]], 6), test: partOf([[2], [2]], 6), seed: 4 };
    const source = denseSource(6, () => 0);
    const of = (protocol: ProtocolName) => evaluateRanking(source, { ...few, k: 1, protocol });
    expect(await of("sampled-4")).toMatchObject({ seed: 4, negatives: { asked: 4, fewest: 3, most: 4, short: 1 } });
    expect((await of("sampled-3")).negatives).toEqual({ asked: 3, fewest: 3, most: 3, short: 0 });
    expect((await of("full")).negatives).toBeUndefined();
  });
  test("a run measured among fewer than asked for is warned of, once per protocol", async () => {
    const few = { train: partOf([[0, 1], [0]], 6), test: partOf([[2], [2]], 6), seed: 4, k: 1 };
    const { warnings } = await evaluateBeside(
      denseSource(6, () => 0),
      { ...few, protocols: ["full", "sampled-3", "sampled-4"] },
    );
    expect(warnings.map(({ code }) => code)).toEqual(["few-negatives"]);
    expect(warnings[0]?.message).toContain("sampled-4: 1 of 2 users have fewer than 4 unknown items");
  });
  test("another seed asks another question", () => {
    expect(negativesOf(1, 20)(0, targets(0))).not.toEqual(negativesOf(2, 20)(0, targets(0)));
  });
});

describe("given candidates", () => {
  const task = { train: partOf([[0], [1]], 9), test: partOf([[2], [3]], 9), seed: 1, protocol: "given" } as const;
  const source = denseSource(9, (_, item) => item);
  test("a repeated candidate and the held-out item among its own candidates count once", async () => {
    const candidates = rowsOf([
      [1, 2, 2, 7, 7],
      [0, 4, 5, 6, 8],
    ]);
    const ranked = await rankUsers(source, { ...task, candidates });
    expect([...ranked.candidates]).toEqual([3, 6]);
    expect([...ranked.positions]).toEqual([1, 4]);
  });
  test("throws EVAL_CANDIDATES without candidates, or where a user has none", async () => {
    await expect(rankUsers(source, task)).rejects.toMatchObject({ code: "EVAL_CANDIDATES" });
    const candidates = rowsOf([[1, 4], []]);
    await expect(rankUsers(source, { ...task, candidates })).rejects.toMatchObject({
      code: "EVAL_CANDIDATES",
      details: { user: 1 },
    });
  });
});

describe("evaluateRanking refuses", () => {
  const source = denseSource(ITEMS, () => 0);
  test.each([0, -1, 2.5, Number.NaN, ITEMS + 1])("k = %s, with CONFIG_VALUE", async (k) => {
    await expect(evaluateRanking(source, { ...world, k })).rejects.toMatchObject({ code: "CONFIG_VALUE" });
  });
  test("a split without held-out items, with EVAL_EMPTY", async () => {
    const test = partOf(
      Array.from({ length: 600 }, () => []),
      ITEMS,
    );
    await expect(evaluateRanking(source, { ...world, test })).rejects.toMatchObject({ code: "EVAL_EMPTY" });
  });
  test.each(protocols)("a model that answers NaN, with EVAL_SCORES (%s)", async (protocol) => {
    await expect(measure(() => Number.NaN, { protocol })).rejects.toMatchObject({ code: "EVAL_SCORES" });
  });
  test("a score that is none, by the ids of its user and item", async () => {
    const id = (what: string) => (index: number) => `${what} ${index}`;
    const train = {
      ...world.train,
      users: { ...world.train.users, id: id("user") },
      items: { ...world.train.items, id: id("item") },
    };
    await expect(measure(() => Number.NaN, { train })).rejects.toMatchObject({
      code: "EVAL_SCORES",
      message: expect.stringMatching(
        /^The score of the user "user \d+" and the item "item \d+" is not a finite number/,
      ),
      details: {
        user: expect.any(Number),
        userId: expect.stringMatching(/^user /),
        itemId: expect.stringMatching(/^item /),
      },
    });
  });
  test.each(["ful", "sampled", "sampled-0", "sampled-1.5", "sampled--3", ""])("protocol %j", (name) => {
    expect(() => parseProtocol(name)).toThrow(expect.objectContaining({ code: "CONFIG_UNKNOWN" }));
  });
});

describe("while it runs", () => {
  test("progress is reported in users and ends with all of them", async () => {
    const seen: [number, number][] = [];
    await measure(() => 0, { onProgress: (done, total) => seen.push([done, total]) });
    expect(seen).toEqual([
      [512, 600],
      [600, 600],
    ]);
  });
  test("an aborted signal rejects with its reason", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(measure(() => 0, { signal })).rejects.toThrow("enough");
  });
});
