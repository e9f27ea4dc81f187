import { describe, expect, test } from "vitest";
import { gradients } from "../../graph/gradients.ts";
import { affine, gather, input, mean, mul, param, rowDot, squeezeLast, sub, unary } from "../../graph/ops.ts";
import { lower, type Plan } from "../../graph/plan.ts";
import type { TrainSpec } from "../contract.ts";
import { referenceEngine } from "./index.ts";

const [users, items, width] = [3, 4, 2];

/** Matrix factorization on labels, squared error, with a running mean of the scores as the only statistic. */
function factorization(): Plan {
  const [p, q] = [param("p", [users, width], { kind: "zeros" }), param("q", [items, width], { kind: "zeros" })];
  const seen = param("seen", [], { kind: "zeros" }, false);
  const score = rowDot(gather(p, input("user", "i32")), gather(q, input("item", "i32")));
  const loss = mean(unary("square", sub(score, input("label", "f32"))));
  const grads = [...gradients(loss, [p, q]).values()];
  const next = mul(affine(seen, 0, 1), mean(score));
  return lower({ loss, "grad:p": grads[0] as never, "grad:q": grads[1] as never, "assign:seen": next });
}

const interactions = { offsets: Int32Array.of(0, 2, 3, 4), items: Int32Array.of(0, 1, 2, 3) };
const spec: TrainSpec = {
  plan: factorization(),
  parameters: {
    p: Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
    q: Float32Array.of(0.5, -0.1, 0.2, 0.1, -0.3, 0.7, 0.9, 0.4),
    seen: Float32Array.of(0),
  },
  feed: {
    kind: "pairs",
    negatives: 1,
    distribution: { kind: "uniform" },
    shuffle: "rows",
    users,
    items,
    interactions,
    known: interactions,
  },
  optimizer: { kind: "momentum", momentum: 0.9, nesterov: false, l2: 0.01, clipNorm: 0, weightDecay: 0 },
  batchSize: 3,
  seed: 7,
  threads: 1,
};
const epoch = (index: number) => ({ epoch: index, from: 0, to: 3, learningRate: 0.1 });

/** A trainer with so many steps that it cannot end before it is cancelled. */
const endless = () => referenceEngine.trainer({ ...spec, feed: { ...spec.feed, negatives: 1_000_000 } });

