import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PenchantError } from "../../src/core/errors.ts";
import type { Engine } from "../../src/engine/contract.ts";
import { loadAddon } from "../../src/engine/native/addon.ts";
import { translatedAsync } from "../../src/engine/native/errors.ts";
import { referenceEngine } from "../../src/engine/reference/index.ts";
import type { Plan } from "../../src/graph/plan.ts";
import { verify } from "../../src/graph/verify.ts";
import { modelNamed } from "../../src/models/index.ts";
import { changed, changesOf } from "../support/damage.ts";
import * as cases from "../support/engine-cases.ts";
import { fuzz } from "../support/fuzz.ts";
import { nativeEngine } from "../support/native-engine.ts";
import { randomPlan } from "../support/random-plans.ts";

const RUNS = Number(process.env["PENCHANT_RANDOM_PLANS"] ?? 150);
const neuMf = modelNamed("neumf")();
const [train, score] = [cases.trainSpec(neuMf), cases.scoreSpec(neuMf)];
const { user, item } = cases.pairs(70);
const feeds = { user, item, label: new Float32Array(70).fill(1) };

/** Values that a place of a plan may or may not hold; JSON has no NaN, but engines are also handed objects. */
const anything = fc.oneof(
  fc.constantFrom<unknown>(Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 1, 0.5, 1e300, 2 ** 33, 2 ** 36, 2 ** 53),
  fc.constantFrom<unknown>(undefined, null, true, "", "batch", "relu", "matmul", "user", "i32", [], {}, ["batch", 4]),
  fc.constantFrom<unknown>([2 ** 33, 2 ** 33], ["batch", 2 ** 30], ["batch", "batch"], [1, 2, 3, 4, 5, 6, 7], [0]),
  fc.nat(60),
  fc.jsonValue({ maxDepth: 2 }),
);

const changes = changesOf(anything);

/** Runs something that may be refused; anything but a coded error is a failure of the test. */
async function refusedOrDone(work: () => unknown): Promise<"refused" | "done"> {
  try {
    await work();
    return "done";
  } catch (error) {
    if (error instanceof PenchantError && error.code !== "ENGINE_FAILURE") return "refused";
    throw error;
  }
}

describe("verify", () => {
  test("any value at all is refused with a coded error", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(() => verify(value)).toThrow(PenchantError);
      }),
      fuzz(100),
    );
  });

  test("changed plans are refused with a coded error, or are well formed", async () => {
    const found = { refused: 0, done: 0 };
    await fc.assert(
      fc.asyncProperty(fc.nat(50), changes, async (seed, list) => {
        const plan = changed(randomPlan(seed, 1).plan, list);
        found[await refusedOrDone(() => verify(plan))]++;
      }),
      fuzz(10 * RUNS),
    );
    expect(found.refused).toBeGreaterThan(found.done);
    expect(found.done).toBeGreaterThan(0);
  });

  test.each([
    ["a number that is none", { scale: Number.NaN, offset: 0 }],
    ["one that is not finite as a float32", { scale: 1e300, offset: 0 }],
    ["nothing", {}],
  ])("%s for an attribute is refused", (_, attrs) => {
    const affine = { op: "affine", attrs, inputs: [0], dtype: "f32", shape: ["batch"] };
    const label = { op: "input", attrs: { name: "label" }, inputs: [], dtype: "f32", shape: ["batch"] };
    const plan = { version: 1, instructions: [label, affine], outputs: { x: 1 } };
    expect(() => verify(plan)).toThrow(expect.objectContaining({ code: "GRAPH_PLAN" }));
  });
});

async function trainSome(engine: Engine, plan: Plan): Promise<void> {
  using trainer = await engine.trainer({ ...train, plan, threads: 2 });
  await trainer.run({ epoch: 0, from: 0, to: Math.min(2, trainer.stepsPerEpoch), learningRate: 0.01 });
}

async function scoreSome(engine: Engine, plan: Plan): Promise<void> {
  using scorer = await engine.scorer({ ...score, plan, threads: 2 });
  await scorer.score(user, item);
  await scorer.topK({ users: Int32Array.of(0, 1, 18), k: 3 });
}

const native = await nativeEngine();

describe.each([
  ["reference", referenceEngine, ""],
  ["native", native.engine, "reason" in native ? native.reason : ""],
] as const)("%s engine on plans that somebody changed", (_, engine, reason) => {
  if (!engine) return test.skip(reason, () => {});

  const works: [string, Plan, (plan: Plan) => unknown][] = [
    ["evaluates", train.plan, (plan) => engine.evaluate(plan, train.parameters, feeds)],
    ["trains", train.plan, (plan) => trainSome(engine, plan)],
    ["scores", score.plan, (plan) => scoreSome(engine, plan)],
  ];
  test.each(works)("%s or refuses them with a coded error", async (_name, plan, work) => {
    const found = { refused: 0, done: 0 };
    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        found[await refusedOrDone(() => work(changed(plan, list)))]++;
      }),
      fuzz(4 * RUNS),
    );
    expect(found.refused).toBeGreaterThan(found.done);
    await expect(refusedOrDone(() => work(plan))).resolves.toBe("done");
  });
});

describe.skipIf(!native.engine)("native engine", () => {
  test("text that is cut off is refused, wherever the cut is", async () => {
    const { evaluate, Upload } = loadAddon();
    const none = { parameters: [], data: [], ids: [], floats: [], seed: 0 };
    const text = JSON.stringify(score.plan);
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), async (end) => {
        const options = JSON.stringify({ ...none, plan: text.slice(0, end) });
        const answer = translatedAsync(() => evaluate(options, new Upload()));
        await expect(answer).rejects.toMatchObject({ code: "GRAPH_PLAN" });
      }),
    );
  });

  test("a plan that is beyond all memory is refused, and the next one runs", async () => {
    const label = { op: "input", attrs: { name: "label" }, inputs: [], dtype: "f32", shape: ["batch"] };
    const size = 2 ** 35;
    const wide = { op: "expandLast", attrs: { size }, inputs: [0], dtype: "f32", shape: ["batch", size] };
    const plan = { version: 1, instructions: [label, wide], outputs: { x: 1 } } as unknown as Plan;
    await expect(native.engine?.evaluate(plan, {}, { label: Float32Array.of(1) })).rejects.toThrow(PenchantError);
    expect(await native.engine?.evaluate(train.plan, train.parameters, feeds)).toHaveProperty("loss");
  });
});
