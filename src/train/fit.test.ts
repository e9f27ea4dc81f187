import { describe, expect, test } from "vitest";
import {
  club,
  dataOf,
  normalizedModel,
  pairwiseModel,
  pointwiseModel,
  ratedClub,
  ratingModel,
  untrainedModel,
} from "../../test/support/tiny-training.ts";
import type { Engine, TrainSpec } from "../engine/contract.ts";
import { referenceEngine } from "../engine/reference/index.ts";
// Renamed because linters take a call of `fit` in a test for a focused test.
import { fit as fitModel } from "./fit.ts";
import type { FitOptions } from "./settings/options.ts";
import type { EpochAccess, EpochEvent, TrainEvent } from "./told/events.ts";

const { train, validation } = club();
const quick: Partial<FitOptions> = {
  epochs: 3,
  batchSize: 32,
  learningRate: 0.05,
  negatives: 2,
  engine: referenceEngine,
  progress: "none",
};

/** The reference engine, noting what it is asked to train. */
function spy(): { readonly engine: Engine; readonly specs: TrainSpec[]; readonly disposed: () => number } {
  const specs: TrainSpec[] = [];
  let disposed = 0;
  const engine: Engine = {
    ...referenceEngine,
    async trainer(spec) {
      specs.push(spec);
      const trainer = await referenceEngine.trainer(spec);
      const dispose = trainer.dispose.bind(trainer);
      return Object.assign(trainer, {
        dispose: () => {
          disposed++;
          dispose();
        },
      });
    },
  };
  return { engine, specs, disposed: () => disposed };
}

const endless = { ...quick, epochs: 100_000 };

