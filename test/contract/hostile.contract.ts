import { describe, expect, test } from "vitest";
import type { Engine, Feeds, ScoreSpec } from "../../src/engine/contract.ts";
import { modelNamed } from "../../src/models/index.ts";
import * as cases from "../support/engine-cases.ts";

const neuMf = modelNamed("neumf")();
const one = Int32Array.of(0);

/** Requests that no product makes, but a damaged or hostile file may lead to: refused with a code, whatever the engine. */
export function hostileRequestContract(engine: Engine): void {
  describe(`${engine.name} engine: requests that cannot be answered`, () => {
    test("a plan that both learns and assigns a parameter is refused", async () => {
      const spec = cases.trainSpec(neuMf);
      const { outputs } = spec.plan;
      const plan = { ...spec.plan, outputs: { ...outputs, "assign:head/bias": outputs["grad:head/bias"] as number } };
      await expect((async () => engine.trainer({ ...spec, plan }))()).rejects.toMatchObject({
        code: "ENGINE_INPUT",
        message: expect.stringContaining('both learns and assigns "head/bias"'),
      });
    });

    test("inputs of different lengths are refused, whichever comes first", async () => {
      const { plan, parameters } = cases.scoreSpec(neuMf);
      const two = Int32Array.of(0, 1);
      const wrong: Feeds[] = [
        { user: two, item: one },
        { user: one, item: two },
        { user: one, item: one, other: two },
      ];
      for (const feeds of wrong) {
        await expect((async () => engine.evaluate(plan, parameters, feeds))()).rejects.toMatchObject({
          code: "ENGINE_INPUT",
          message:
            "The inputs have different lengths: expected one entry per row of the batch in each; received 1 and 2.",
        });
      }
    });

    test.each([Number.NaN, Number.POSITIVE_INFINITY])("a score that is %s is told by its pair", async (value) => {
      const scorer = await engine.scorer(withValue(cases.scoreSpec(neuMf, 2), 17, value));
      const refusal = { code: "EVAL_SCORES", details: { user: 3, item: 17 } };
      const users = Int32Array.of(3);
      await expect(scorer.score(users, Int32Array.of(17))).rejects.toMatchObject(refusal);
      await expect(scorer.topK({ users, k: 2 })).rejects.toMatchObject(refusal);
      const targets = { offsets: Int32Array.of(0, 1), items: one };
      await expect(scorer.ranks({ users, targets })).rejects.toMatchObject(refusal);
      await expect(scorer.topK({ users, k: 2, candidates: Int32Array.of(1, 2) })).resolves.toBeDefined();
    });
  });
}

/** With `value` in the rows of one item. */
function withValue(spec: ScoreSpec, item: number, value: number): ScoreSpec {
  const tables = Object.entries(spec.parameters).map(([name, given]) => {
    const width = given.length / cases.items;
    const copy = given.slice();
    if (name.includes("item")) copy.fill(value, item * width, (item + 1) * width);
    return [name, copy] as const;
  });
  return { ...spec, parameters: Object.fromEntries(tables) };
}
