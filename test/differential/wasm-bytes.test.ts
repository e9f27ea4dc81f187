import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/contract.ts";
import { loadEngine } from "../../src/engine/index.ts";
import { loadAddon } from "../../src/engine/native/addon.ts";
import { modelNamed } from "../../src/models/index.ts";
import * as cases from "../support/engine-cases.ts";
import { nativeEngine } from "../support/native-engine.ts";

const native = await nativeEngine();
const wasm = await loadEngine("wasm");

if (!native.engine) describe("native engine", () => test.skip(native.reason, () => {}));

/** The native core without fused multiply-add, as WebAssembly has none: trainers and scorers take it when they are made. */
describe.skipIf(!native.engine)("WebAssembly gives the bytes of the native core's portable code", () => {
  const before = process.env["PENCHANT_ISA"];
  beforeAll(() => {
    process.env["PENCHANT_ISA"] = "portable";
  });
  afterAll(() => {
    if (before === undefined) delete process.env["PENCHANT_ISA"];
    else process.env["PENCHANT_ISA"] = before;
  });
  const engines = [native.engine, wasm] as [Engine, Engine];

  test("the native core was told to be portable", () => expect(loadAddon().isa()).toBe("portable"));

  test.each(cases.trainable)("%s: two epochs give the same state", async (_, model) => {
    const optimizer = cases.optimizers["exact adam, clipped, with l2 and decay"] ?? cases.sgd;
    const run = async (engine: Engine) => {
      using trainer = await engine.trainer(cases.trainSpec(model, { optimizer, threads: 2, batchSize: 96 }));
      const losses = [];
      for (const epoch of [0, 1]) {
        losses.push((await trainer.run({ epoch, from: 0, to: trainer.stepsPerEpoch, learningRate: 0.05 })).loss);
      }
      return { losses, state: await trainer.state() };
    };
    const [a, b] = [await run(engines[0]), await run(engines[1])];
    expect(b).toEqual(a);
  });

  test.each(Object.keys(cases.optimizers))("%s: an epoch gives the same state", async (name) => {
    const optimizer = cases.optimizers[name] ?? cases.sgd;
    const states = engines.map(async (engine) => {
      using trainer = await engine.trainer(cases.trainSpec(modelNamed("neumf")(), { optimizer }));
      await trainer.run({ epoch: 0, from: 0, to: trainer.stepsPerEpoch, learningRate: 0.05 });
      return await trainer.state();
    });
    expect(await states[1]).toEqual(await states[0]);
  });

  test.each(cases.scorable)("%s: scores, lists and ranks are the same", async (_, model) => {
    const users = Int32Array.from({ length: cases.users }, (_, user) => user);
    const { user, item } = cases.pairs(700);
    const targets = { offsets: Int32Array.of(...users, cases.users), items: users };
    const run = async (engine: Engine) => {
      using scorer = await engine.scorer(cases.scoreSpec(model, 2));
      const top = await scorer.topK({ users, k: 10, exclude: cases.interactions() });
      return [await scorer.score(user, item), top, await scorer.ranks({ users, targets })];
    };
    expect(await run(engines[1])).toEqual(await run(engines[0]));
  });
});