describe("ReferenceTrainer", () => {
  test("counts rows and steps of an epoch", async () => {
    const trainer = await referenceEngine.trainer(spec);
    expect([trainer.rowsPerEpoch, trainer.stepsPerEpoch]).toEqual([8, 3]);
  });

  test("one full-batch step of plain descent is the hand-computed one", async () => {
    const ratings = { ...interactions, values: Float32Array.of(1, 0, 1, 0) };
    const trainer = await referenceEngine.trainer({
      ...spec,
      feed: { ...spec.feed, kind: "ratings", interactions: ratings },
      optimizer: { kind: "sgd", l2: 0, clipNorm: 0, weightDecay: 0 },
      batchSize: 4,
    });
    const { loss, rows } = await trainer.run({ epoch: 0, from: 0, to: 1, learningRate: 1 });
    // Errors: .03 - 1, .04 - 0, .19 - 1, .69 - 0.
    const errors = [-0.97, 0.04, -0.81, 0.69];
    expect(rows).toBe(4);
    expect(loss).toBeCloseTo(errors.reduce((sum, e) => sum + e * e, 0) / 4, 6);
    const slope = errors.map((e) => (2 * e) / 4);
    const p0 = 0.1 - ((slope[0] ?? 0) * 0.5 + (slope[1] ?? 0) * 0.2);
    const q6 = 0.9 - (slope[3] ?? 0) * 0.5;
    expect((await trainer.parameter("p"))[0]).toBeCloseTo(p0, 6);
    expect((await trainer.parameter("q"))[6]).toBeCloseTo(q6, 6);
    expect((await trainer.parameter("seen"))[0]).toBeCloseTo((0.03 + 0.04 + 0.19 + 0.69) / 4, 6);
  });

  test("steps may be run in one call or in several", async () => {
    const [whole, parts] = [await referenceEngine.trainer(spec), await referenceEngine.trainer(spec)];
    const first = await whole.run(epoch(0));
    const reports = [];
    for (let step = 0; step < 3; step++) {
      reports.push(await parts.run({ epoch: 0, from: step, to: step + 1, learningRate: Float32Array.of(0.1) }));
    }
    expect(reports.map(({ rows }) => rows)).toEqual([3, 3, 2]);
    expect(reports.reduce((sum, { loss, rows }) => sum + loss * rows, 0) / 8).toBeCloseTo(first.loss, 12);
    expect(await parts.state()).toEqual(await whole.state());
  });

  test("each step takes its own learning rate", async () => {
    const trainer = await referenceEngine.trainer({
      ...spec,
      optimizer: { kind: "sgd", l2: 0, clipNorm: 0, weightDecay: 0 },
    });
    await trainer.run({ ...epoch(0), learningRate: Float32Array.of(0, 0, 0) });
    expect({ ...(await trainer.parameters()), seen: spec.parameters["seen"] }).toEqual(spec.parameters);
    await trainer.run({ ...epoch(0), learningRate: Float32Array.of(0, 0, 0.1) });
    expect((await trainer.parameters())["p"]).not.toEqual(spec.parameters["p"]);
  });

  test("a restored trainer continues to the same bytes", async () => {
    const whole = await referenceEngine.trainer(spec);
    for (const i of [0, 1, 2]) await whole.run(epoch(i));
    const first = await referenceEngine.trainer(spec);
    await first.run(epoch(0));
    await first.run({ ...epoch(1), to: 1 });
    const second = await referenceEngine.trainer(spec);
    await second.restore(await first.state());
    await second.run({ ...epoch(1), from: 1 });
    await second.run(epoch(2));
    expect(await second.state()).toEqual(await whole.state());
    expect((await second.state())["#step"]).toEqual(Float32Array.of(9));
  });

  test("a state that does not fit is refused by name", async () => {
    const trainer = await referenceEngine.trainer(spec);
    const { "p#m": _, ...state } = await trainer.state();
    await expect(trainer.restore(state)).rejects.toMatchObject({
      code: "ENGINE_INPUT",
      message: expect.stringContaining('"p#m"'),
    });
  });

  test("cancel stops a running call within 100 ms, and the trainer can go on", { retry: 3 }, async () => {
    const trainer = await endless();
    const running = trainer.run({ epoch: 0, from: 0, to: trainer.stepsPerEpoch, learningRate: 0.01 });
    await new Promise((resolve) => setTimeout(resolve, 30));
    const cancelled = performance.now();
    trainer.cancel();
    await expect(running).rejects.toMatchObject({ code: "TRAIN_CANCELLED" });
    expect(performance.now() - cancelled).toBeLessThan(100);
    await expect(trainer.run({ ...epoch(0), to: 1 })).resolves.toMatchObject({ rows: 3 });
  });

  test("the event loop gets its turn while steps run", async () => {
    const trainer = await endless();
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const running = trainer.run({ epoch: 0, from: 0, to: trainer.stepsPerEpoch, learningRate: 0.01 });
    await new Promise((resolve) => setTimeout(resolve, 150));
    clearInterval(timer);
    trainer.cancel();
    await expect(running).rejects.toThrow();
    expect(turns).toBeGreaterThan(3);
  });

  test("a second call while one runs is refused", async () => {
    const trainer = await endless();
    const running = trainer.run({ epoch: 0, from: 0, to: trainer.stepsPerEpoch, learningRate: 0.01 });
    await expect(trainer.run(epoch(0))).rejects.toMatchObject({ code: "TRAIN_BUSY" });
    trainer.cancel();
    await expect(running).rejects.toMatchObject({ code: "TRAIN_CANCELLED" });
  });

  test("a disposed trainer is refused, also while it runs", async () => {
    const trainer = await endless();
    const running = trainer.run({ epoch: 0, from: 0, to: trainer.stepsPerEpoch, learningRate: 0.01 });
    trainer.dispose();
    trainer.dispose();
    await expect(running).rejects.toMatchObject({ code: "ENGINE_DISPOSED" });
    await expect(trainer.parameters()).rejects.toMatchObject({ code: "ENGINE_DISPOSED" });
  });

  test("parameters are copied in and out", async () => {
    const p = spec.parameters["p"]?.slice() ?? new Float32Array();
    const trainer = await referenceEngine.trainer({ ...spec, parameters: { ...spec.parameters, p } });
    p.fill(9);
    (await trainer.parameter("p")).fill(9);
    expect(await trainer.parameter("p")).toEqual(spec.parameters["p"]);
  });

  test("missing and misshapen parameters are refused by name", async () => {
    for (const parameters of [{}, { ...spec.parameters, q: new Float32Array(3) }]) {
      await expect(referenceEngine.trainer({ ...spec, parameters })).rejects.toMatchObject({ code: "ENGINE_INPUT" });
    }
    await expect((await referenceEngine.trainer(spec)).parameter("r")).rejects.toThrow(/"r"/);
  });

  test("scores are per row of the batch", async () => {
    const squeeze = lower({ score: squeezeLast(gather(param("v", [3, 1], { kind: "zeros" }), input("item", "i32"))) });
    const { score } = await referenceEngine.evaluate(
      squeeze,
      { v: Float32Array.of(1, 2, 3) },
      { item: Int32Array.of(2, 0) },
    );
    expect(score).toEqual(Float32Array.of(3, 1));
  });
});
