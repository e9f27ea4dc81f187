import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { referenceEngine } from "../../src/engine/reference/index.ts";
import { format } from "../../src/graph/plan.ts";
import { expectAllClose } from "../support/close.ts";
import { nativeEngine } from "../support/native-engine.ts";
import { randomPlan } from "../support/random-plans.ts";

const native = await nativeEngine();
const rows = [1, 2, 5, 17, 64, 65, 130, 300] as const;

describe.skipIf(!native.engine)("native engine on random plans", () => {
  test("outputs and gradients are those of the definition", () => {
    const { engine } = native;
    if (!engine) return;
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...rows), (seed, count) => {
        const { plan, parameters, feeds } = randomPlan(seed, count);
        const expected = referenceEngine.evaluate(plan, parameters, feeds, seed);
        // What overflows float32 in the definition says nothing about the engine.
        fc.pre(Object.values(expected).every((values) => values.every((x) => Math.abs(x) < 1e3)));
        try {
          expectAllClose(engine.evaluate(plan, parameters, feeds, seed), expected, { rtol: 2e-4, atol: 2e-5 });
        } catch (error) {
          throw new Error(`${error}\n${format(plan)}`);
        }
      }),
      { numRuns: Number(process.env["PENCHANT_RANDOM_PLANS"] ?? 150), endOnFailure: true },
    );
  });

  test("a row of a batch has the bits that it has alone", () => {
    const { engine } = native;
    if (!engine) return;
    for (let seed = 0; seed < 40; seed++) {
      const { plan, parameters, feeds } = randomPlan(seed, 130);
      // Sums over the batch and dropout see more than one row.
      const looksAround = plan.instructions.some((x) => x.op === "reduceTo" && x.shape.length > 0);
      if (looksAround || plan.instructions.some((x) => x.op === "dropout" || x.op === "broadcastTo")) continue;
      const row = Object.fromEntries(Object.entries(feeds).map(([name, values]) => [name, values.subarray(100, 101)]));
      const [whole, alone] = [engine.evaluate(plan, parameters, feeds), engine.evaluate(plan, parameters, row)];
      const width = (alone["last"] ?? []).length;
      expect(alone["last"]).toEqual(whole["last"]?.subarray(100 * width, 101 * width));
    }
  });
});
