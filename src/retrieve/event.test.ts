import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { eveningsCsv, kindOf } from "../../test/support/evenings.ts";
import { coded, temporaryFile, temporaryFolder } from "../../test/support/folder.ts";
import { loadArtifact, saveArtifact } from "../artifact/index.ts";
import { importDataset, leaveLastOut } from "../dataset/index.ts";
import { loadEngine } from "../engine/index.ts";
import { bprMf, deepFm, softmaxDnn, twoTower, wideDeep } from "../models/index.ts";
import type { Model } from "../nn/model.ts";
import { toArtifact, fit as train } from "../train/index.ts";
import { ensembleOf } from "./ensemble.ts";
import { secondsOf } from "./event.ts";
import { createRecommender } from "./recommender.ts";
import type { Recommendations, Recommender } from "./types.ts";

const engine = await loadEngine("auto");

async function learned(model: Model, context: string | undefined) {
  const file = temporaryFile("evenings.csv", eveningsCsv());
  const { interactions, features } = await importDataset(file, { context: ["device"] });
  const split = leaveLastOut(interactions);
  // What AdaGrad learns by begins small and gets smaller.
  const learningRate = /deep/.test(model.definition.name) ? 0.05 : 0.01;
  const options = { epochs: 20, batchSize: 128, learningRate, seed: 3, progress: "none" } as const;
  const run = await train(model, split.train, { ...options, features, engine, ...(context && { context }) });
  return { run, split, artifact: toArtifact(run, split.train) };
}
const [morning, evening] = ["2024-02-10T08:30", "2024-02-10T20:30"];
const share = (answers: readonly Recommendations[], is: (kind: ReturnType<typeof kindOf>) => boolean) => {
  const kinds = answers.flatMap(({ items }) => items.map(({ item }) => kindOf(Number(item.slice(1)))));
  return kinds.filter(is).length / kinds.length;
};
const people = Array.from({ length: 20 }, (_, i) => `u${i}`);

const cases: readonly (readonly [name: string, model: Model])[] = [
  ["two-tower", twoTower({ dim: 16, hidden: [16] }) as Model],
  ["two-tower, by id too", twoTower({ dim: 16, hidden: [16], ids: true }) as Model],
  ["softmax-dnn", softmaxDnn({ width: 16, hidden: [32], dropout: 0.2, examples: "events" }) as Model],
  ["deepfm", deepFm({ width: 8, hidden: [16] }) as Model],
  ["wide-deep", wideDeep({ width: 8, hidden: [16], buckets: 4096 }) as Model],
];

describe.each(cases)("%s", (_, model) => {
  test("answers by the context and the time of the request: users of the run, their fresh events, newcomers, everybody", async () => {
    const { artifact } = await learned(model, "device,hour");
    using recommender = createRecommender(artifact, engine);
    expect(recommender.context).toEqual(["device", "hour"]);
    const ask = (who: (user: string) => Parameters<typeof recommender.recommend>[0], device: string, at: string) =>
      Promise.all(people.map((user) => recommender.recommend(who(user), { k: 5, context: { device }, at })));
    const whos = [
      (user: string) => user,
      (user: string) => ({ user, items: ["i3"] }),
      (user: string) => ({ items: [`i${user.length}`, "i9"] }),
    ];
    for (const who of whos) {
      const [phone, desk] = [await ask(who, "phone", morning), await ask(who, "desk", evening)];
      expect(share(phone, ({ device }) => device === "phone")).toBeGreaterThan(
        0.15 + share(desk, ({ device }) => device === "phone"),
      );
      expect(share(phone, ({ isMorning }) => isMorning)).toBeGreaterThan(
        0.15 + share(desk, ({ isMorning }) => isMorning),
      );
    }
    await scoresAsRecommended(recommender);
    const event = { k: 5, context: { device: "phone" }, at: evening };
    const all: Recommendations[] = [];
    for await (const each of recommender.recommendAll(event)) all.push(each);
    for (const user of people.slice(0, 5)) {
      const alone = await recommender.recommend(user, event);
      const same = all.find((each) => each.user === user);
      expect(alone.items.map(({ item }) => item)).toEqual(same?.items.map(({ item }) => item));
      const why = await recommender.recommend(user, { ...event, why: true });
      expect(why.items.map(({ item }) => item)).toEqual(alone.items.map(({ item }) => item));
    }
  });
});

/** Scores of given pairs for an event are those of the lists for it, and others without it. */
async function scoresAsRecommended(recommender: Recommender): Promise<void> {
  const event = { context: { device: "phone" }, at: evening };
  const { items } = await recommender.recommend("u3", { ...event, k: 8, exclude: "none" });
  const pairs = items.map(({ item }) => ({ user: "u3", item }));
  const [told, plain] = [await recommender.score(pairs, event), await recommender.score(pairs)];
  for (const [i, { score }] of items.entries()) expect(told[i]?.score).toBeCloseTo(score, 5);
  expect(plain.some(({ score }, i) => Math.abs((score as number) - (told[i]?.score as number)) > 1e-3)).toBe(true);
}

