import * as ort from "onnxruntime-web";
import { beforeAll, describe, expect, test } from "vitest";
import type { Artifact } from "../../src/artifact/index.ts";
import { hash } from "../../src/core/random.ts";
import { referenceEngine as engine } from "../../src/engine/reference/index.ts";
import { exportTowers } from "../../src/export/index.ts";
import { Encoder, type FeatureRow } from "../../src/features/index.ts";
import { bprMf, ease, lightGcn, neuMf, softmaxDnn, twoTower } from "../../src/models/index.ts";
import type { Model } from "../../src/nn/model.ts";
import { createRecommender, withItems } from "../../src/retrieve/index.ts";
import { toArtifact, fit as train } from "../../src/train/index.ts";
import { club } from "../support/tiny-training.ts";
import { floats, OnnxModel, worstError } from "./onnx.ts";
import { metadataOf } from "./onnx-metadata.ts";

const [USERS, ITEMS] = [12, 18];
const { train: data } = club(USERS, ITEMS, 5);
const column = (name: string, size: number) => ({
  ...({ name, kind: "multi", why: "" } as const),
  values: Array.from({ length: size }, (_, i) => ["a", "b", "c"].filter((_, at) => hash(3, i, at) % 2 === 0).join("|")),
});
const [genres, habits] = [column("genres", ITEMS), column("habits", USERS)];
const features = { items: [genres], users: [habits] };
const options = { engine, progress: "none", epochs: 3, batchSize: 16, learningRate: 0.05, l2: 0, seed: 1 } as const;

const int64 = (rows: readonly (readonly number[])[]) => {
  const width = Math.max(0, ...rows.map(({ length }) => length));
  const filled = rows.flatMap((row) => Array.from({ length: width }, (_, i) => BigInt(row[i] ?? -1)));
  return new ort.Tensor("int64", BigInt64Array.from(filled), [rows.length, width]);
};
const ids = (values: readonly number[]) => new ort.Tensor("int64", BigInt64Array.from(values, BigInt), [values.length]);

/** Features as a reader of the file makes them, from what the file says of itself. */
function dense(file: Uint8Array, rows: readonly FeatureRow[], of = "features"): ort.Tensor {
  const fitted = JSON.parse(metadataOf(file)[`penchant.${of}`] ?? "");
  const { offsets, items, values } = new Encoder(fitted).given(rows);
  const table = new Float32Array(rows.length * fitted.width);
  for (const row of rows.keys())
    for (let at = offsets[row] as number; at < (offsets[row + 1] as number); at++)
      table[row * fitted.width + (items[at] as number)] = values?.[at] ?? 1;
  return new ort.Tensor("float32", table, [rows.length, fitted.width]);
}
const rowsOf = ({ name, values }: typeof genres): FeatureRow[] => values.map((value) => ({ [name]: value }));

const dot = (a: Float32Array, i: number, b: Float32Array, j: number, width: number): number => {
  let sum = 0;
  for (let c = 0; c < width; c++) sum += (a[i * width + c] as number) * (b[j * width + c] as number);
  return sum;
};
const histories = (artifact: Artifact) =>
  Array.from({ length: USERS }, (_, user) => {
    const { offsets, items } = artifact.history;
    return [...items.subarray(offsets[user], offsets[user + 1])];
  });

const cases: readonly (readonly [string, Model, inputs: readonly string[]])[] = [
  ["two towers", twoTower({ dim: 6, hidden: [5] }) as Model, ["history", "features"]],
  [
    "two towers of features alone",
    twoTower({ dim: 6, itemIds: false, normalize: false }) as Model,
    ["history", "features"],
  ],
  [
    "two towers with users by id",
    twoTower({ dim: 6, ids: true, shared: false }) as Model,
    ["user", "history", "features"],
  ],
  ["softmax DNN", softmaxDnn({ width: 6, hidden: [5] }) as Model, ["history", "features"]],
  ["LightGCN, whose users are rows", lightGcn({ dim: 6, layers: 2 }) as Model, ["user"]],
];

