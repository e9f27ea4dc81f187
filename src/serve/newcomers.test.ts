import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/support/folder.ts";
import { ask, items, started } from "../../test/support/service.ts";
import { type Artifact, saveArtifact } from "../artifact/index.ts";
import { below, hash } from "../core/random.ts";
import { Interactions, Vocabulary } from "../dataset/index.ts";
import { loadEngine } from "../engine/index.ts";
import { ncfFeatures } from "../models/index.ts";
import { createRecommender, describerOf, type NewItem, type Recommender, withItems } from "../retrieve/index.ts";
import { toArtifact, fit as train } from "../train/index.ts";
import { ServedModel } from "./model.ts";
import { Newcomers } from "./newcomers.ts";

const [USERS, ITEMS] = [40, 24];
/** Even people like films of war, odd ones of love; the films alternate in pairs. */
const isWar = (item: number): boolean => (item >> 1) % 2 === 1;

let model: Artifact;
beforeAll(async () => {
  const rows = Array.from({ length: USERS }, (_, user) =>
    Array.from({ length: ITEMS }, (_, item) => item).filter(
      (item) => isWar(item) === (user % 2 === 0) && below(hash(5, user, item), 4) > 0,
    ),
  );
  const offsets = Int32Array.from([0, ...rows.map((_, i) => rows.slice(0, i + 1).flat().length)]);
  const ids = (name: string, size: number) => Vocabulary.from(Array.from({ length: size }, (_, i) => `${name}${i}`));
  const interactions = new Interactions(ids("u", USERS), ids("i", ITEMS), {
    offsets,
    items: Int32Array.from(rows.flat()),
  });
  const column = (name: string, size: number, value: (row: number) => string) => ({
    ...{ name, kind: "categorical" as const, why: "" },
    values: Array.from({ length: size }, (_, row) => value(row)),
  });
  const features = {
    users: [column("likes", USERS, (user) => (user % 2 === 0 ? "war" : "love"))],
    items: [
      column("genre", ITEMS, (item) => (isWar(item) ? "war" : "love")),
      {
        name: "year",
        kind: "number" as const,
        why: "",
        values: Array.from({ length: ITEMS }, (_, item) => 1950 + item),
      },
    ],
  };
  const engine = await loadEngine("wasm");
  const settings = { epochs: 25, batchSize: 64, learningRate: 0.01, seed: 1, threads: 1, progress: "none" } as const;
  const run = await train(ncfFeatures({ width: 4, hidden: [8] }), interactions, { ...settings, features, engine });
  model = toArtifact(run, interactions);
}, 60_000);

const serving = () => started({ artifacts: { films: model } });
type App = Awaited<ReturnType<typeof serving>>["app"];
const put = (app: App, kind: "items" | "users", id: string, fields: object) =>
  ask(app, "PUT", `/v1/${kind}/${id}`, { fields });
const recommend = (app: App, body: object) => ask(app, "POST", "/v1/recommend", body);
const scoreOf = async (app: App, user: string, item: string): Promise<number> => {
  const { body } = await recommend(app, { user, candidates: [item], includeSeen: true, k: 1 });
  return (body["items"] as { score: number }[])[0]?.score ?? Number.NaN;
};

