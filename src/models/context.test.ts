import { describe, expect, test } from "vitest";
import { eveningsCsv } from "../../test/support/evenings.ts";
import { coded, temporaryFile } from "../../test/support/folder.ts";
import { type Dataset, importDataset, leaveLastOut, type Split } from "../dataset/index.ts";
import { compareUsers, evaluateRanking, type UserMetrics } from "../evaluate/index.ts";
import type { Model } from "../nn/model.ts";
import { type FitOptions, type Run, fit as train } from "../train/index.ts";
import { deepFm, neuMf, softmaxDnn, twoTower, wideDeep } from "./index.ts";

/** The data set, read once; the file is gone with the test that asked first. */
let read: Promise<{ readonly dataset: Dataset; readonly split: Split }> | undefined;
const evenings = () => {
  read ??= importDataset(temporaryFile("evenings.csv", eveningsCsv()), { context: ["device"] }).then((dataset) => ({
    dataset,
    split: leaveLastOut(dataset.interactions),
  }));
  return read;
};

async function learn(model: Model, options: Partial<FitOptions>): Promise<Run> {
  const { dataset, split } = await evenings();
  return train(model, split.train, { features: dataset.features, progress: "none", seed: 3, ...options });
}

async function usersOf(run: Run): Promise<UserMetrics> {
  const { train: known, test } = (await evenings()).split;
  let users: UserMetrics | undefined;
  using scorer = run.scorer(1, test);
  await evaluateRanking(scorer, {
    train: known,
    test,
    k: 5,
    seed: 1,
    onUsers: (each) => {
      users = each;
    },
  });
  return users as UserMetrics;
}

const cases: readonly (readonly [name: string, model: Model, epochs: number])[] = [
  ["two-tower", twoTower({ dim: 16, hidden: [16] }) as Model, 30],
  ["two-tower, drawn items", twoTower({ dim: 16, hidden: [16], loss: "sampled-softmax", negatives: 32 }) as Model, 30],
  ["softmax-dnn", softmaxDnn({ width: 16, hidden: [32], dropout: 0.2, examples: "events" }) as Model, 30],
  ["deepfm", deepFm({ width: 8, hidden: [16] }) as Model, 30],
  ["wide-deep", wideDeep({ width: 8, hidden: [16], buckets: 4096 }) as Model, 30],
];

describe.each(cases)("%s", (_, model, epochs) => {
  test("tells with the context of the event what it cannot tell without, by an interval that excludes 0", async () => {
    const options = { epochs, batchSize: 128, learningRate: 0.01 };
    const without = await usersOf(await learn(model, { ...options, context: "none" }));
    for (const context of ["device", "hour", "device,hour"]) {
      const run = await learn(model, { ...options, context });
      const { "ndcg@5": ndcg } = compareUsers(await usersOf(run), without, { seed: 1 });
      expect(ndcg?.low).toBeGreaterThan(0);
    }
  });
});

describe("context of events in training", () => {
  test("is learned of training events alone: what is held out changes nothing", async () => {
    const { dataset, split } = await evenings();
    const context = "device,hour,weekday,month,since-last,age";
    const model = deepFm({ width: 4, hidden: [] }) as Model;
    const { features } = await learn(model, { epochs: 1, context });
    const held = new Set(split.test.byUser.context);
    const other = dataset.features?.context?.map((column) => ({
      ...column,
      values: column.values.map((value, row) => (held.has(row) ? "tablet" : value)),
    }));
    const again = await train(model, split.train, {
      ...{ features: { context: other }, progress: "none", seed: 3, epochs: 1, context },
    });
    expect(again.features).toEqual(features);
    expect(features?.context?.columns.map(({ name }) => name)).toEqual(context.split(","));
    expect(features?.context?.told).toEqual(["device"]);
  });

  test("is what was asked for, or an error that says what there is", async () => {
    const model = twoTower({ dim: 4 }) as Model;
    await coded("CONFIG_UNKNOWN", () => learn(model, { epochs: 1, context: "devise" }));
    await coded("CONFIG_VALUE", () => learn(neuMf() as Model, { epochs: 1, context: "device" }));
    await coded("CONFIG_VALUE", () => learn(softmaxDnn() as Model, { epochs: 1, context: "device" }));
    const untimed = await importDataset(temporaryFile("x.csv", "user,item\na,x\nb,y\na,y\nb,x\n"));
    await coded("CONFIG_VALUE", () =>
      train(model, untimed.interactions, { epochs: 1, progress: "none", context: "hour" }),
    );
    // What is not asked for by name and not looked at is no error.
    expect((await learn(neuMf() as Model, { epochs: 1 })).features).toBeUndefined();
    expect((await learn(model, { epochs: 1, context: "none" })).features).toBeUndefined();
    expect((await learn(model, { epochs: 1 })).features?.context?.columns).toHaveLength(1);
  });

  test("of dislikes is theirs", async () => {
    const csv = eveningsCsv(24)
      .replaceAll("desk", "desk,-1")
      .replaceAll("phone", "phone,1")
      .replace("device", "device,like");
    const { interactions, features } = await importDataset(temporaryFile("y.csv", csv), {
      ...{ context: ["device"], value: "like" },
    });
    for (const task of ["pointwise", "pairwise"] as const) {
      const options = { epochs: 2, task, features, progress: "none", context: "device,age" } as const;
      const run = await train(deepFm({ width: 4, hidden: [] }) as Model, interactions, options);
      expect(run.features?.context?.columns[0]).toMatchObject({ categories: ["desk", "phone"] });
    }
  });
});