describe.each(cases)("%s as two ONNX files", (_, model, inputNames) => {
  let artifact: Artifact;
  let files: ReturnType<typeof exportTowers>;
  let [user, item] = [undefined, undefined] as unknown as [OnnxModel, OnnxModel];
  beforeAll(async () => {
    artifact = toArtifact(await train(model, data, { ...options, features }), data, { seen: [data] });
    files = exportTowers(artifact);
    [user, item] = [await OnnxModel.load(files.user), await OnnxModel.load(files.item)];
  }, 60_000);

  const usersOf = (rows: readonly number[]) => {
    const past = histories(artifact);
    const all = {
      user: ids(rows),
      history: int64(rows.map((row) => past[row] as number[])),
      features: dense(
        files.user,
        rows.map((row) => rowsOf(habits)[row] as FeatureRow),
      ),
    };
    return Object.fromEntries(inputNames.map((name) => [name, all[name as keyof typeof all]]));
  };

  test("ONNX Runtime repeats the scores of the run's users and items", async () => {
    expect(user.inputNames).toEqual(inputNames);
    const everybody = Array.from({ length: USERS }, (_, i) => i);
    const everything = Array.from({ length: ITEMS }, (_, i) => i);
    const a = floats((await user.feed(usersOf(everybody)))["vector"]);
    // Of items of the run features are not looked at.
    const nothing = dense(
      files.item,
      everything.map(() => ({})),
    );
    const b = floats((await item.feed({ item: ids(everything), features: nothing }))["vector"]);
    const width = a.length / USERS;
    const pairs = everybody.flatMap((u) => everything.map((i) => [u, i] as const));
    using scorer = await engine.scorer({
      ...{ plan: artifact.plans.score, parameters: artifact.parameters, users: USERS, items: ITEMS, threads: 1 },
      data: { history: artifact.history, ...artifact.matrices },
    });
    const expected = await scorer.score(
      Int32Array.from(pairs, ([u]) => u),
      Int32Array.from(pairs, ([, i]) => i),
    );
    expect(
      worstError(
        pairs.map(([u, i]) => dot(a, u, b, i, width)),
        expected,
      ),
    ).toBeLessThan(1e-5);
  });

  test("items and people that the run has not met are what they are to the run", async () => {
    const given = [{ genres: "a|c" }, { genres: "b" }, {}];
    const more = withItems(
      artifact,
      given.map((row, i) => ({ id: `new-${i}`, features: row })),
    );
    const b = floats((await item.feed({ item: ids([-1, -1, -1]), features: dense(files.item, given) }))["vector"]);
    const told = { habits: "b|c" };
    const past = [0, 3, 4];
    // Where users are rows, somebody new is a row that is made outside of the file: one of the run's users then.
    const isRow = inputNames.join() === "user";
    const known = { history: int64([past]), features: isRow ? int64([[]]) : dense(files.user, [told]) };
    const all = { user: ids([isRow ? 3 : -1]), ...known };
    const feed = Object.fromEntries(inputNames.map((name) => [name, all[name as keyof typeof all]]));
    const a = floats((await user.feed(feed))["vector"]);
    using recommender = createRecommender(more, engine);
    const newcomer = { items: past.map((i) => artifact.items[i] as string), features: told };
    const { items } = await recommender.recommend(isRow ? (artifact.users[3] as string) : newcomer, {
      ...{ k: 3, candidates: given.map((_, i) => `new-${i}`) },
    });
    expect(items).toHaveLength(3);
    for (const { item: id, score } of items) expect(dot(a, 0, b, Number(id.slice(4)), a.length)).toBeCloseTo(score, 5);
  });
});

test("models of rows alone have towers of ids", async () => {
  const artifact = toArtifact(await train(bprMf({ factors: 4 }), data, { ...options, features }), data);
  const files = exportTowers(artifact);
  const [user, item] = [await OnnxModel.load(files.user), await OnnxModel.load(files.item)];
  expect([user.inputNames, item.inputNames]).toEqual([["user"], ["item"]]);
  const a = floats((await user.feed({ user: ids([3, -1]) }))["vector"]);
  const b = floats((await item.feed({ item: ids([7]) }))["vector"]);
  using scorer = await engine.scorer({
    ...{ plan: artifact.plans.score, parameters: artifact.parameters, users: USERS, items: ITEMS, threads: 1 },
  });
  const [score] = await scorer.score(Int32Array.of(3), Int32Array.of(7));
  expect(dot(a, 0, b, 0, b.length)).toBeCloseTo(score as number, 6);
});

test.each([neuMf({ factors: 2 }), ease()])("$definition.name has no two sides: refused", async (model) => {
  const artifact = toArtifact(await train(model as Model, data, { ...options, epochs: 1 }), data);
  expect(() => exportTowers(artifact)).toThrow(expect.objectContaining({ code: "ARTIFACT_EXPORT" }));
});

test("the context of an event is an input of the user's tower", async () => {
  const events = data.byUser.items.length;
  const asked = { ...data, byUser: { ...data.byUser, context: Int32Array.from({ length: events }, (_, i) => i) } };
  const device = { ...column("device", events), kind: "multi" } as const;
  const model = twoTower({ dim: 6, hidden: [5] }) as Model;
  const artifact = toArtifact(await train(model, asked, { ...options, features: { context: [device] } }), asked);
  const files = exportTowers(artifact);
  const [user, item] = [await OnnxModel.load(files.user), await OnnxModel.load(files.item)];
  expect(user.inputNames).toEqual(["history", "context"]);
  using recommender = createRecommender(artifact, engine);
  for (const value of ["a", "b|c"]) {
    const context = dense(files.user, [{ device: value }], "context");
    const a = floats((await user.feed({ history: int64([histories(artifact)[3] as number[]]), context }))["vector"]);
    const everything = Array.from({ length: ITEMS }, (_, i) => i);
    const b = floats((await item.feed({ item: ids(everything) }))["vector"]);
    const { items } = await recommender.recommend("u3", { k: ITEMS, exclude: "none", context: { device: value } });
    for (const { item: id, score } of items) {
      expect(dot(a, 0, b, Number(id.slice(1)), a.length)).toBeCloseTo(score, 5);
    }
  }
});
