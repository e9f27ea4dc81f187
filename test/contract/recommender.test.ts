import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Artifact, loadArtifact, saveArtifact } from "../../src/artifact/index.ts";
import { referenceEngine as engine } from "../../src/engine/reference/index.ts";
import type { Plan } from "../../src/graph/plan.ts";
import { modelNamed, models } from "../../src/models/index.ts";
import { createRecommender, forgetUser, type Recommender } from "../../src/retrieve/index.ts";
import { toArtifact, fit as train } from "../../src/train/index.ts";
import type { TrainingData } from "../../src/train/inputs/data.ts";
import { club, dataOf, ratedClub } from "../support/tiny-training.ts";

const folder = mkdtempSync(join(tmpdir(), "penchant-contract-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Two circles of taste; item i7 belongs to circle 7 mod 2. */
const circle = (id: string) => Number(id.slice(1)) % 2;
const facts = {
  created: "2026-01-01T00:00:00Z",
  dataset: { fingerprint: "club", users: 0, items: 0, interactions: 0 },
  split: { kind: "none" },
};

/** Small versions of the models: the reference engine is slow. */
const small = { factors: 8, hidden: [16, 8], width: 16, blocks: 1, dim: 16, drawn: 40 };

interface Variant {
  readonly factory: (typeof models)[number];
  readonly config?: Record<string, unknown>;
  readonly task?: "pairwise";
}

/** What defaults do not show: layers that behave otherwise in training than in answers. */
const variants: Record<string, Variant> = {
  "gmf with dropout and a hidden layer": { factory: modelNamed("gmf"), config: { dropout: 0.2, hidden: [4] } },
  "mlp with dropout": { factory: modelNamed("mlp"), config: { dropout: 0.1 } },
  "neumf with dropout": { factory: modelNamed("neumf"), config: { dropout: 0.1 } },
  "ncf-regression, normalized": { factory: modelNamed("ncf-regression"), config: { batchNormalization: true } },
  "ncf-regression without dropout": { factory: modelNamed("ncf-regression"), config: { dropout: 0 } },
  "residual-hybrid, normalized": { factory: modelNamed("residual-hybrid"), config: { batchNormalization: true } },
  "residual-hybrid, normalized, pairwise": {
    factory: modelNamed("residual-hybrid"),
    config: { batchNormalization: true, dropout: 0 },
    task: "pairwise",
  },
  "autorec, by users": { factory: modelNamed("autorec"), config: { by: "users" } },
  "weighted-hybrid, learned alpha": { factory: modelNamed("weighted-hybrid"), config: { learnAlpha: true } },
};
/** What needs more than its defaults where a training has a dozen steps: popularity says as much by then. */
const own: Readonly<Record<string, Record<string, unknown>>> = {
  dbn: { hidden: [16], pretraining: 150, dropout: 0.2 }, // a deep layer of so few units learns slowly
  prod2vec: { window: 7, score: "cosine" },
  "conv-ncf": { width: 8, channels: 8 }, // for speed: a list is a convolution for each item
};
const cases: Record<string, Variant> = {
  ...Object.fromEntries(
    models.map((factory) => [factory.definition.name, { factory, config: own[factory.definition.name] ?? {} }]),
  ),
  ...variants,
};

async function trained({ factory, config = {}, task: asked }: Variant): Promise<Artifact> {
  const task = asked ?? factory.definition.task;
  const { train: data, validation } = task === "rating" ? ratedClub(16, 24) : club(16, 24, 7);
  const sizes = { users: data.users.size, items: data.items.size, interactions: data.byUser.items.length };
  const options = {
    engine,
    progress: "none",
    epochs: task === "none" ? 1 : 12,
    batchSize: 32,
    learningRate: 0.03,
    l2: 0,
    ...(asked && { task: asked }),
  } as const;
  const known = Object.entries(small).filter(([option]) => option in factory.definition.options);
  const run = await train(factory({ ...Object.fromEntries(known), ...config }), data, options);
  return toArtifact(run, data, {
    ...facts,
    dataset: { ...facts.dataset, ...sizes },
    seen: [data, firstOf(validation)],
  });
}

/** The first held-out item of each user: something must be left to recommend. */
function firstOf({ byUser: { offsets, items, values }, ...ids }: TrainingData): TrainingData {
  const firsts = Array.from({ length: ids.users.size }, (_, user) => offsets[user] ?? 0);
  const rows = firsts.map((at) => [items[at] ?? 0]);
  return dataOf(rows, ids.items.size, values && firsts.map((at) => values[at] ?? 0));
}

/** Ids of all items that a user has met, learned from or not. */
function met({ history, unlearned, items }: Artifact, user: number): (string | undefined)[] {
  return [history, unlearned].flatMap((rows) => {
    const own = rows?.items.subarray(rows.offsets[user], rows.offsets[user + 1]) ?? [];
    return [...own].map((item) => items[item]);
  });
}

describe.each(Object.entries(cases))("a saved run of %s", (name, variant) => {
  const { factory } = variant;
  let artifact: Artifact;
  let recommender: Recommender;
  /** Scores as they are: clipped ones cannot fall. */
  let raw: Recommender;
  const learns = factory.definition.task !== "none";
  const solved = factory().solve !== undefined;
  /** Whether taste is looked at, and not the latest event alone, which here is the item with the largest number. */
  const seesTaste = factory.definition.name !== "markov";
  /** Whether there are no vectors of items: solved models of items and items. */
  const vectorless = ["item-knn", "user-knn", "rp3beta", "slim", "ease", "markov"].includes(factory.definition.name);
  /** Whether the score looks at the history, of whomever it is. */
  let reads: boolean;
  /** Whether its reasons are weights of attention: what it looks at, not what a score would lose. */
  let attends: boolean;
  beforeAll(async () => {
    const directory = join(folder, name);
    await saveArtifact(directory, await trained(variant));
    artifact = await loadArtifact(directory);
    reads = artifact.plans.score.instructions.some(({ op }) => op === "data");
    attends = artifact.plans.score.instructions.some(
      ({ op, attrs }) => op === "crossAttention" && Object.keys(attrs ?? {}).length === 0,
    );
    recommender = createRecommender(artifact, engine);
    raw = createRecommender(artifact, engine, { clip: false });
  });
  afterAll(() => {
    recommender.dispose();
    raw.dispose();
  });

  test("answers a user of the run, somebody with a few items, and a stranger", async () => {
    const methods = [];
    for (const who of ["u3", { items: ["i1", "i3", "nothing"] }, "stranger"]) {
      const { method, items } = await recommender.recommend(who, { k: 5 });
      methods.push(method);
      expect(items.length).toBe(5);
      if (typeof who !== "string") expect(items.map(({ item }) => item)).not.toContain("i1");
    }
    const newcomer = (artifact.plans.foldIn ?? artifact.plans.newcomer) ? "fold-in" : "history";
    expect(methods).toEqual(learns ? ["model", newcomer, "popularity"] : ["baseline", "popularity", "popularity"]);
  });
  test("answers everybody as it answers each", async () => {
    let user = 0;
    for await (const answer of recommender.recommendAll({ k: 5 })) {
      if (user++ === 3) expect(answer).toEqual(await recommender.recommend("u3", { k: 5 }));
    }
    expect(user).toBe(artifact.users.length);
  });
  test("recommends nothing that a user has met, whether it was learned from or held out", async () => {
    expect(artifact.unlearned?.items.length).toBeGreaterThan(0);
    expect(recommender.warnings).toEqual([]);
    let user = 0;
    for await (const { items } of recommender.recommendAll({ k: artifact.items.length })) {
      const own = met(artifact, user++);
      expect(items.map(({ item }) => item).filter((item) => own.includes(item))).toEqual([]);
      expect(items.length).toBe(artifact.items.length - own.length);
    }
    for (const who of ["u3", { user: "u3", items: ["i0"] }, { user: "u3", ratings: { i0: 5 } }]) {
      const { items } = await recommender.recommend(who, { k: artifact.items.length });
      const own = new Set([...met(artifact, 3), ...(typeof who === "string" ? [] : ["i0"])]);
      expect(items.map(({ item }) => item).filter((item) => own.has(item))).toEqual([]);
      expect(items.length).toBe(artifact.items.length - own.size);
    }
  });
  test("includes the seen items when asked to, all but those excluded", async () => {
    const { items } = await recommender.recommend("u3", {
      k: artifact.items.length,
      includeSeen: true,
      exclude: [met(artifact, 3)[0] ?? "", "i0"],
    });
    const left = artifact.items.filter((item) => item !== met(artifact, 3)[0] && item !== "i0");
    expect(items.map(({ item }) => item).toSorted()).toEqual(left.toSorted());
  });
  test("scores pairs as its lists do", async () => {
    const { items } = await recommender.recommend("u3", { k: 5 });
    const scores = await recommender.score(items.map(({ item }) => ({ user: "u3", item })));
    expect(scores).toEqual(
      items.map(({ item, score }) => ({ user: "u3", item, score: expect.closeTo(score, 5) as number })),
    );
  });
  test("keeps predicted ratings on the scale of the data", async () => {
    if (artifact.metadata.model.task !== "rating") return;
    for await (const { items } of recommender.recommendAll({ k: 9, exclude: "none" })) {
      expect(items.filter(({ score }) => score < 1 || score > 5)).toEqual([]);
    }
    await expect(recommender.recommend({ ratings: { i1: 99 } })).rejects.toMatchObject({ code: "CONFIG_VALUE" });
  });
  test("forgets a user: nothing of them is left, and the others are answered as before", async () => {
    const forgotten = forgetUser(artifact, "u3");
    if (!forgotten) throw new Error("the run knows u3");
    const directory = join(folder, `${name}-without`);
    await saveArtifact(directory, forgotten.artifact);
    const rest = await loadArtifact(directory);
    expect(rest.users).toEqual(artifact.users.filter((id) => id !== "u3"));
    expect(forgotten.interactions).toBe(met(artifact, 3).length);
    for (const table of artifact.plans.foldIn?.userParameters ?? []) {
      expect(rest.parameters[table]?.length).toBe(((artifact.parameters[table]?.length ?? 0) / 16) * 15);
    }
    using without = createRecommender(rest, engine);
    // random numbers of a user depend on their row, which moves up; a neighbour speaks no more for u15, who has the same taste;
    // everybody else's answer stays
    const others = { random: ["u0", "u2"], "user-knn": ["u0", "u2", "u4"] }[name] ?? ["u0", "u2", "u4", "u15"];
    for (const user of others) {
      const ask = (one: Recommender) => one.recommend(user, { k: 5 });
      expect(await ask(without)).toEqual(await ask(recommender));
      expect(met(rest, rest.users.indexOf(user))).toEqual(met(artifact, artifact.users.indexOf(user)));
    }
    const { known, method } = await without.recommend("u3", { k: 5 });
    expect([known, method]).toEqual([false, "popularity"]);
    expect(forgetUser(rest, "u3")).toBeUndefined();
  });
  test("finds similar items", async () => {
    const { items, method } = await recommender.similar("i4", { k: 5 });
    expect(method).toBe(learns && !vectorless ? "cosine" : "co-occurrence");
    expect(items.length).toBe(5);
    expect(items.every(({ item, score }) => item !== "i4" && score >= -1 && score <= 1)).toBe(true);
  });

  if (!learns) {
    test("gives no reasons for what has none", async () => {
      for (const who of ["u3", { items: ["i1", "i3"] }]) {
        const { items, explanation } = await recommender.recommend(who, { k: 5, why: true });
        expect(explanation).toBe("none");
        for (const { why } of items) expect(why).toEqual([]);
      }
    });
    return;
  }

  test("explains every recommendation by past items of the user", async () => {
    const { items, explanation } = await recommender.recommend("u3", { k: 5, why: true });
    const exact = artifact.plans.foldIn ? "influence" : "left-out";
    expect(explanation).toBe(attends ? "attention" : exact);
    const past = [...artifact.history.items.subarray(artifact.history.offsets[3], artifact.history.offsets[4])];
    for (const { why = [] } of items) {
      expect(why.filter(({ item }) => !past.includes(Number(item.slice(1))))).toEqual([]);
    }
    // Nobody ever met items of both circles: nothing in a history speaks for one of the other circle.
    const own = items.filter((each) => circle(each.item) === circle("u3"));
    const bare = own.filter(({ why = [] }) => why.length === 0).map((each) => each.item);
    // What comes next may follow from the order alone: then no single event's absence lowers the score.
    expect(bare.length, `without reasons: ${bare.join()}`).toBeLessThanOrEqual(artifact.matrices?.["sequence"] ? 1 : 0);
  });
  test.runIf(seesTaste).each([0, 1])(
    "folds newcomers in: items of circle %i bring more of that circle",
    async (own) => {
      const items = [2, 6, 10, 14, 18].map((i) => `i${i + own}`);
      const answer = await recommender.recommend({ items }, { k: 5 });
      // Chance gives 1.8 of 5. What follows the latest event is less sure of the circle than all of the events are.
      const enough = artifact.matrices?.["sequence"] ? 3 : 4;
      expect(answer.items.filter(({ item }) => circle(item) === own).length).toBeGreaterThanOrEqual(enough);
    },
  );
  test.runIf(seesTaste)("explains mostly by items of the same circle", async () => {
    const items = [2, 6, 10, 3, 7, 11].map((i) => `i${i}`);
    const answer = await recommender.recommend({ items }, { k: 10, why: true });
    const explained = answer.items.filter(({ why = [] }) => why.length > 0);
    const apt = explained.filter(({ item, why = [] }) => circle(why[0]?.item ?? "") === circle(item));
    expect(explained.length).toBeGreaterThanOrEqual(8);
    expect(apt.length / explained.length).toBeGreaterThanOrEqual(0.7);
  });
  test("without its first reason a score falls more than without the most similar past item", async () => {
    if (attends) return;
    let [reason, alike] = [0, 0];
    for (let user = 0; user < 8; user++) {
      const { offsets, items, values } = artifact.history;
      const [from, to] = [offsets[user], offsets[user + 1]];
      const past = [...items.subarray(from, to)].map((i) => `i${i}`);
      const ratings = new Map(past.map((id, j) => [id, values?.[(from ?? 0) + j] ?? 1]));
      const scoreOf = async (item: string, without?: string) => {
        const known = past.filter((id) => id !== without);
        const rated = values ? { ratings: new Map(known.map((id) => [id, ratings.get(id) ?? 1])) } : { items: known };
        const answer = await raw.recommend(rated, { k: artifact.items.length, exclude: "none" });
        return answer.items.find((each) => each.item === item)?.score ?? Number.NaN;
      };
      const [best] = (await recommender.recommend(`u${user}`, { k: 1, why: true })).items;
      const item = best?.item ?? "";
      const [first] = best?.why ?? [];
      if (!first || best?.explanation) continue;
      expect(ratings.get(first.item), "a disliked item is no reason").toBeGreaterThanOrEqual(values ? 3 : 1);
      const similar = (await recommender.similar(item, { k: artifact.items.length - 1 })).items;
      const nearest = similar.find((each) => past.includes(each.item))?.item ?? "";
      const all = await scoreOf(item);
      reason += all - (await scoreOf(item, first.item));
      alike += all - (await scoreOf(item, nearest));
    }
    expect(reason).toBeGreaterThan(0);
    expect(reason).toBeGreaterThanOrEqual(alike);
  });
  if (solved) return;
  test("influence is what a small step on a past item does to the score", async () => {
    const { influence, score, foldIn, history } = artifact.plans;
    if (history || reads) return; // reasons are what is lost without an event, or hold for one history
    if (!influence || !foldIn) throw new Error("a model that learns has both plans");
    const [user, past, item, eta] = [5, 3, 8, 1e-4];
    const ask = (plan: Plan, parameters: Artifact["parameters"], i: number) =>
      engine.evaluate(plan, parameters, { user: Int32Array.of(user), item: Int32Array.of(i) });
    const slope = async (i: number) => (await ask(influence, artifact.parameters, i))["gradient"] ?? new Float32Array();
    const scoreOf = async (parameters: Artifact["parameters"]) =>
      (await ask(score, parameters, item))["score"]?.[0] ?? 0;
    const before = await scoreOf(artifact.parameters);
    const step = await slope(past);
    const moved = { ...artifact.parameters };
    let start = 0;
    for (const name of foldIn.userParameters) {
      const table = (artifact.parameters[name] ?? new Float32Array()).slice();
      const width = table.length / artifact.users.length;
      for (let i = 0; i < width; i++)
        table[user * width + i] = (table[user * width + i] ?? 0) + eta * (step[start++] ?? 0);
      moved[name] = table;
    }
    expect(start).toBe(step.length);
    const change = ((await scoreOf(moved)) - before) / eta;
    const expected = (await slope(item)).reduce((sum, value, i) => sum + value * (step[i] ?? 0), 0);
    expect(Math.abs(change - expected)).toBeLessThan(0.02 * Math.max(1, Math.abs(expected)));
  });
});
