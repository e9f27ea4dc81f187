import { beforeAll, describe, expect, test } from "vitest";
import type { Artifact } from "../artifact/types.ts";
import { below, hash, normal } from "../core/random.ts";
import { Interactions, Vocabulary } from "../dataset/index.ts";
import { dense, run } from "../engine/reference/evaluate.ts";
import { referenceEngine as engine } from "../engine/reference/index.ts";
import type { Catalog, Model } from "../nn/model.ts";
import { initialParameters, scorePlan } from "../nn/plans.ts";
import { createRecommender, withItems } from "../retrieve/index.ts";
import { toArtifact, fit as train } from "../train/index.ts";
import { deepFm } from "./deepfm.ts";
import { wideDeep } from "./wide-deep.ts";

const [USERS, ITEMS, COLD] = [40, 30, 6];
const isWar = (item: number): boolean => (item >> 1) % 2 === 1;
const isOld = (user: number): boolean => user % 2 === 1;
const ids = (name: string, size: number) => Vocabulary.from(Array.from({ length: size }, (_, i) => `${name}${i}`));
const column = (name: string, values: readonly string[]) => [{ name, kind: "categorical", why: "", values }] as const;
const features = {
  items: column(
    "genre",
    Array.from({ length: ITEMS }, (_, item) => (isWar(item) ? "war" : "love")),
  ),
  users: column(
    "age",
    Array.from({ length: USERS }, (_, user) => (isOld(user) ? "old" : "young")),
  ),
};
/** The old like war, the young love; the last items nobody has. */
const likes = Array.from({ length: USERS }, (_, user) =>
  Array.from({ length: ITEMS - COLD }, (_, item) => item).filter(
    (item) => isWar(item) === isOld(user) && below(hash(5, user, item), 4) > 0,
  ),
);
const data = new Interactions(ids("u", USERS), ids("i", ITEMS), {
  offsets: Int32Array.from([0, ...likes.map((_, i) => likes.slice(0, i + 1).flat().length)]),
  items: Int32Array.from(likes.flat()),
});
const options = { engine, progress: "none", epochs: 10, batchSize: 64, learningRate: 0.1, l2: 0, seed: 1 } as const;
const small = { width: 6, hidden: [8], idDropout: 0.3 };
const cold = Array.from({ length: COLD }, (_, i) => `i${ITEMS - COLD + i}`);
const ofWar = (items: readonly { readonly item: string }[]) => items.map(({ item }) => isWar(Number(item.slice(1))));

const made: readonly (readonly [string, Model])[] = [
  ["wide-deep", wideDeep({ ...small, buckets: 4096 }) as Model],
  ["deepfm", deepFm(small) as Model],
];
describe.each(made)("%s", (_, model) => {
  let artifact: Artifact;
  beforeAll(async () => {
    artifact = toArtifact(await train(model, data, { ...options, features }), data, { seen: [data] });
  }, 60_000);

  test("ranks items that nobody has met by what is known of them", async () => {
    using recommender = createRecommender(artifact, engine);
    for (const [user, war] of [
      ["u0", false],
      ["u1", true],
    ] as const) {
      const { items } = await recommender.recommend(user, { k: 2, candidates: cold });
      expect(ofWar(items)).toEqual([war, war]);
    }
  });

  test("somebody new is what is known of them", async () => {
    using recommender = createRecommender(artifact, engine);
    const told = await recommender.recommend({ features: { age: "old" } }, { k: 3 });
    expect(ofWar(told.items)).toEqual([true, true, true]);
    const items = ["i2", "i3", "i6", "i7"];
    const both = await recommender.recommend({ items, features: { age: "old" } }, { k: 3 });
    expect([both.method, ...ofWar(both.items)]).toEqual(["history", true, true, true]);
  });

  test("an item that is added stands where one stands that is like it", async () => {
    using recommender = createRecommender(withItems(artifact, [{ id: "new", features: { genre: "war" } }]), engine);
    const score = async (item: string) => (await recommender.score([{ user: "u1", item }]))[0]?.score;
    expect(await score("new")).toBeCloseTo((await score("i27")) as number, 4);
    using before = createRecommender(artifact, engine);
    expect(await score("i3")).toBeCloseTo((await before.score([{ user: "u1", item: "i3" }]))[0]?.score as number, 5);
  });

  test("learns from ids alone where nothing else is known", async () => {
    const run = await train(model, data, options);
    using recommender = createRecommender(toArtifact(run, data, { seen: [data] }), engine);
    const { items } = await recommender.recommend("u1", { k: 5, includeSeen: true });
    expect(ofWar(items)).toEqual([true, true, true, true, true]);
    const past = await recommender.recommend({ items: ["i2", "i3", "i6", "i7", "i10"] }, { k: 3 });
    expect([past.method, ...ofWar(past.items)]).toEqual(["history", true, true, true]);
  });
});

