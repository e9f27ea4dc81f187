import { describe, expect, test } from "vitest";
import { denseSource, partOf, rowsOf } from "../../test/support/dense-source.ts";
import { below, hash } from "../core/random.ts";
import { baselineSources, evaluateBeside } from "./beside.ts";
import type { ProtocolName } from "./protocol.ts";
import { evaluateRanking, type RankingOptions } from "./ranking.ts";
import { parseRelevance } from "./relevance.ts";
import type { Part } from "./types.ts";

describe("parseRelevance", () => {
  const accepted = (rule: string) => [1, 2, 3, 4, 5].filter((value) => parseRelevance(rule).accepts(value)).join("");
  test.each([
    [">=4", "45", "at least 4"],
    [">3", "45", "above 3"],
    ["<=2", "12", "at most 2"],
    ["<2", "1", "below 2"],
    ["=5", "5", "exactly 5"],
    ["2..4", "234", "from 2 to 4"],
    ["3..3", "3", "from 3 to 3"],
    [" >= 3.5 ", "45", "at least 3.5"],
    [">-1", "12345", "above -1"],
    ["-2..+1", "1", "from -2 to +1"],
    [">=3e0", "345", "at least 3e0"],
  ])("%j holds %s", (rule, values, words) => {
    expect(accepted(rule)).toBe(values);
    expect(parseRelevance(rule).words).toBe(words);
  });

  test.each([">=-9", "<9", "=4", "1..5"])("%j does not accept an unknown value", (rule) => {
    expect(parseRelevance(rule).accepts(Number.NaN)).toBe(false);
  });

  test("bounds are float32 as values are: a rating of 4.1 is at least 4.1, and exactly 4.1, and neither above nor below", () => {
    const rating = Math.fround(4.1);
    const holds = (rule: string) => parseRelevance(rule).accepts(rating);
    expect([">=4.1", "<=4.1", "=4.1", "4.1..5", "4..4.1", ">4.1", "<4.1"].map(holds)).toEqual([
      ...[true, true, true, true, true],
      ...[false, false],
    ]);
  });

  test.each([
    "",
    "4",
    "=>4",
    "==4",
    ">=",
    ">=four",
    "5..3",
    "1...5",
    "1..",
    "..5",
    "3-5",
    ">=NaN",
    ">=1e99",
    "1.",
    ">=4,5",
  ])("%j is refused with CONFIG_VALUE", (rule) => {
    const refusal = { code: "CONFIG_VALUE", fix: expect.stringContaining('--relevant ">=4"') };
    expect(() => parseRelevance(rule)).toThrow(expect.objectContaining(refusal));
  });
});

/** 700 users (more than a block) of 60 items: 6 trained, 1-4 held out; even items are rated 5, odd ones 1 or 2. */
const ITEMS = 60;
const rating = (item: number) => (item % 2 === 0 ? 5 : 1 + (item % 3 === 0 ? 1 : 0));
const world = (() => {
  const users = Array.from({ length: 700 }, (_, user) => {
    const deck = Array.from({ length: ITEMS }, (_, item) => item).sort((a, b) => hash(5, user, a) - hash(5, user, b));
    const sorted = (from: number, to: number) => deck.slice(from, to).sort((a, b) => a - b);
    return { test: sorted(0, 1 + below(hash(6, user), 4)), train: sorted(4, 10), candidates: sorted(10, 40) };
  });
  const held = users.map((user) => user.test);
  return {
    train: partOf(
      users.map((user) => user.train),
      ITEMS,
    ),
    test: partOf(
      held,
      ITEMS,
      held.map((items) => items.map(rating)),
    ),
    candidates: rowsOf(users.map((user) => user.candidates)),
    held,
    seed: 3,
  };
})();
const protocols: readonly ProtocolName[] = ["full", "sampled-20", "given"];
const measure = (scoreOf: (user: number, item: number) => number, options: Partial<RankingOptions>) =>
  evaluateRanking(denseSource(ITEMS, scoreOf), { ...world, k: 5, ...options });
const isHeld = (user: number, item: number) => world.held[user]?.includes(item) ?? false;

