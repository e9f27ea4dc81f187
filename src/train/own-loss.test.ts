import { describe, expect, test } from "vitest";
import { club } from "../../test/support/tiny-training.ts";
import { transpose } from "../core/csr.ts";
import { referenceEngine } from "../engine/reference/index.ts";
import { defineModel } from "../nn/model.ts";
import { itemVectorPlan } from "../nn/plans.ts";
import { fit as fitModel } from "./fit.ts";
import type { FitOptions } from "./settings/options.ts";

const { train, validation } = club();
const quick: Partial<FitOptions> = {
  ...{ epochs: 3, batchSize: 32, learningRate: 0.05 },
  ...{ engine: referenceEngine, progress: "none" },
};
const positives = defineModel({
  name: "positives",
  build({ users, items, label }, _, nn) {
    const [p, q] = [nn.embed(users.id, 3), nn.embed(items.id, 3)];
    const score = nn.dot(p, q);
    return { score, loss: nn.mean(nn.unary("square", nn.sub(score, label))), vectors: { item: q } };
  },
});

/** Each user's number of events, halved, is learned by a table; the events come by a matrix of the model's own. */
const rows = defineModel({
  name: "rows",
  task: "rows",
  matrices: (interactions) => ({ events: transpose(transpose(interactions)) }),
  build({ users, items }, _, nn) {
    const counts = nn.embed(users.id, 1, { name: "count" });
    const ones = nn.param("ones", [items.size, 1], { kind: "constant", value: 1 }, { trainable: false });
    const events = nn.bag({ matrix: nn.data("events", users.size, items.size), ids: users.id }, ones);
    return {
      score: nn.squeezeLast(events),
      loss: nn.mean(nn.unary("square", nn.sub(counts, nn.affine(events, 0.5)))),
    };
  },
});

describe("models with a loss of their own", () => {
  test("positives, the task of a model with a loss: every interaction with its value or 1, once an epoch", async () => {
    const run = await fitModel(positives(), train, { ...quick, epochs: 12, validation });
    expect(run.model.definition.task).toBe("positives");
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
