import { describe, expect, test } from "vitest";
import { dataOf, pairwiseModel, pointwiseModel, ratingModel, ring } from "../../test/support/tiny-training.ts";
import { Interactions } from "../dataset/interactions.ts";
import { Vocabulary } from "../dataset/vocabulary.ts";
import { referenceEngine } from "../engine/reference/index.ts";
import { ease } from "../models/ease.ts";
import { evaluate } from "../workflow/evaluate.ts";
import { toArtifact } from "./artifact.ts";
import { fit as fitModel } from "./fit.ts";
import { met, withoutDislikes } from "./inputs/data.ts";
import { feedSpec } from "./inputs/feed.ts";
import { defaults } from "./settings/settings.ts";

/** Users like two items and dislike the next one, which nobody likes. */
const ITEMS = 12;
const rows = Array.from({ length: 8 }, (_, user) => [user % 4, 4 + (user % 4), 8 + (user % 4)]);
const judged = dataOf(
  rows,
  ITEMS,
  rows.flatMap(() => [1, 1, -2]),
);
const quick = { engine: referenceEngine, progress: "none", epochs: 60, seed: 1, negatives: 1 } as const;

describe("dislikes", () => {
  test("stand apart from what is learned as liked, and are met all the same", () => {
    const { byUser, dislikes, catalog } = withoutDislikes(judged);
    expect([...byUser.items.subarray(0, 4)]).toEqual([0, 4, 1, 5]);
    expect([[...(dislikes?.items.subarray(0, 2) ?? [])], dislikes?.values?.[0]]).toEqual([[8, 9], 2]);
    expect([...catalog().itemCounts.subarray(8)]).toEqual([0, 0, 0, 0]);
    expect(met(withoutDislikes(judged)).byUser).toEqual(judged.byUser);
  });

  test.each(["pointwise", "pairwise"] as const)("are never drawn, and are labelled once an epoch (%s)", (task) => {
    const train = withoutDislikes(judged);
    const feed = feedSpec({ task, train, settings: { ...defaults, negatives: 1 }, resources: {} });
    expect(feed.known).toEqual({
      offsets: judged.byUser.offsets,
      items: judged.byUser.items,
      values: expect.anything(),
    });
    expect(feed.dislikes?.items.length).toBe(8);
  });

  test.each([
    ["pointwise", pointwiseModel()],
    ["pairwise", pairwiseModel()],
  ] as const)("push down what others of the same taste would recommend (%s)", async (_, model) => {
    // Two circles of six users and items: everybody likes all of their circle's items but one. Most items nobody has met.
    const users = Array.from({ length: 12 }, (_, user) => user);
    const rowOf = (user: number, isTold: boolean) =>
      Array.from({ length: 6 }, (_, i) => i + (user < 6 ? 0 : 6)).filter((item) => isTold || item !== user);
    const scores = async (isTold: boolean) => {
      const all = users.map((user) => rowOf(user, isTold));
      const data = dataOf(
        all,
        300,
        all.flatMap((row, user) => row.map((item) => (item === user ? -1 : 1))),
      );
      using scorer = (await fitModel(model, data, { ...quick, learningRate: 0.05, batchSize: 16 })).scorer();
      return scorer.score(Int32Array.from(users), Int32Array.from(users));
    };
    const [unknown, disliked] = [await scores(false), await scores(true)];
    for (const user of users) expect(disliked[user]).toBeLessThan(unknown[user] as number);
  });

  test("count by their size where values weigh", async () => {
    const of = async (size: number, weights: "none" | "values") => {
      const data = dataOf(
        rows,
        ITEMS,
        rows.flatMap(() => [1, 1, -size]),
      );
      return (await fitModel(pairwiseModel(), data, { ...quick, epochs: 2, weights })).parameters;
    };
    expect(await of(1, "values")).toEqual(await of(1, "none"));
    expect(await of(3, "values")).not.toEqual(await of(1, "none"));
    expect(await of(3, "none")).toEqual(await of(1, "none"));
  });

  test("are values like any other to a model of ratings", async () => {
    const run = await fitModel(ratingModel(), judged, { ...quick, epochs: 1 });
    expect([run.data.dislikes, run.data.byUser.items.length]).toEqual([undefined, 24]);
  });

  test("where a model cannot learn from them, it says so", async () => {
    const { warnings, data } = await fitModel(ease(), judged, { engine: referenceEngine, progress: "none" });
    expect(warnings.map(({ code }) => code)).toEqual(["dislikes-left-out"]);
    expect(data.byUser.items.length).toBe(16);
    const alone = dataOf([[0, 1], [2]], 5, [1, 1, -1]);
    const told = await fitModel(pairwiseModel(), alone, { ...quick, epochs: 1 });
    expect(told.warnings[0]?.message).toContain("1 of 1 dislikes");
  });

  test("are seen, never recommended, and no target of validation", async () => {
    const train = ring(6, 12, 5);
    const values = Float32Array.from(train.byUser.items, (_, at) => (at % 5 === 0 ? -1 : 1));
    const ids = (count: number, sign: string) =>
      Vocabulary.from(Array.from({ length: count }, (_, i) => `${sign}${i}`));
    const all = new Interactions(ids(6, "u"), ids(12, "i"), { ...train.byUser, values });
    const run = await fitModel(pairwiseModel(), all, { ...quick, epochs: 1, validation: all });
    const artifact = toArtifact(run, all);
    expect(artifact.unlearned?.items.length).toBe(6);
    expect(artifact.history.items.length).toBe(24);
    const split = { kind: "given", seed: 1, warnings: [], train: all.filter(() => false), test: all } as const;
    const { relevance } = await evaluate(run, split, { k: 3, protocols: ["full"] });
    expect(relevance).toMatchObject({ rule: ">=0", heldOut: 30, relevant: 24 });
  });
});