describe("an item that no model has met", () => {
  test("described by features that a model reads, is in the next answer, where it belongs", async () => {
    const { app } = await serving();
    expect((await put(app, "items", "new", { genre: "war", stock: 3 })).body).toMatchObject({ models: ["films"] });
    expect(items(await recommend(app, { user: "u0", k: 13, includeSeen: true }))).toContain("new");
    expect(items(await recommend(app, { user: "u1", k: 12, includeSeen: true }))).not.toContain("new");
    expect(await scoreOf(app, "u0", "new")).toBeGreaterThan(await scoreOf(app, "u1", "new"));
    expect(items(await ask(app, "GET", "/v1/items/new/similar?k=3")).every((id) => isWar(Number(id.slice(1))))).toBe(
      true,
    );
  });

  test("described anew is ranked anew, deleted is gone, and events of it count", async () => {
    const { app } = await serving();
    await put(app, "items", "new", { genre: "war" });
    const war = await scoreOf(app, "u0", "new");
    await ask(app, "PATCH", "/v1/items/new", { fields: { genre: "love" } });
    await expect.poll(() => scoreOf(app, "u0", "new"), { timeout: 20_000 }).toBeLessThan(war);
    await ask(app, "POST", "/v1/events", { events: [{ user: "u0", item: "new", type: "view" }] });
    expect(items(await recommend(app, { user: "u0", candidates: ["new"] }))).toEqual([]);
    await ask(app, "DELETE", "/v1/items/new");
    expect(items(await recommend(app, { user: "u2", candidates: ["new"] }))).toEqual([]);
  });

  test("without a feature that is read stays unknown, with a value of another kind is refused, and nothing is kept", async () => {
    const { app } = await serving();
    expect((await put(app, "items", "new", { stock: 3 })).body).toMatchObject({ models: [] });
    const wrong = await put(app, "items", "other", { genre: "war", year: "long ago" });
    expect([wrong.status, wrong.body.error?.code]).toEqual([400, "FEATURE_VALUE"]);
    expect((await ask(app, "GET", "/v1/items/other")).body.error?.code).toBe("DATA_ITEM_UNKNOWN");
    const patched = await ask(app, "PATCH", "/v1/items/new", { fields: { year: [1, 2] } });
    expect(patched.body.error?.code).toBe("FEATURE_VALUE");
    expect((await ask(app, "GET", "/v1/items/new")).body["fields"]).toEqual({ stock: 3 });
  });

  test("is in pages of a pipeline, and there after the server was started again", async () => {
    const { app, service } = await serving();
    await put(app, "items", "new", { genre: "war", stock: 1 });
    const pipeline = { candidates: [{ from: "films", n: 24 }], filter: ["item.stock == 1"], k: 5 };
    expect(items(await recommend(app, { user: "u0", pipeline }))).toEqual(["new"]);
    const before = await scoreOf(app, "u0", "new");
    const { service: other, app: again } = await serving();
    for (const id of service.items.ids()) await put(again, "items", id, service.items.of(id) ?? {});
    expect(await scoreOf(again, "u0", "new")).toBe(before);
    expect(other.models[0]?.version).toBe(service.models[0]?.version);
  });

  test("answers that are being made while items come are given", async () => {
    const { app } = await serving();
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        if (n % 3 === 0) return put(app, "items", `new${n}`, { genre: n % 2 ? "war" : "love" });
        const filtered =
          n % 3 === 1 ? { filter: 'id != "i3"' } : { pipeline: { candidates: [{ from: "films", n: 9 }], k: 5 } };
        return recommend(app, { user: `u${n % USERS}`, k: 5, ...filtered });
      }),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const all = async () => (await recommend(app, { user: "u0", k: 44, includeSeen: true })).body["items"];
    await expect.poll(all, { timeout: 20_000 }).toHaveLength(44);
  });
});

describe("somebody whom no model has met", () => {
  test("is answered by the features of the request, alone or with a history", async () => {
    const { app } = await serving();
    const { body } = await recommend(app, { features: { likes: "war" }, k: 8 });
    expect(body).toMatchObject({ user: null, known: true, method: "features" });
    expect(items({ body } as never).every((id) => isWar(Number(id.slice(1))))).toBe(true);
    const both = await recommend(app, { features: { likes: "war" }, history: ["i2"], k: 8 });
    expect(items(both)).not.toContain("i2");
    const paged = await recommend(app, {
      features: { likes: "love" },
      pipeline: { candidates: [{ from: "films", n: 9 }], k: 5 },
    });
    expect(items(paged).some((id) => isWar(Number(id.slice(1))))).toBe(false);
  });

  test("is answered by the fields that the service was told, and those of the request count before them", async () => {
    const { app } = await serving();
    expect((await recommend(app, { user: "eve", k: 3 })).body["method"]).toBe("popularity");
    await put(app, "users", "eve", { likes: "love", country: "NO" });
    const told = await recommend(app, { user: "eve", k: 8 });
    expect(told.body["method"]).toBe("features");
    expect(items(told).some((id) => isWar(Number(id.slice(1))))).toBe(false);
    expect(items(await ask(app, "GET", "/v1/users/eve/recommendations?k=8"))).toEqual(items(told));
    const now = await recommend(app, { user: "eve", features: { likes: "war" }, k: 8 });
    expect(items(now).every((id) => isWar(Number(id.slice(1))))).toBe(true);
  });

  test.each([
    [{ features: { likse: "war" } }, "FEATURE_UNKNOWN"],
    [{ user: "u0", features: { likes: "war" } }, "CONFIG_VALUE"],
    [{ features: { likse: "war" }, pipeline: { candidates: [{ from: "films", n: 9 }], k: 5 } }, "FEATURE_UNKNOWN"],
    [{ features: { likes: { a: 1 } } }, "SERVE_REQUEST"],
    [{ features: "war" }, "SERVE_REQUEST"],
  ])("%j: refused by %s", async (body, code) => {
    const { app } = await serving();
    const answer = await recommend(app, body);
    expect([answer.status, answer.body.error?.code]).toEqual([400, code]);
  });

  test("a model that reads no features of people says so", async () => {
    const { app } = await started();
    expect((await recommend(app, { features: { likes: "war" } })).body.error?.code).toBe("FEATURE_MISSING");
    const pipeline = { candidates: [{ from: "tiny", n: 3 }], k: 3 };
    expect((await recommend(app, { features: { likes: "war" }, pipeline })).body.error?.code).toBe("FEATURE_MISSING");
  });
});

