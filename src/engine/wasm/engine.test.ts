import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as cases from "../../../test/support/engine-cases.ts";
import { neuMf } from "../../models/index.ts";
import { Home } from "./engine.ts";
import { loadWasmEngine } from "./index.ts";
import { WasmScorer } from "./scorer.ts";
import { WasmTrainer } from "./trainer.ts";
import { webAssembly } from "./webassembly.ts";

const module = new webAssembly.Module(readFileSync(new URL("./penchant.wasm", import.meta.url)));
/** Without workers: everything on this thread, as on a page that may not share memory. */
const here = () => new Home(module, { processors: 2 });
const model = neuMf();

describe("wasm engine without workers", () => {
  test("training in slices gives the bytes of training in workers", async () => {
    const spec = cases.trainSpec(model, { threads: 2, batchSize: 8 });
    const [own, away] = [await WasmTrainer.load(here(), spec), await (await loadWasmEngine()).trainer(spec)];
    const learningRate = Float32Array.from({ length: own.stepsPerEpoch }, (_, step) => 0.1 / (1 + step));
    const range = { epoch: 3, from: 0, to: own.stepsPerEpoch, learningRate };
    const [a, b] = [await own.run(range), await away.run(range)];
    expect(await own.state()).toEqual(await away.state());
    expect(a.rows).toBe(b.rows);
    expect(a.loss).toBeCloseTo(b.loss, 12);
  });

  test("timers get their turns, cancel works, and the trainer goes on", async () => {
    const feed = cases.feed("pairs", { negatives: 1_000_000 });
    const trainer = await WasmTrainer.load(here(), cases.trainSpec(model, { batchSize: 256, feed }));
    const running = trainer.run({ epoch: 0, from: 0, to: trainer.stepsPerEpoch, learningRate: 1e-4 });
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
      if (turns === 3) trainer.cancel();
    }, 1);
    await expect(running).rejects.toMatchObject({ code: "TRAIN_CANCELLED" });
    clearInterval(timer);
    expect((await trainer.run({ epoch: 0, from: 0, to: 2, learningRate: 0.1 })).rows).toBe(512);
  });

  test("an empty range is no work", async () => {
    const trainer = await WasmTrainer.load(here(), cases.trainSpec(model));
    expect(await trainer.run({ epoch: 0, from: 0, to: 0, learningRate: 1 })).toMatchObject({ rows: 0 });
  });

  test("memory of what was disposed of is used again", async () => {
    const home = here();
    const once = async () => {
      using trainer = await WasmTrainer.load(home, cases.trainSpec(model));
      await trainer.run({ epoch: 0, from: 0, to: 2, learningRate: 0.1 });
      await trainer.restore(await trainer.state());
      using scorer = await WasmScorer.load(home, cases.scoreSpec(model));
      await scorer.topK({ users: Int32Array.of(1), k: 3 });
      await expect(WasmScorer.load(home, { ...cases.scoreSpec(model), users: 1e6 })).rejects.toThrow();
    };
    for (let i = 0; i < 20; i++) await once();
    const size = home.core.memory.buffer.byteLength;
    for (let i = 0; i < 200; i++) await once();
    expect(home.core.memory.buffer.byteLength).toBe(size);
  });

  test("disposing twice frees once", async () => {
    const home = here();
    let freed = 0;
    const { call } = home.core;
    home.core.call = (name, ...args) => {
      if (name === "trainer_free") freed += 1;
      return call.apply(home.core, [name, ...args]);
    };
    const trainer = await WasmTrainer.load(home, cases.trainSpec(model));
    trainer.dispose();
    trainer.dispose();
    expect(freed).toBe(1);
  });
});

describe("wasm engine out of memory", () => {
  /** Rows for each of 19 users that fit the core's limits but not 32 bits. */
  const tooMany = { users: Int32Array.from({ length: 19 }, (_, user) => user), k: 100_000_000 };

  test.each([true, false])("a call is an ENGINE_FAILURE, and others go on (workers: %s)", async (withWorkers) => {
    const home = here();
    const engine = await loadWasmEngine();
    const scorer = () =>
      withWorkers ? engine.scorer(cases.scoreSpec(model)) : WasmScorer.load(home, cases.scoreSpec(model));
    const [bad, good] = [await scorer(), await scorer()];
    await expect(bad.topK(tooMany)).rejects.toMatchObject({
      code: "ENGINE_FAILURE",
      message: expect.stringContaining("for want of memory"),
    });
    expect((await good.topK({ ...tooMany, k: 3 })).items).toHaveLength(57);
    bad.dispose();
    const after = await (await scorer()).topK({ ...tooMany, k: 3 });
    expect(after).toEqual(await good.topK({ ...tooMany, k: 3 }));
  });
});
