import { describe, expect, test } from "vitest";
import type { Engine, OptimizerSpec, TrainSpec } from "../../src/engine/contract.ts";
import { referenceEngine } from "../../src/engine/reference/index.ts";
import { modelNamed } from "../../src/models/index.ts";
import { expectAllClose } from "../support/close.ts";
import * as cases from "../support/engine-cases.ts";

const model = modelNamed("lightgcn")({ dim: 21, layers: 2, decay: 0.01, temperature: 0 } as never);
const spec = (optimizer: OptimizerSpec, threads = 1): TrainSpec => {
  const interactions = cases.interactions("nothing");
  const feed = { ...cases.feed("triples"), interactions, known: interactions };
  return cases.trainSpec(model, { optimizer, feed, threads, batchSize: 70 });
};
const range = { epoch: 0, from: 0, to: 3, learningRate: 0.02 };

/** Tables that all threads compute together, at every step, and the gradients through them. */
export function describeTables(engine: Engine): void {
  describe(`${engine.name} engine against the definition: computed tables`, () => {
    test.each(Object.entries(cases.optimizers))(
      "%s: several steps give the state of the definition",
      async (_, each) => {
        const [own, definition] = [await engine.trainer(spec(each)), await referenceEngine.trainer(spec(each))];
        const losses = [(await own.run(range)).loss, (await definition.run(range)).loss] as const;
        expect(losses[0]).toBeCloseTo(losses[1], 5);
        expectAllClose(await own.state(), await definition.state(), { rtol: 1e-4, atol: 1e-5 });
      },
    );

    test("any number of threads gives the same bytes", async () => {
      const clipped = cases.optimizers["exact adam, clipped, with l2 and decay"] ?? cases.sgd;
      const states = [];
      for (const threads of [1, 2, 3, 5]) {
        const trainer = await engine.trainer(spec(clipped, threads));
        await trainer.run(range);
        states.push(await trainer.state());
      }
      for (const state of states) expect(state).toEqual(states[0]);
    });
  });
}