const catalog: Catalog = { users: 3, items: 4, meanValue: 0, itemCounts: new Float32Array(4) };
const history = { offsets: Int32Array.of(0, 2, 3, 3), items: Int32Array.of(0, 2, 1) };
const pairs = { user: Int32Array.of(0, 1, 2, 0), item: Int32Array.of(1, 2, 3, 2) };

/** The score's parameters at random, the last layer of the network at 0, so that what is beside it is left. */
function withoutNetwork(model: Model) {
  const plan = scorePlan(model, catalog);
  const parameters = Object.fromEntries(
    Object.entries(initialParameters(plan, catalog, 1)).map(([name, values], p) => [
      name,
      Float64Array.from(values, (_, i) => (name.startsWith("deep/prediction") ? 0 : normal(3, p, i))),
    ]),
  );
  const matrices = { ...model.matrices?.({ ...history, columns: 4 }), history };
  const { score = new Float64Array() } = run(plan, 4, parameters, pairs, { seed: 0, epoch: 0, step: 0 }, matrices);
  const scores = dense(score);
  const row = (name: string, i: number): number[] => {
    const table = parameters[name] as Float64Array;
    const rows = name.endsWith("item/id") || name.endsWith("history") ? 4 : 3;
    return [...table.subarray((i * table.length) / rows, ((i + 1) * table.length) / rows)];
  };
  return { scores, row, parameters };
}
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const past = (user: number) => history.items.subarray(history.offsets[user], history.offsets[user + 1]);
const each = Array.from(pairs.user, (user, i) => [user, pairs.item[i] as number] as const);

test("DeepFM's machine is linear weights and the inner products of every two fields", () => {
  const { scores, row } = withoutNetwork(deepFm({ width: 3, hidden: [4] }) as Model);
  const mean = (name: string, user: number, width: number) =>
    Array.from({ length: width }, (_, c) => {
      const own = past(user);
      return own.length === 0 ? 0 : sum(Array.from(own, (j) => row(name, j)[c] as number)) / own.length;
    });
  for (const [i, [user, item]] of each.entries()) {
    const fields = [row("user/id", user), mean("user/history", user, 3), row("item/id", item)];
    const linear = [...row("linear/user/id", user), ...row("linear/item/id", item)];
    const products = fields.flatMap((a, n) =>
      fields.slice(n + 1).map((b) => sum(a.map((x, c) => x * (b[c] as number)))),
    );
    expect(scores[i]).toBeCloseTo(sum(linear) + sum(products), 6);
  }
});

test("the wide part has a number for each item of the history with the item in question", () => {
  const model = wideDeep({ width: 3, hidden: [4], buckets: 1024 }) as Model;
  const linear = withoutNetwork(wideDeep({ width: 3, hidden: [4], buckets: 1024, crosses: "none" }) as Model).row;
  const { scores, row, parameters } = withoutNetwork(model);
  expect(linear("linear/item/id", 1)).toHaveLength(1);
  const crosses = parameters["crosses/history"] as Float64Array;
  const known = new Set(crosses);
  for (const [i, [user, item]] of each.entries()) {
    const own = past(user);
    const rest = (scores[i] as number) - sum([...row("linear/user/id", user), ...row("linear/item/id", item)]);
    // Item 3 is nobody's: it has no crosses.
    if (item === 3 || own.length === 0) expect(rest).toBeCloseTo(0, 6);
    else if (own.length === 1) expect([...known].some((weight) => Math.abs(weight - rest) < 1e-6)).toBe(true);
    else expect(Math.abs(rest)).toBeGreaterThan(1e-3);
  }
});

test("L1 leaves weights of crosses at exactly 0", async () => {
  const zeros = async (l1: number) => {
    const { parameters } = await train(wideDeep({ ...small, buckets: 512, l1 }), data, options);
    return (parameters["crosses/history"] as Float32Array).filter((weight) => weight === 0).length;
  };
  const [some, most] = [await zeros(0), await zeros(0.2)];
  expect(some).toBeLessThan(300);
  expect(most).toBeGreaterThan(some + 50);
  expect(most).toBeLessThan(512);
});