describe("the event that a list is asked for", () => {
  test("is read as it was measured, by the run in memory and by the one that was saved", async () => {
    const { artifact, run, split } = await learned(twoTower({ dim: 8 }) as Model, "device,hour,weekday,since-last");
    const folder = join(temporaryFolder(), "run");
    await saveArtifact(folder, artifact);
    using recommender = createRecommender(await loadArtifact(folder), engine);
    using scorer = run.scorer(1, split.test);
    const { byUser } = split.test;
    const file = await importDataset(temporaryFile("evenings.csv", eveningsCsv()), { context: ["device"] });
    for (let user = 0; user < 12; user++) {
      const at = byUser.offsets[user] as number;
      const device = file.features?.context?.[0]?.values[byUser.context?.[at] ?? -1] ?? null;
      const options = { k: 8, exclude: "none", context: { device }, at: byUser.times?.[at] } as const;
      const { items } = await recommender.recommend(split.train.users.id(user), options);
      const top = await scorer.topK({ users: Int32Array.of(user), k: 8 });
      expect(items.map(({ item }) => item)).toEqual(Array.from(top.items, (item) => split.train.items.id(item)));
      for (const [i, { score }] of items.entries()) expect(score).toBeCloseTo(top.scores[i] as number, 5);
    }
  });

  test("that nothing is known of is answered as one whose context is missing", async () => {
    const { artifact } = await learned(twoTower({ dim: 8 }) as Model, "device,hour");
    using recommender = createRecommender(artifact, engine);
    const plain = await recommender.recommend("u1", { k: 5 });
    expect((await recommender.recommend("u1", { k: 5, context: { device: null } })).items).toEqual(plain.items);
    expect((await recommender.recommend("u1", { k: 5, context: { device: "watch" } })).items).toEqual(plain.items);
    const said = await recommender.recommend("u1", { k: 5, context: { hour: 8 } });
    expect(said.items).toEqual((await recommender.recommend("u1", { k: 5, at: morning })).items);
    // 8, as a clock may write it
    expect((await recommender.recommend("u1", { k: 5, context: { hour: "08" } })).items).toEqual(said.items);
  });

  test("is refused where it is not read, or not of its kind", async () => {
    const { artifact } = await learned(twoTower({ dim: 4 }) as Model, undefined);
    const bpr = (await learned(bprMf({ factors: 4 }) as Model, undefined)).artifact;
    using device = createRecommender(artifact, engine);
    using blind = createRecommender(bpr, engine);
    await coded("FEATURE_UNKNOWN", () => device.recommend("u1", { context: { devise: "phone" } }));
    await coded("FEATURE_MISSING", () => device.recommend("u1", { at: morning }));
    await coded("FEATURE_MISSING", () => blind.recommend("u1", { context: { device: "phone" } }));
    await coded("FEATURE_MISSING", () => blind.recommend("u1", { at: 1 }));
    const aged = (await learned(twoTower({ dim: 4 }) as Model, "age")).artifact;
    using timed = createRecommender(aged, engine);
    await coded("FEATURE_VALUE", () => timed.recommend("u1", { context: { age: "old" } }));
    await coded("CONFIG_VALUE", () => timed.recommend("u1", { at: "yesterday" }));
    const pair = [{ user: "u1", item: "i1" }];
    await coded("FEATURE_UNKNOWN", () => device.score(pair, { context: { devise: "phone" } }));
    await coded("FEATURE_MISSING", () => blind.score(pair, { at: 1 }));
    await coded("CONFIG_UNKNOWN", () => device.score(pair, { device: "phone" } as object));
    const clocks = (await learned(twoTower({ dim: 4 }) as Model, "hour,weekday,month")).artifact;
    using clocked = createRecommender(clocks, engine);
    for (const context of [{ hour: 24 }, { hour: "noon" }, { weekday: "freitag" }, { month: 0 }])
      await coded("FEATURE_VALUE", () => clocked.recommend("u1", { context }));
    await clocked.recommend("u1", { context: { hour: "23", weekday: "Friday", month: 12 } });
  });

  test("reaches those members of an ensemble that read it", async () => {
    const [aware, blind] = [
      await learned(twoTower({ dim: 8 }) as Model, "device"),
      await learned(bprMf({ factors: 4 }) as Model, undefined),
    ];
    const runs = [
      { run: "aware", artifact: aware.artifact },
      { run: "blind", artifact: blind.artifact },
    ];
    using both = createRecommender(ensembleOf(runs, [1, 0.01], "standardized"), engine);
    using alone = createRecommender(aware.artifact, engine);
    const event = { k: 3, context: { device: "phone" } };
    const first = (answer: Recommendations) => answer.items[0]?.item;
    expect(first(await both.recommend("u3", event))).toBe(first(await alone.recommend("u3", event)));
    const { score } = (await both.recommend("u3", event)).items[0] as { score: number };
    const pair = [{ user: "u3", item: first(await both.recommend("u3", event)) as string }];
    expect((await both.score(pair, { context: event.context }))[0]?.score).toBeCloseTo(score, 5);
    await coded("FEATURE_MISSING", () => both.recommend("u3", { at: morning }));
    await coded("FEATURE_UNKNOWN", () => both.recommend("u3", { context: { hour: "8" } }));
    for await (const answer of both.recommendAll(event)) {
      if (answer.user === "u3") expect(first(answer)).toBe(first(await both.recommend("u3", event)));
    }
  });

  test.each([
    ["2024-01-15T20:00", 1705348800],
    ["2024-01-15 20:00:30", 1705348830],
    ["2024-01-15T20:00+01:00", 1705345200],
    ["2024-01-15T20:00Z", 1705348800],
    ["2024-01-15", 1705276800],
    ["1705348800", 1705348800],
    [1705348800.5, 1705348800.5],
    [new Date(1705348800000), 1705348800],
  ])("at %s", (at, seconds) => {
    expect(secondsOf(at)).toBe(seconds);
  });
});
