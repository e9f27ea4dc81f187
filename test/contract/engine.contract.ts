import { describe, expect, test } from "vitest";
import type { Csr, Engine, Feeds, Scorer, Trainer } from "../../src/engine/contract.ts";
import { modelNamed } from "../../src/models/index.ts";
import { expectClose } from "../support/close.ts";
import * as cases from "../support/engine-cases.ts";
import { watchEventLoop } from "../support/event-loop.ts";

const neuMf = modelNamed("neumf")();

async function epochs(trainer: Trainer, count: number): Promise<void> {
  for (let epoch = 0; epoch < count; epoch++) {
    await trainer.run({ epoch, from: 0, to: trainer.stepsPerEpoch, learningRate: 0.05 });
  }
}

/** What every engine must do by itself; `test/differential` compares engines. */
export function describeEngine(engine: Engine): void {
  describe(`${engine.name} engine: evaluate`, () => {
    const { user, item } = cases.pairs(37);
    test("a batch of one is a row of a batch", async () => {
      const { plan, parameters } = cases.scoreSpec(neuMf);
      const one = { user: user.subarray(4, 5), item: item.subarray(4, 5) };
      const all = (await engine.evaluate(plan, parameters, { user, item }))["score"];
      expectClose(
        (await engine.evaluate(plan, parameters, one))["score"],
        all?.subarray(4, 5),
        { rtol: 2e-6, atol: 1e-7 },
        "score",
      );
    });

    test("a missing, misshapen or out-of-range input is refused", async () => {
      const { plan, parameters } = cases.scoreSpec(neuMf);
      const wrong: Feeds[] = [
        { user },
        { user, item: item.subarray(1) },
        { user, item: item.map((i) => i + cases.items) },
        { user: user.map((i) => i - cases.users), item },
      ];
      for (const bad of wrong) {
        await expect(engine.evaluate(plan, parameters, bad)).rejects.toMatchObject({ code: "ENGINE_INPUT" });
      }
    });
  });

  describe(`${engine.name} engine: determinism`, () => {
    const normalized = cases.trainable.find(([name]) => name.includes("normalized"))?.[1] ?? neuMf;
    const optimizer = cases.optimizers["exact adam, clipped, with l2 and decay"] ?? cases.sgd;
    // Shards have up to 64 rows: some batches are of several.
    const specOf = (model: typeof neuMf, threads = 1) => cases.trainSpec(model, { optimizer, threads, batchSize: 96 });
    const twoTower = modelNamed("two-tower")();

    test.each([
      ["neumf", neuMf],
      ["normalized", normalized],
      ["softmax over the batch", twoTower],
    ] as const)("%s: the same seed gives the same bytes, whatever the threads", async (_, model) => {
      const states = [];
      for (const threads of [1, 1, 2, 3]) {
        const trainer = await engine.trainer(specOf(model, threads));
        await epochs(trainer, 2);
        states.push(await trainer.state());
      }
      for (const state of states.slice(1)) expect(state).toEqual(states[0]);
    });

    test("another seed gives other bytes", async () => {
      const [a, b] = [await engine.trainer(specOf(neuMf)), await engine.trainer({ ...specOf(neuMf), seed: 4 })];
      await Promise.all([epochs(a, 1), epochs(b, 1)]);
      expect(await a.parameters()).not.toEqual(await b.parameters());
    });

    test("steps may be run in one call or in several", async () => {
      const [whole, parts] = [await engine.trainer(specOf(normalized)), await engine.trainer(specOf(normalized))];
      await epochs(whole, 1);
      const learningRate = Float32Array.of(0.05);
      for (let from = 0; from < parts.stepsPerEpoch; from++)
        await parts.run({ epoch: 0, from, to: from + 1, learningRate });
      expect(await parts.state()).toEqual(await whole.state());
    });

    test("a profiled run gives the bytes of a plain one, where the engine takes profiles", async () => {
      const [watched, plain] = [
        await engine.trainer(specOf(normalized, 2)),
        await engine.trainer(specOf(normalized, 2)),
      ];
      const range = { epoch: 0, from: 0, to: plain.stepsPerEpoch, learningRate: 0.05 };
      const profile = await watched.profile?.(range);
      if (!profile) return expect(engine.name).not.toBe("native");
      const report = await plain.run(range);
      expect(await watched.state()).toEqual(await plain.state());
      expect(profile).toMatchObject({ loss: report.loss, rows: report.rows });
      const { instructions } = specOf(normalized).plan;
      for (const { what, slot } of profile.entries) {
        if (what === "gather") expect(instructions[slot ?? -1]?.op).toBe("gather");
      }
      expect(profile.entries.filter(({ what }) => what === "gather").length).toBeGreaterThan(1);
    });

    test("a restored trainer continues to the same bytes", async () => {
      const whole = await engine.trainer(specOf(normalized));
      await epochs(whole, 1);
      const saved = await whole.state();
      const second = { epoch: 1, from: 0, to: whole.stepsPerEpoch, learningRate: 0.05 };
      await whole.run(second);
      const resumed = await engine.trainer(specOf(normalized, 2));
      await resumed.restore(saved);
      await resumed.run(second);
      expect(await resumed.state()).toEqual(await whole.state());
    });
  });

  describe(`${engine.name} engine: life of a trainer`, () => {
    /** So many steps that it cannot end before it is cancelled. */
    const endless = () =>
      engine.trainer(cases.trainSpec(neuMf, { batchSize: 256, feed: cases.feed("pairs", { negatives: 1_000_000 }) }));
    const forever = (trainer: Trainer) => ({ epoch: 0, from: 0, to: trainer.stepsPerEpoch, learningRate: 1e-4 });
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

    test("cancel stops a call within 100 ms with TRAIN_CANCELLED, and the trainer can go on", {
      retry: 3,
    }, async () => {
      const trainer = await endless();
      const running = trainer.run(forever(trainer));
      await pause(50);
      const cancelled = performance.now();
      trainer.cancel();
      await expect(running).rejects.toMatchObject({ code: "TRAIN_CANCELLED" });
      expect(performance.now() - cancelled).toBeLessThan(100);
      await expect(trainer.run({ epoch: 0, from: 0, to: 1, learningRate: 1e-4 })).resolves.toMatchObject({
        rows: 256,
      });
      trainer.dispose();
    });

    test("cancel without a running call does nothing", async () => {
      const trainer = await engine.trainer(cases.trainSpec(neuMf));
      trainer.cancel();
      await expect(trainer.run({ epoch: 0, from: 0, to: 1, learningRate: 0.1 })).resolves.toMatchObject({ rows: 48 });
    });

    test("a second call while one runs is refused", async () => {
      const trainer = await endless();
      const running = trainer.run(forever(trainer));
      await expect((async () => trainer.run(forever(trainer)))()).rejects.toMatchObject({ code: "TRAIN_BUSY" });
      trainer.cancel();
      await expect(running).rejects.toMatchObject({ code: "TRAIN_CANCELLED" });
    });

    // The reference engine computes on this very thread.
    if (engine.name !== "reference") {
      test("the event loop is never blocked for more than 20 ms", { retry: 3 }, async () => {
        const trainer = await endless();
        const running = trainer.run(forever(trainer));
        const stop = watchEventLoop();
        await pause(1000);
        const { longestWork, almostAll } = stop();
        trainer.cancel();
        await expect(running).rejects.toMatchObject({ code: "TRAIN_CANCELLED" });
        expect(Math.max(longestWork, almostAll)).toBeLessThan(20);
      });
    }

    test("dispose may be called twice, and nothing works afterwards", async () => {
      const trainer = await engine.trainer(cases.trainSpec(neuMf));
      trainer.dispose();
      trainer.dispose();
      const refusal = expect.objectContaining({ code: "ENGINE_DISPOSED" });
      await expect(trainer.parameters()).rejects.toThrow(refusal);
      await expect(trainer.state()).rejects.toThrow(refusal);
      await expect(trainer.parameter("head/bias")).rejects.toThrow(refusal);
      await expect(trainer.restore({})).rejects.toThrow(refusal);
      const run = async () => trainer.run({ epoch: 0, from: 0, to: 1, learningRate: 1 });
      await expect(run()).rejects.toMatchObject({ code: "ENGINE_DISPOSED" });
    });

    test("counts rows and steps", async () => {
      const trainer = await engine.trainer(cases.trainSpec(neuMf));
      const positives = cases.interactions().items.length;
      expect(trainer.rowsPerEpoch).toBe(4 * positives);
      expect(trainer.stepsPerEpoch).toBe(Math.ceil((4 * positives) / 48));
      trainer.dispose();
    });

    test("parameters are copied in and out", async () => {
      const spec = cases.trainSpec(neuMf);
      const trainer = await engine.trainer(spec);
      (await trainer.parameter("head/bias")).fill(9);
      expect(await trainer.parameters()).toEqual(spec.parameters);
    });

    test("wrong parameters and states are refused by name", async () => {
      const spec = cases.trainSpec(neuMf);
      const { "head/bias": _, ...without } = spec.parameters;
      const refusal = expect.objectContaining({ code: "ENGINE_INPUT", message: expect.stringContaining("head/bias") });
      await expect(engine.trainer({ ...spec, parameters: without })).rejects.toThrow(refusal);
      const wrong = { ...spec.parameters, "head/bias": new Float32Array(2) };
      await expect(engine.trainer({ ...spec, parameters: wrong })).rejects.toThrow(refusal);
      const trainer = await engine.trainer(spec);
      const { "head/bias": __, ...state } = await trainer.state();
      await expect(trainer.restore(state)).rejects.toThrow(refusal);
    });

    test("a malformed plan is refused", async () => {
      const spec = cases.trainSpec(neuMf);
      const plan = { ...spec.plan, instructions: spec.plan.instructions.slice(1) };
      await expect(engine.trainer({ ...spec, plan })).rejects.toMatchObject({ code: "GRAPH_PLAN" });
    });
  });

  describe(`${engine.name} engine: scoring`, () => {
    const everyone = Int32Array.from({ length: cases.users }, (_, user) => user);
    const exclude = cases.interactions();
    const zoo = cases.scorable.map(([name, model]) => [name, model] as const);

    test("no pairs have no scores", async () => {
      const scorer = await engine.scorer(cases.scoreSpec(neuMf));
      expect(await scorer.score(new Int32Array(), new Int32Array())).toHaveLength(0);
    });

    test.each(zoo)("%s: topK and ranks agree with the engine's own scores", async (_, model) => {
      for (const threads of [1, 2]) {
        const scorer = await engine.scorer(cases.scoreSpec(model, threads));
        const scores = await everyScore(scorer);
        const top = await scorer.topK({ users: everyone, k: 9, exclude });
        const targets = { offsets: Int32Array.from(everyone, (u) => 2 * u), items: new Int32Array(2 * cases.users) };
        const offsets = Int32Array.of(...targets.offsets, 2 * cases.users);
        for (const user of everyone)
          targets.items.set(
            [user, (user + 11) % cases.items].sort((a, b) => a - b),
            2 * user,
          );
        const ranks = await scorer.ranks({ users: everyone, targets: { ...targets, offsets }, exclude });
        for (const user of everyone) {
          const own = scores.subarray(user * cases.items, (user + 1) * cases.items);
          const known = new Set(exclude.items.subarray(exclude.offsets[user], exclude.offsets[user + 1]));
          const order = ranking(own, known).slice(0, 9);
          expect([...top.items.subarray(user * 9, user * 9 + order.length)]).toEqual(order);
          expect([...top.items.subarray(user * 9 + order.length, user * 9 + 9)]).toEqual(
            Array(9 - order.length).fill(-1),
          );
          for (const i of [2 * user, 2 * user + 1])
            checkRank(i, own, known, [...targets.items.subarray(2 * user, 2 * user + 2)], ranks);
        }
      }
    });

    test("what is repeated in exclude counts once; candidates repeated or out of order are refused", async () => {
      using scorer = await engine.scorer(cases.scoreSpec(neuMf));
      const users = Int32Array.of(3, 0);
      const [once, twice] = [
        rows([[1, 4], [0]]),
        rows([
          [1, 1, 4, 4, 4],
          [0, 0],
        ]),
      ];
      expect(await scorer.topK({ users, k: 9, exclude: twice })).toEqual(
        await scorer.topK({ users, k: 9, exclude: once }),
      );
      const targets = rows([[4, 5], [2]]);
      const ranks = await scorer.ranks({ users, targets, exclude: once });
      expect(await scorer.ranks({ users, targets, exclude: twice })).toEqual(ranks);
      expect([...ranks.candidates]).toEqual([cases.items - 1, cases.items - 1]);
      for (const candidates of [Int32Array.of(1, 1, 2), Int32Array.of(2, 1)]) {
        await expect(scorer.topK({ users, k: 2, candidates })).rejects.toMatchObject({ code: "ENGINE_INPUT" });
      }
    });

    test("ties go to the lower item, and count as equal", async () => {
      const scorer = await engine.scorer(cases.scoreSpec(modelNamed("popularity")(), 2));
      const counts = cases.scoreSpec(modelNamed("popularity")()).parameters["popularity"] ?? new Float32Array();
      for (const [item, value] of counts.entries()) counts[item] = Math.round(value);
      const rounded = await engine.scorer({
        ...cases.scoreSpec(modelNamed("popularity")()),
        parameters: { popularity: counts },
      });
      const { items } = await rounded.topK({ users: Int32Array.of(4), k: cases.items });
      expect([...items]).toEqual(ranking(counts, new Set()));
      const targets = { offsets: Int32Array.of(0, 1), items: Int32Array.of(8) };
      const ranks = await rounded.ranks({ users: Int32Array.of(0), targets });
      expect(ranks.equal[0]).toBe(counts.filter((value) => value === counts[8]).length - 1);
      scorer.dispose();
    });

    test("topK ranks candidates only, and leaves unused places empty", async () => {
      const scorer = await engine.scorer(cases.scoreSpec(neuMf));
      const candidates = Int32Array.of(2, 5, 30);
      const { items, scores } = await scorer.topK({ users: Int32Array.of(0, 18), k: 4, candidates });
      const all = await everyScore(scorer);
      for (const [row, user] of [0, 18].entries()) {
        const own = all.subarray(user * cases.items, (user + 1) * cases.items);
        const others = new Set(ranking(own, new Set()).filter((item) => !candidates.includes(item)));
        expect([...items.subarray(4 * row, 4 * row + 4)]).toEqual([...ranking(own, others), -1]);
        expect(scores[4 * row + 3]).toBe(Number.NEGATIVE_INFINITY);
        expect(scores[4 * row]).toBe(own[items[4 * row] ?? -1]);
      }
    });

    test("ids out of range and unequal lengths are refused", async () => {
      const scorer = await engine.scorer(cases.scoreSpec(neuMf));
      const refused = (users: Int32Array, items: Int32Array) =>
        expect((async () => scorer.score(users, items))()).rejects.toMatchObject({ code: "ENGINE_INPUT" });
      await refused(Int32Array.of(cases.users), Int32Array.of(0));
      await refused(Int32Array.of(0), Int32Array.of(-1));
      await refused(Int32Array.of(0), Int32Array.of(0, 1));
    });

    test("a disposed scorer is refused", async () => {
      const scorer = await engine.scorer(cases.scoreSpec(neuMf));
      scorer.dispose();
      scorer.dispose();
      const score = async () => scorer.score(Int32Array.of(0), Int32Array.of(0));
      await expect(score()).rejects.toMatchObject({ code: "ENGINE_DISPOSED" });
    });
  });
}

