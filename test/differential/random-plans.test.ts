import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Feeds } from "../../src/engine/contract.ts";
import { loadEngine } from "../../src/engine/index.ts";
import { referenceEngine } from "../../src/engine/reference/index.ts";
import { gradients } from "../../src/graph/gradients.ts";
import * as op from "../../src/graph/ops.ts";
import { format, lower, type Plan } from "../../src/graph/plan.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { expectAllClose } from "../support/close.ts";
import { nativeEngine } from "../support/native-engine.ts";
import { items, randomPlan, randomScorePlan, users } from "../support/random-plans.ts";

const native = await nativeEngine();
const engines = [
  ["native", native.engine, "reason" in native ? native.reason : ""],
  ["wasm", await loadEngine("wasm"), ""],
] as const;
/** Dense layers one after the other that share one kernel and one bias: their gradients are sums of sums over the batch. */
function repeatedLayer(times: number): Plan {
  const zeros = { kind: "zeros" } as const;
  const [kernel, bias] = [op.param("kernel", [3, 3], zeros), op.param("bias", [3], zeros)];
  let x: Tensor = op.gather(op.param("table", [5, 3], zeros), op.input("user", "i32"));
  for (let i = 0; i < times; i++) x = op.unary("tanh", op.add(op.matmul(x, kernel), bias));
  const loss = op.mean(x);
  const [ofKernel, ofBias] = gradients(loss, [kernel, bias]).values();
  return lower({ loss, ofKernel: ofKernel as Tensor, ofBias: ofBias as Tensor });
}

const inputs = (plan: Plan): string[] =>
  plan.instructions.flatMap((x) => (x.op === "input" ? [(x.attrs as { name: string }).name] : []));
const rows = [1, 2, 5, 17, 64, 65, 130, 300] as const;

describe.each(engines)("%s engine on random plans", (_, engine, reason) => {
  if (!engine) return test.skip(reason, () => {});

  test("outputs and gradients are those of the definition", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.constantFrom(...rows), async (seed, count) => {
        const { plan, parameters, feeds, data } = randomPlan(seed, count);
        const expected = await referenceEngine.evaluate(plan, parameters, feeds, seed, data);
        // What overflows float32 in the definition says nothing about the engine.
        fc.pre(Object.values(expected).every((values) => values.every((x) => Math.abs(x) < 1e3)));
        const tolerance = { rtol: 2e-4, atol: 2e-5 };
        try {
          expectAllClose(await engine.evaluate(plan, parameters, feeds, seed, data), expected, tolerance);
        } catch (error) {
          throw new Error(`${error}\n${format(plan)}`);
        }
      }),
      { numRuns: Number(process.env["PENCHANT_RANDOM_PLANS"] ?? 150), endOnFailure: true },
    );
  });

  test.each([1, 2, 3, 4, 7])("a layer that is used %i times has the gradients of the definition", async (times) => {
    const plan = repeatedLayer(times);
    const draw = (size: number, key: number) => Float32Array.from({ length: size }, (_, i) => Math.sin(key + 3 * i));
    const parameters = { table: draw(15, 1), kernel: draw(9, 2), bias: draw(3, 3) };
    const feeds = { user: Int32Array.from({ length: 70 }, (_, i) => (i * i) % 5) };
    const expected = await referenceEngine.evaluate(plan, parameters, feeds);
    expectAllClose(await engine.evaluate(plan, parameters, feeds), expected, { rtol: 2e-4, atol: 2e-6 });
  });

  test("scores are those of the definition, and the same bits in whichever way they are asked for", async () => {
    const user = Int32Array.from({ length: users * items }, (_, i) => Math.floor(i / items));
    const item = Int32Array.from(user, (_, i) => i % items);
    for (let seed = 0; seed < Number(process.env["PENCHANT_RANDOM_PLANS"] ?? 150); seed++) {
      const { plan, parameters, data } = randomScorePlan(seed);
      const feeds = Object.fromEntries(inputs(plan).map((name) => [name, name === "user" ? user : item]));
      const expected =
        (await referenceEngine.evaluate(plan, parameters, feeds, 0, data))["score"] ?? new Float32Array();
      if (expected.some((x) => Math.abs(x) > 1e3)) continue;
      using scorer = await engine.scorer({ plan, parameters, data, users, items, threads: 2 });
      const scores = await scorer.score(user, item);
      expectAllClose({ score: scores }, { score: expected }, { rtol: 2e-4, atol: 2e-5 });
      const top = await scorer.topK({ users: Int32Array.from({ length: users }, (_, u) => u), k: items });
      const sorted = Array.from({ length: users }, (_, u) =>
        scores
          .slice(u * items, (u + 1) * items)
          .sort()
          .reverse(),
      );
      expect([...top.scores], format(plan)).toEqual(sorted.flatMap((row) => [...row]));
    }
  });

  test("a row of a batch has the bits that it has alone", async () => {
    for (let seed = 0; seed < 40; seed++) {
      const { plan, parameters, feeds, data } = randomPlan(seed, 130);
      // Sums over the batch, dropout and noise see more than one row.
      const looksAround = plan.instructions.some((x) => x.op === "reduceTo" && x.shape.length > 0);
      if (looksAround || plan.instructions.some((x) => ["dropout", "normal", "broadcastTo"].includes(x.op))) continue;
      const row = Object.fromEntries(Object.entries(feeds).map(([name, values]) => [name, values.subarray(100, 101)]));
      const evaluate = (given: Feeds) => engine.evaluate(plan, parameters, given, 0, data);
      const [whole, alone] = [await evaluate(feeds), await evaluate(row)];
      const width = (alone["last"] ?? []).length;
      expect(alone["last"]).toEqual(whole["last"]?.subarray(100 * width, 101 * width));
    }
  });
});
