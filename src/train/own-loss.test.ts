import { describe, expect, test } from "vitest";
import { club } from "../../test/support/tiny-training.ts";
import { transpose } from "../core/csr.ts";
import { referenceEngine } from "../engine/reference/index.ts";
import { affine, bag, data, mean, param, rowDot, squeezeLast, sub, unary } from "../graph/ops.ts";
import { embedding } from "../nn/layers.ts";
import { defineModel, type ScoreFunction } from "../nn/model.ts";
import { itemVectorPlan } from "../nn/plans.ts";
import { fit as fitModel } from "./fit.ts";
import type { FitOptions } from "./options.ts";

const { train, validation } = club();
const quick: Partial<FitOptions> = {
  ...{ epochs: 3, batchSize: 32, learningRate: 0.05 },
  ...{ engine: referenceEngine, progress: "none" },
};
const facts = { title: "Own", paper: "none", defaults: {}, options: {}, training: {} } as const;

const positives = defineModel({
  ...facts,
  name: "positives",
  task: "positives",
  build({ users, items }) {
    const [p, q] = [embedding("vectors/user", users, 3), embedding("vectors/item", items, 3)];
    const score: ScoreFunction = ({ user, item }) => rowDot(p(user), q(item));
    return {
      score,
      loss: ({ user, item, label }) => mean(unary("square", sub(score({ user, item }), label))),
      vectors: { item: q },
    };
  },
});

/** Each user's number of events, halved, is learned by a table; the events come by a matrix of the model's own. */
const rows = defineModel({
  ...facts,
  name: "rows",
  task: "rows",
  matrices: (interactions) => ({ events: { ...transpose(transpose(interactions)) } }),
  build({ users, items }) {
    const [counts, ones] = [
      embedding("count", users, 1),
      param("ones", [items, 1], { kind: "constant", value: 1 }, false),
    ];
    const events = data("events", users, items);
    return {
      score: ({ user }) => squeezeLast(bag(ones, events, user)),
      loss: ({ user }) => mean(unary("square", sub(counts(user), affine(bag(ones, events, user), 0.5)))),
    };
  },
});

describe("models with a loss of their own", () => {
  test("positives: every interaction with its value or 1, once an epoch", async () => {
    const run = await fitModel(positives(), train, { ...quick, epochs: 12, validation });
    expect(run.epochs.at(-1)?.loss).toBeLessThan(0.5 * (run.epochs[0]?.loss ?? 0));
    const { samplesPerSecond, seconds } = run.epochs[0] ?? { samplesPerSecond: 0, seconds: 0 };
    expect(samplesPerSecond * seconds).toBeCloseTo(train.byUser.items.length, 3);
  });

  test("rows: every user once an epoch, with the matrices that the model makes of the interactions", async () => {
    const run = await fitModel(rows(), train, { ...quick, epochs: 400 });
    const { offsets } = train.byUser;
    const counts = Array.from(
      { length: train.users.size },
      (_, user) => (offsets[user + 1] ?? 0) - (offsets[user] ?? 0),
    );
    for (const [user, learned] of [...(run.parameters["count"] ?? [])].entries())
      if (counts[user]) expect(learned).toBeCloseTo((counts[user] ?? 0) / 2, 1);
    expect(run.matrices["events"]?.items).toEqual(train.byUser.items);
  });

  test("say what an item is like", () => {
    const plan = itemVectorPlan(positives(), train.catalog());
    expect(plan?.instructions.map(({ op }) => op)).toEqual(["param", "input", "gather"]);
  });

  test.each([{ loss: "bce" }, { task: "pairwise" }] as const)("take no other: %j", async (option) => {
    await expect(fitModel(positives(), train, { ...quick, ...option })).rejects.toMatchObject({ code: "CONFIG_VALUE" });
  });
});
