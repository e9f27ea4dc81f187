import { describe, expect, test } from "vitest";
import { denseSource, partOf, rowsOf } from "../../test/support/dense-source.ts";
import { evaluateBeside } from "./beside.ts";
import { measureUsers } from "./measure.ts";
import { constantLogLoss, isLowerBetter, logLoss } from "./metrics/index.ts";
import { evaluateRanking, type RankingOptions, rankUsers } from "./ranking.ts";
import { evaluateSlices } from "./slices.ts";

/** The logit of a probability. */
const logit = (p: number): number => Math.log(p / (1 - p));

describe("logLoss, by hand", () => {
  test("a relevant item told 0.8 and others told 0.5 and 0.1: -(ln 0.8 + ln 0.5 + ln 0.9) / 3", () => {
    const expected = -(Math.log(0.8) + Math.log(0.5) + Math.log(0.9)) / 3;
    expect(logLoss([logit(0.8), logit(0.5), logit(0.1)], [logit(0.8)])).toBeCloseTo(expected, 12);
    expect(expected).toBeCloseTo(0.340_55, 6);
  });
  test("is ln 2 where nothing is known, and 0 where all is", () => {
    expect(logLoss([0, 0, 0, 0], [0])).toBeCloseTo(Math.LN2, 15);
    expect(logLoss([800, -800], [800])).toBe(0);
  });
  test("what is sure and wrong costs its logit, and overflows nothing", () => {
    expect(logLoss([-1000, 1000], [-1000])).toBe(1000);
  });
  test("a constant share has the least loss at the share that is", () => {
    expect(constantLogLoss(0.25, 1, 4)).toBeCloseTo(-(Math.log(0.25) + 3 * Math.log(0.75)) / 4, 12);
    for (const other of [0.2, 0.3]) expect(constantLogLoss(other, 1, 4)).toBeGreaterThan(constantLogLoss(0.25, 1, 4));
    const told = logit(0.25);
    expect(logLoss([told, told, told, told], [told])).toBeCloseTo(constantLogLoss(0.25, 1, 4), 12);
  });
  test("less of it is better, as of errors", () => {
    expect(["logloss", "rmse", "mae", "auc", "ndcg@10"].map(isLowerBetter)).toEqual([true, true, true, false, false]);
  });
});

/** Two users and five items; user 0 holds out item 0, with the ratings of user 1 item 1 (5) and item 2 (2). */
const train = partOf([[4], []], 5);
const held = partOf([[0], [1, 2]], 5);
const test5 = { ...held, byUser: { ...held.byUser, values: Float32Array.of(4, 5, 2) } };
const candidates = rowsOf([
  [1, 2],
  [0, 3, 4],
]);
const probabilities = [
  [0.9, 0.2, 0.4, 0.5, 0.5],
  [0.1, 0.6, 0.7, 0.3, 0.5],
];
const source = denseSource(5, (user, item) => logit(probabilities[user]?.[item] ?? Number.NaN));
const task = { train, test: test5, candidates, protocol: "given", logits: true, k: 2, seed: 1 } as const;
const measure = (options: Partial<RankingOptions> = {}) => evaluateRanking(source, { ...task, ...options });
const ln = (...ps: number[]): number => -ps.reduce((sum, p) => sum + Math.log(p), 0) / ps.length;

describe("the log loss of listed candidates", () => {
  test("is the mean over users of the mean over their candidates", async () => {
    const { metrics, constantLogloss } = await measure();
    // user 0: items 0 (relevant), 1, 2; user 1: items 1 and 2 (relevant), 0, 3, 4
    const [first, second] = [ln(0.9, 0.8, 0.6), ln(0.6, 0.7, 0.9, 0.7, 0.5)];
    expect(metrics["logloss"]?.value).toBeCloseTo((first + second) / 2, 6);
    // 3 of 8 candidates are relevant
    const constant = (constantLogLoss(3 / 8, 1, 3) + constantLogLoss(3 / 8, 2, 5)) / 2;
    expect(constantLogloss).toBeCloseTo(constant, 12);
  });
  test("a held-out item that is not relevant counts as none", async () => {
    const { metrics } = await measure({ relevant: ">=4" });
    const [first, second] = [ln(0.9, 0.8, 0.6), ln(0.6, 0.3, 0.9, 0.7, 0.5)];
    expect(metrics["logloss"]?.value).toBeCloseTo((first + second) / 2, 6);
  });
  test("of sampled candidates depends on how many there are", async () => {
    const one = (await measure({ protocol: "sampled-1" })).metrics["logloss"]?.value;
    const all = (await measure({ protocol: "sampled-99" })).metrics["logloss"]?.value;
    // user 0 knows item 4 from training; user 1 has items 0, 3 and 4 besides
    expect(all).toBeCloseTo((ln(0.9, 0.8, 0.6, 0.5) + ln(0.6, 0.7, 0.9, 0.7, 0.5)) / 2, 6);
    expect(one).not.toBeCloseTo(all as number, 3);
  });
  test("is measured neither where scores are no logits nor where nothing is listed, and changes no other figure", async () => {
    const [{ metrics }, plain] = [await measure(), await measure({ logits: false })];
    expect(plain.metrics).not.toHaveProperty("logloss");
    expect(plain).not.toHaveProperty("constantLogloss");
    const { logloss: _, ...others } = metrics;
    expect(others).toEqual(plain.metrics);
    expect((await measure({ protocol: "full" })).metrics).not.toHaveProperty("logloss");
  });
  test("the baselines, which tell no probabilities, have none", async () => {
    const { protocols, baselines } = await evaluateBeside(source, { ...task, protocols: ["sampled-2"] });
    expect(protocols[0]?.metrics).toHaveProperty("logloss");
    expect(baselines.popularity.protocols[0]?.metrics).not.toHaveProperty("logloss");
    expect(baselines.random.protocols[0]?.metrics).not.toHaveProperty("logloss");
  });
  test("slices of users have theirs; those of items, which label others, none", async () => {
    const ranked = await rankUsers(source, task);
    const has = (index: number): boolean => index === 1;
    const slices = (["users", "items"] as const).map((of) => ({ by: "test", name: of, of, has }));
    const [users, items] = evaluateSlices(ranked, slices, { k: 2, seed: 1 });
    expect(users?.metrics["logloss"]?.value).toBeCloseTo(ln(0.6, 0.7, 0.9, 0.7, 0.5), 6);
    expect(items?.metrics).not.toHaveProperty("logloss");
    expect(measureUsers(ranked, 2).labels.at(-1)).toBe("logloss");
  });
});