describe("fit", () => {
  test("lowers the loss and ranks held-out items above chance", async () => {
    const run = await fitModel(pointwiseModel(), train, { ...quick, epochs: 12, validation });
    const losses = run.epochs.map(({ loss }) => loss);
    expect(losses.at(-1)).toBeLessThan(0.8 * (losses[0] ?? 0));
    // Chance: about a quarter of the ten best of forty.
    expect(run.epochs[run.bestEpoch - 1]?.validation?.metrics["hr@10"]).toBeGreaterThan(0.4);
  });

  test("says what it did", async () => {
    const run = await fitModel(pointwiseModel(), train, quick);
    expect(run.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(run).toMatchObject({ bestEpoch: 3, stopped: "finished", engine: "reference" });
    expect(run.settings).toMatchObject({ epochs: 3, negatives: 2, optimizer: "adam" });
    expect(run.seconds).toBeGreaterThan(0);
    expect(run.peakMemoryBytes).toBeGreaterThan(2 ** 20);
    for (const { samplesPerSecond, seconds } of run.epochs)
      expect(samplesPerSecond * seconds).toBeCloseTo(24 * 7 * 3, 3);
  });

  test("gives the same bytes for one seed and others for another", async () => {
    const of = async (seed: number) => (await fitModel(normalizedModel(), train, { ...quick, seed })).parameters;
    const [a, b, c] = [await of(1), await of(1), await of(2)];
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  test("keeps statistics that the score reads", async () => {
    const run = await fitModel(normalizedModel(), train, quick);
    const statistics = Object.keys(run.parameters).filter((name) => /mean|variance/.test(name));
    expect(statistics.length).toBeGreaterThan(0);
    const scorer = run.scorer();
    const scores = await scorer.score(Int32Array.of(0, 1), Int32Array.of(0, 1));
    expect(scores.every(Number.isFinite)).toBe(true);
  });

  test("learns pairs of items in triples", async () => {
    const { engine, specs } = spy();
    const run = await fitModel(pairwiseModel(), train, { ...quick, epochs: 8, engine });
    expect(specs[0]?.feed).toMatchObject({ kind: "triples", negatives: 2 });
    expect(run.epochs.at(-1)?.loss).toBeLessThan(0.6 * Math.LN2);
  });

  test("learns ratings and validates by RMSE, lower being better", async () => {
    const rated = ratedClub();
    const run = await fitModel(ratingModel(), rated.train, { ...quick, epochs: 15, validation: rated.validation });
    const errors = run.epochs.map(({ validation: v }) => v?.value ?? Number.NaN);
    expect(run.epochs[0]?.validation?.metric).toBe("rmse");
    expect(errors[run.bestEpoch - 1]).toBe(Math.min(...errors));
    expect(Math.min(...errors)).toBeLessThan(1.5);
  });

  test("takes a model for another task", async () => {
    const { engine, specs } = spy();
    await fitModel(pointwiseModel(), train, { ...quick, epochs: 1, task: "pairwise", loss: "hinge", engine });
    expect(specs[0]?.feed.kind).toBe("triples");
  });

  test("returns a model without training at once", async () => {
    const run = await fitModel(untrainedModel(), train, { progress: "none", engine: referenceEngine });
    expect(run).toMatchObject({ epochs: [], bestEpoch: 0 });
    expect(run.parameters["counts"]).toEqual(train.catalog().itemCounts);
  });

  test("hands the engine every setting", async () => {
    const { engine, specs, disposed } = spy();
    const given = {
      optimizer: "momentum",
      nesterov: true,
      l2: 0.1,
      clipNorm: 5,
      weightDecay: 0.2,
      threads: 3,
    } as const;
    await fitModel(pointwiseModel(), train, { ...quick, ...given, epochs: 1, shuffle: false, seed: 9, engine });
    const optimizer = { kind: "momentum", momentum: 0.9, nesterov: true, l2: 0.1, clipNorm: 5, weightDecay: 0.2 };
    expect(specs[0]).toMatchObject({ batchSize: 32, seed: 9, threads: 3, optimizer, feed: { shuffle: "none" } });
    expect(disposed()).toBe(1);
  });

  test("starts from given parameters", async () => {
    const q = new Float32Array(160).fill(0.5);
    const tiny = { ...quick, epochs: 1, learningRate: 1e-9, initialParameters: { q } };
    const run = await fitModel(pointwiseModel(), train, tiny);
    for (const value of run.parameters["q"] ?? []) expect(value).toBeCloseTo(0.5, 5);
  });

  test("restores the best epoch's parameters, or keeps the last on request", async () => {
    const seen: Record<string, Float32Array>[] = [];
    const callbacks = {
      onEpoch: async (_: EpochEvent, access: EpochAccess) => void seen.push(await access.parameters()),
    };
    const options = { ...quick, epochs: 8, learningRate: 0.5, validation, callbacks };
    const run = await fitModel(pointwiseModel(), train, options);
    const values = run.epochs.map(({ validation: v }) => v?.value ?? 0);
    expect(run.bestEpoch).toBe(values.indexOf(Math.max(...values)) + 1);
    expect(run.bestEpoch).toBeLessThan(8);
    expect(run.parameters).toEqual(seen[run.bestEpoch - 1]);
    const last = await fitModel(pointwiseModel(), train, { ...options, restoreBest: false, callbacks: [] });
    expect(last.parameters).toEqual(seen[7]);
    expect(last.bestEpoch).toBe(run.bestEpoch);
  });

  test("stops after so many validations without improvement", async () => {
    const run = await fitModel(pointwiseModel(), train, { ...quick, epochs: 50, validation, patience: 2, minDelta: 2 });
    expect(run).toMatchObject({ stopped: "early-stopping", bestEpoch: 1 });
    expect(run.epochs).toHaveLength(3);
  });

  test("validates every n-th epoch and after the last", async () => {
    const run = await fitModel(pointwiseModel(), train, {
      ...quick,
      epochs: 5,
      validation,
      validateEvery: 2,
      metric: "auc",
    });
    expect(run.epochs.map((record) => record.validation?.metric)).toEqual([undefined, "auc", undefined, "auc", "auc"]);
  });

  test("validates by full ranking and by given candidates too", async () => {
    const full = await fitModel(pointwiseModel(), train, { ...quick, epochs: 1, validation, protocol: "full" });
    const candidates = dataOf(
      Array.from({ length: 24 }, (_, u) => [1 - (u % 2), 3 - (u % 2)]),
      40,
    ).byUser;
    const given = await fitModel(pointwiseModel(), train, {
      ...quick,
      epochs: 1,
      validation,
      protocol: "given",
      candidates,
    });
    expect(given.epochs[0]?.validation?.metrics["hr@10"]).toBe(1);
    expect(full.epochs[0]?.validation?.metrics["hr@10"]).toBeLessThan(1);
  });

  test("follows its schedule", async () => {
    const rates: number[] = [];
    const callbacks = { onProgress: ({ learningRate }: { learningRate: number }) => rates.push(learningRate) };
    await fitModel(pointwiseModel(), train, {
      ...quick,
      epochs: 4,
      schedule: "step",
      decayEpochs: 2,
      decayRate: 0.1,
      callbacks,
    });
    expect(rates[0]).toBe(Math.fround(0.05));
    expect(rates.at(-1)).toBe(Math.fround(0.005));
  });

  test("tells every listener everything in order", async () => {
    const types: string[] = [];
    const progress = (event: TrainEvent) => types.push(event.type);
    const order: string[] = [];
    const callbacks = [
      { onStart: async () => void order.push("first") },
      { onStart: () => void order.push("second"), onEnd: () => void order.push("end") },
    ];
    await fitModel(pointwiseModel(), train, { ...quick, epochs: 2, validation, progress, callbacks });
    expect(types.filter((type) => type !== "progress")).toEqual([
      "start",
      "validating",
      "epoch",
      "validating",
      "epoch",
      "warning", // the last epoch was the best one
      "end",
    ]);
    expect(types.filter((type) => type === "progress").length).toBeGreaterThanOrEqual(2);
    expect(order).toEqual(["first", "second", "end"]);
  });

  test("progress counts up to the end of each epoch, with time left going to zero", async () => {
    const events: TrainEvent[] = [];
    await fitModel(pointwiseModel(), train, { ...quick, progress: (event) => events.push(event) });
    const progress = events.filter((event) => event.type === "progress");
    expect(progress.filter(({ step, stepsPerEpoch }) => step === stepsPerEpoch)).toHaveLength(3);
    expect(progress.at(-1)).toMatchObject({ epoch: 3, epochs: 3, etaSeconds: 0 });
    for (const { samplesPerSecond, loss } of progress) expect(Math.min(samplesPerSecond, loss)).toBeGreaterThan(0);
  });

  test("the estimate counts what will be trained", async () => {
    const events: TrainEvent[] = [];
    await fitModel(pointwiseModel(), train, { ...quick, progress: (event) => events.push(event) });
    const [start] = events;
    const parameters = 24 * 4 + 40 * 4 + 4 + 1;
    expect(start).toMatchObject({ type: "start", estimate: { parameters, rowsPerEpoch: 504, stepsPerEpoch: 16 } });
  });

  test("a callback can stop it", async () => {
    const callbacks = { onEpoch: ({ record }: EpochEvent) => (record.epoch === 2 ? "stop" : undefined) };
    const run = await fitModel(pointwiseModel(), train, { ...endless, callbacks });
    expect(run).toMatchObject({ stopped: "callback", bestEpoch: 2 });
  });

  test("an exception in a callback ends it, and the trainer is released", async () => {
    const { engine, disposed } = spy();
    const callbacks = {
      onEpoch: () => {
        throw new Error("mine");
      },
    };
    await expect(fitModel(pointwiseModel(), train, { ...quick, engine, callbacks })).rejects.toThrow("mine");
    expect(disposed()).toBe(1);
  });

  test("the signal cancels within 100 ms, and its reason is the cause", { retry: 3 }, async () => {
    const reason = new Error("mine");
    const controller = new AbortController();
    const failures: TrainEvent[] = [];
    const progress = (event: TrainEvent) => void (event.type === "fail" && failures.push(event));
    const running = fitModel(pointwiseModel(), train, { ...endless, progress, signal: controller.signal });
    await new Promise((resolve) => setTimeout(resolve, 150));
    const aborted = performance.now();
    controller.abort(reason);
    await expect(running).rejects.toMatchObject({ code: "TRAIN_CANCELLED", cause: reason });
    expect(performance.now() - aborted).toBeLessThan(100);
    expect(failures).toHaveLength(1);
  });

  test("the signal cancels a validation that would never end", async () => {
    const controller = new AbortController();
    const forever = {
      ...referenceEngine,
      scorer: () => ({
        ...referenceEngine.scorer,
        ranks: () => new Promise(() => {}),
        score: () => new Promise(() => {}),
        dispose() {},
      }),
    };
    const progress = (event: TrainEvent) =>
      void (event.type === "validating" && setTimeout(() => controller.abort("enough"), 20));
    const options = { ...quick, validation, progress, signal: controller.signal, engine: forever as never };
    const refusal = { code: "TRAIN_CANCELLED", cause: "enough" };
    await expect(fitModel(pointwiseModel(), train, options)).rejects.toMatchObject(refusal);
  });

  test("a signal that has fired already stops it before it starts", async () => {
    const { engine, specs } = spy();
    const options = { ...quick, engine, signal: AbortSignal.abort("never mind") };
    const refusal = { code: "TRAIN_CANCELLED", cause: "never mind" };
    await expect(fitModel(pointwiseModel(), train, options)).rejects.toMatchObject(refusal);
    expect(specs).toEqual([]);
  });

  test("a loss that is no number ends it", async () => {
    const options = { ...quick, optimizer: "sgd", learningRate: 1e30 } as const;
    await expect(fitModel(ratingModel(), ratedClub().train, options)).rejects.toMatchObject({
      code: "TRAIN_DIVERGED",
      message: expect.stringContaining("in epoch 1"),
      details: { epoch: 1, step: expect.any(Number) },
    });
  });

  /** Learns for some epochs, then reports a loss that is a number, but an absurd one. */
  const blowsUp = (from: number, loss: number): Engine => ({
    ...referenceEngine,
    async trainer(spec) {
      const trainer = await referenceEngine.trainer(spec);
      const run = trainer.run.bind(trainer);
      trainer.run = async (range) => {
        const report = await run(range);
        return range.epoch < from ? report : { ...report, loss };
      };
      return trainer;
    },
  });

  test("a loss that is finite and absurd ends it, too", async () => {
    const options = { ...quick, epochs: 5, engine: blowsUp(1, 1e32) };
    await expect(fitModel(pointwiseModel(), train, options)).rejects.toMatchObject({
      code: "TRAIN_DIVERGED",
      message: "The loss became 1e+32 in epoch 2.",
      details: { epoch: 2, loss: 1e32 },
    });
    // Far from good is not absurd.
    await expect(fitModel(pointwiseModel(), train, { ...options, engine: blowsUp(1, 900) })).resolves.toBeDefined();
  });

  test.each([Number.NaN, 1e32])("a loss of %s after a validated epoch ends it with that epoch", async (loss) => {
    const seen: Record<string, Float32Array>[] = [];
    const callbacks = { onEpoch: async (_: unknown, access: EpochAccess) => void seen.push(await access.parameters()) };
    const run = await fitModel(pointwiseModel(), train, {
      ...quick,
      epochs: 5,
      validation,
      engine: blowsUp(1, loss),
      callbacks,
    });
    expect(run).toMatchObject({ stopped: "diverged", bestEpoch: 1 });
    expect(run.warnings.at(-1)).toMatchObject({
      code: "diverged",
      message: expect.stringContaining("after epoch 1, the best one"),
    });
    expect(run.epochs).toHaveLength(1);
    expect(run.parameters).toEqual(seen[0]);
  });
});

describe("fit's options", () => {
  const refused = (options: object, code: string) =>
    expect(fitModel(pointwiseModel(), train, { ...quick, ...options })).rejects.toMatchObject({ code });

  test("unknown ones are refused with the nearest name, resources included", async () => {
    await refused({ epoch: 3 }, "CONFIG_UNKNOWN");
    await refused({ callback: {} }, "CONFIG_UNKNOWN");
    await expect(fitModel(pointwiseModel(), train, { ...quick, validaton: 1 } as never)).rejects.toMatchObject({
      fix: 'Did you mean "validation"?',
    });
  });

  test.each([
    ["resume without a directory", { resume: true }],
    ["a checkpoint interval below zero", { checkpoint: { directory: "x", everySeconds: -1 } }],
    ["known all with nothing held out", { known: "all" }],
    ["parts for a refit that is none", { refitWith: [train] }],
    ["given candidates that are not given", { protocol: "given", validation }],
    ["held-out data of another catalogue", { validation: dataOf([[0]], 3) }],
    ["initial values of another size", { initialParameters: { q: new Float32Array(3) } }],
    ["initial values that are no numbers", { initialParameters: { q: new Float32Array(160).fill(Number.NaN) } }],
    ["a batch of nothing", { batchSize: 0 }],
    ["a learning rate that is no number", { learningRate: Number.NaN }],
    ["a loss of another task", { loss: "bpr" }],
    ["an unknown engine", { engine: "gpu" }],
    ["an unknown progress style", { progress: "dots" }],
  ])("%s is refused", async (_, options) => refused(options, "CONFIG_VALUE"));

  test("unknown initial parameters are refused", () =>
    refused({ initialParameters: { r: new Float32Array(1) } }, "CONFIG_UNKNOWN"));
});