describe.each(protocols)("a rule of relevance, protocol %s", (protocol) => {
  test("one that every value passes changes nothing", async () => {
    const scoreOf = (user: number, item: number) => below(hash(2, user, item), 9);
    const { relevance, ...measured } = await measure(scoreOf, { protocol, relevant: ">=1" });
    expect(measured).toEqual(await measure(scoreOf, { protocol }));
    expect(relevance?.relevant).toBe(relevance?.heldOut);
  });
  test("users without a relevant item are left out and counted, and the counts are those of the data", async () => {
    const { users, relevance } = await measure(() => 0, { protocol, relevant: ">=4" });
    const liked = world.held.map((items) => items.filter((item) => rating(item) === 5).length);
    const without = liked.filter((count) => count === 0).length;
    expect(without).toBeGreaterThan(50);
    expect(users).toBe(700 - without);
    expect(relevance).toEqual({
      rule: ">=4",
      meaning: expect.stringContaining("at least 4"),
      heldOut: world.held.flat().length,
      relevant: liked.reduce((a, b) => a + b, 0),
      usersWithout: without,
    });
  });
  test("a held-out item of another value stays in the list and is a miss", async () => {
    // first what was disliked, then what was liked, then the rest
    const scoreOf = (user: number, item: number) => (isHeld(user, item) ? 10 - rating(item) : 0);
    const { metrics } = await measure(scoreOf, { protocol, k: 1, relevant: ">=4" });
    const mixed = world.held.filter((items) => items.some((item) => rating(item) === 5));
    const pure = mixed.filter((items) => items.every((item) => rating(item) === 5));
    expect(metrics["hr@1"]?.value).toBeCloseTo(pure.length / mixed.length, 12);
    expect((await measure(scoreOf, { protocol, k: 1 })).metrics["hr@1"]?.value).toBe(1);
  });
  test("full marks for the order of the ratings, in graded metrics too; less for the reverse", async () => {
    const order = (sign: number) => (user: number, item: number) => (isHeld(user, item) ? 9 + sign * rating(item) : 0);
    for (const relevant of [undefined, ">=2"]) {
      const { metrics } = await measure(order(1), { protocol, relevant });
      for (const label of ["ndcg@5", "ndcg-linear@5", "ndcg-exponential@5"])
        expect(metrics[label]?.value).toBeCloseTo(1, 12);
    }
    const { metrics } = await measure(order(-1), { protocol });
    expect(metrics["ndcg@5"]?.value).toBeCloseTo(1, 12);
    expect(metrics["ndcg-linear@5"]?.value).toBeLessThan(0.95);
    expect(metrics["ndcg-exponential@5"]?.value).toBeLessThan(metrics["ndcg-linear@5"]?.value ?? 0);
  });
  test("a constant scorer measures as chance among what is relevant, although even items alone are", async () => {
    // sums over users of the chance of a relevant item among the first five, and of one place
    const { metrics, users } = await measure(() => 1, { protocol, relevant: "=5" });
    const lengths = { full: ITEMS - 6, "sampled-20": 20, given: 30 }[protocol as "full" | "sampled-20" | "given"];
    const expected = world.held
      .filter((items) => items.some((item) => rating(item) === 5))
      .map((items) => 5 / (protocol === "full" ? lengths : lengths + items.length));
    const chance = expected.reduce((a, b) => a + b, 0) / users;
    const { value = Number.NaN, low = 0, high = 0 } = metrics["recall@5"] ?? {};
    expect(Math.abs(value - chance)).toBeLessThan((3 * (high - low)) / 3.92);
    expect(Math.abs((metrics["auc"]?.value ?? 0) - 0.5)).toBeLessThan(0.03);
  });
});

test("random scores place liked and disliked items alike, whatever the order of their ids", async () => {
  const { random } = baselineSources(world.train, 8);
  const first = partOf(
    Array.from({ length: 3000 }, () => []),
    ITEMS,
  );
  const test: Part = partOf(
    Array.from({ length: 3000 }, () => [4, 50]),
    ITEMS,
    Array.from({ length: 3000 }, () => [5, 1]),
  );
  const question = { train: first, test, seed: 1, k: 10 };
  const low = await evaluateRanking(random, { ...question, relevant: "=5" });
  const high = await evaluateRanking(random, { ...question, relevant: "=1" });
  // one of 60 places: 1/6 each; five standard errors of 3000 users are .034
  for (const { metrics } of [low, high]) expect(Math.abs((metrics["hr@10"]?.value ?? 0) - 1 / 6)).toBeLessThan(0.034);
});

describe("evaluation by a rule", () => {
  const source = denseSource(ITEMS, () => 0);
  test("says what it is beside every protocol, and is not there without a rule", async () => {
    const options = { ...world, protocols, k: 5 };
    const beside = await evaluateBeside(source, { ...options, relevant: ">=4" });
    for (const { relevance } of beside.protocols) expect(relevance).toEqual(beside.relevance);
    for (const { relevance } of beside.baselines.popularity.protocols) expect(relevance).toEqual(beside.relevance);
    expect((await evaluateBeside(source, options)).relevance).toBeUndefined();
  });
  test("the number of sampled negatives does not depend on it", async () => {
    const plain = await measure(() => 0, { protocol: "sampled-20" });
    expect((await measure(() => 0, { protocol: "sampled-20", relevant: ">=4" })).negatives).toEqual(plain.negatives);
  });
  test("without values graded metrics are not there, and a rule is refused", async () => {
    const test = partOf(world.held, ITEMS);
    const { metrics } = await evaluateRanking(source, { ...world, test, k: 5 });
    expect(Object.keys(metrics)).not.toContain("ndcg-linear@5");
    const asked = evaluateRanking(source, { ...world, test, k: 5, relevant: ">=4" });
    await expect(asked).rejects.toMatchObject({ code: "CONFIG_VALUE", message: expect.stringContaining("at least 4") });
  });
  test.each(protocols)("a rule that nothing passes is EVAL_EMPTY, naming the rule (%s)", async (protocol) => {
    const asked = measure(() => 0, { protocol, relevant: ">5" });
    await expect(asked).rejects.toMatchObject({ code: "EVAL_EMPTY", message: expect.stringContaining("above 5") });
  });
});