/** Scores of every user and item, [users, items]. */
function everyScore(scorer: Scorer): Promise<Float32Array> {
  const places = Int32Array.from({ length: cases.users * cases.items }, (_, i) => i);
  return scorer.score(
    places.map((i) => Math.floor(i / cases.items)),
    places.map((i) => i % cases.items),
  );
}

/** Items by score descending, then by index; without those known. */
const ranking = (scores: Float32Array, known: ReadonlySet<number>): number[] =>
  [...scores.keys()].filter((item) => !known.has(item)).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);

function checkRank(
  i: number,
  scores: Float32Array,
  known: ReadonlySet<number>,
  targets: readonly number[],
  ranks: Awaited<ReturnType<Scorer["ranks"]>>,
): void {
  const item = targets[i % 2] ?? 0;
  const others = ranking(scores, known).concat(targets.filter((target) => known.has(target)));
  const own = scores[item] ?? Number.NaN;
  expect(ranks.greater[i]).toBe(others.filter((other) => (scores[other] ?? 0) > own).length);
  expect(ranks.equal[i]).toBe(others.filter((other) => (scores[other] ?? 0) === own).length - 1);
  expect(ranks.candidates[Math.floor(i / 2)]).toBe(others.length);
}

/** Rows from plain arrays. */
function rows(lists: readonly (readonly number[])[]): Csr {
  const offsets = new Int32Array(lists.length + 1);
  for (const [i, list] of lists.entries()) offsets[i + 1] = (offsets[i] ?? 0) + list.length;
  return { offsets, items: Int32Array.from(lists.flat()) };
}