test("items are taken in by a tenth of the time at most, the loading of their weights included", async () => {
  const describer = describerOf(model, "items");
  if (!describer) throw new Error("the model answers for new items");
  const newcomers = new Newcomers(describer, new Set(model.items));
  let time = 0;
  /** Takes in what is due, which is ready after so long. */
  const take = async (ms: number): Promise<readonly string[] | undefined> => {
    let [taken, ready]: [readonly string[] | undefined, () => void] = [undefined, () => {}];
    const due = newcomers.whenDue(
      (all) => {
        taken = all.map(({ id }) => String(id));
        return { ready: () => new Promise<void>((resolve) => (ready = resolve)) };
      },
      () => time,
    );
    if (due) {
      time += ms;
      newcomers.note("meanwhile", { genre: "war" });
      expect(
        newcomers.whenDue(
          () => ({ ready: async () => {} }),
          () => time,
        ),
      ).toBeUndefined();
      newcomers.note("meanwhile", undefined);
      ready();
      await new Promise(setImmediate);
    }
    return taken;
  };
  newcomers.note("i0", { genre: "war" }); // the model was trained on it
  expect(await take(5)).toBeUndefined();
  newcomers.note("a", { genre: "war" });
  expect(await take(5)).toEqual(["a"]);
  newcomers.note("b", { genre: "love" });
  time += 44;
  expect(await take(5)).toBeUndefined();
  time += 1;
  expect(await take(5)).toEqual(["a", "b"]);
  newcomers.note("a", undefined);
  time += 45;
  expect(await take(5)).toEqual(["b"]);
  newcomers.clear();
  time += 45;
  expect(await take(5)).toEqual([]);
  expect(newcomers.has("b")).toBe(false);
});

test("a model that takes in more goes on from what it has, and one of which an item changed begins anew: both answer as one that was given all at once", async () => {
  const folder = join(temporaryFolder(), "run");
  await saveArtifact(folder, model);
  const load = { name: "films", run: "films-1", folder, engine: await loadEngine("wasm"), threads: 1 };
  const loaded = await ServedModel.load(load);
  const [a, b, c] = ["war", "love", "war"].map((genre, i) => ({ id: `new${i}`, features: { genre, year: 1960 + i } }));
  const changed = { id: "new0", features: { genre: "love" } };
  const scores = async (served: { recommender: Recommender }) => {
    const pairs = ["u0", "u1"].flatMap((user) =>
      [...model.items, "new0", "new1", "new2"].map((item) => ({ user, item })),
    );
    return (await served.recommender.score(pairs)).map(({ score }) => score);
  };
  const atOnce = (items: readonly NewItem[]) => ({
    recommender: createRecommender(withItems(model, items), load.engine, { threads: 1 }),
  });
  const all = [a, b, c] as NewItem[];
  const step = loaded.with(all.slice(0, 1)).with(all.slice(0, 2));
  const more = step.with(all);
  expect(await scores(more)).toEqual(await scores(atOnce(all)));
  const anew = [changed, ...all.slice(1)];
  const other = more.with(anew);
  expect(await scores(other)).toEqual(await scores(atOnce(anew)));
  expect(await scores(more)).toEqual(await scores(atOnce(all)));
  expect(step.items.length).toBe(model.items.length + 2);
});
