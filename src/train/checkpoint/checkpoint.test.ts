import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { club, normalizedModel, pointwiseModel } from "../../../test/support/tiny-training.ts";
import { referenceEngine } from "../../engine/reference/index.ts";
import { fit as fitModel } from "../fit.ts";
import type { Run } from "../run.ts";
import type { FitOptions } from "../settings/options.ts";
import type { TrainEvent } from "../told/events.ts";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "penchant-checkpoint-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const checkpoint: Checkpoint = {
  identity: { model: "m", seed: 1 },
  position: { epoch: 2, step: 5, lossSum: 1 / 3, rows: 77, seconds: 0.25 },
  records: [{ epoch: 1, loss: 0.5, seconds: 1, samplesPerSecond: 10 }],
  best: { epoch: 1, value: 0.1, stale: 1 },
  elapsed: 12.5,
  state: { "p/user": Float32Array.of(1, -0, 1e-40), "p/user#m": new Float32Array(3), "#step": Float32Array.of(9) },
  bestParameters: { "p/user": Float32Array.of(4, 5, 6) },
  average: { epochs: 3, parameters: { "p/user": Float32Array.of(7, 8, 9) } },
  stages: [{ name: "first", epochs: [{ epoch: 1, loss: 0.5, seconds: 1, samplesPerSecond: 10 }], seconds: 2 }],
  learned: { "p/item": Float32Array.of(10, 11) },
};
const file = () => join(directory, "checkpoint.safetensors");
const unusable = expect.objectContaining({ code: "TRAIN_CHECKPOINT" });

describe("writeCheckpoint and readCheckpoint", () => {
  test("give back what was written, bit for bit, and leave one file", async () => {
    await writeCheckpoint(directory, { ...checkpoint, elapsed: 1 });
    expect(await writeCheckpoint(directory, checkpoint)).toBe(file());
    expect(await readCheckpoint(directory)).toEqual(checkpoint);
    expect(await readdir(directory)).toEqual(["checkpoint.safetensors"]);
  });

  test("create the directory and overcome a file that a dead process left half written", async () => {
    const inner = join(directory, "a", "b");
    await writeCheckpoint(inner, checkpoint);
    await writeFile(join(inner, "checkpoint.safetensors.partial"), "half");
    await writeCheckpoint(inner, { ...checkpoint, elapsed: 99 });
    expect(await readCheckpoint(inner)).toMatchObject({ elapsed: 99 });
  });

  test("find nothing where nothing is", async () => {
    expect(await readCheckpoint(directory)).toBeUndefined();
    expect(await readCheckpoint(join(directory, "missing"))).toBeUndefined();
  });

  test("refuse truncated and foreign files", async () => {
    const path = await writeCheckpoint(directory, checkpoint);
    const content = await readFile(path);
    for (const bad of [
      content.subarray(0, content.length - 4),
      content.subarray(0, 5),
      Buffer.from("no tensors at all"),
    ]) {
      await writeFile(path, bad);
      await expect(readCheckpoint(directory)).rejects.toThrow(unusable);
    }
    await writeFile(path, content.toString("latin1").replace('\\"version\\":1', '\\"version\\":7'), "latin1");
    await expect(readCheckpoint(directory)).rejects.toThrow(/version 7/);
  });

  test("say so where a file stands in the directory's place", async () => {
    await writeFile(join(directory, "taken"), "");
    await expect(writeCheckpoint(join(directory, "taken"), checkpoint)).rejects.toThrow(unusable);
  });
});

const { train, validation } = club();
const options = (): Partial<FitOptions> => ({
  epochs: 6,
  batchSize: 16,
  learningRate: 0.05,
  negatives: 2,
  schedule: "cosine",
  validation,
  checkpoint: { directory, everySeconds: 0 },
  engine: referenceEngine,
  progress: "none",
});

/** Everything of a run that must not depend on interruptions. */
const facts = ({ parameters, epochs, bestEpoch, stopped }: Run) => ({
  parameters,
  bestEpoch,
  stopped,
  losses: epochs.map(({ loss }) => loss.toFixed(10)),
  values: epochs.map(({ validation: v }) => v?.value),
});

/** Trains until `when` says so, then cancels. */
async function interrupted(when: (event: TrainEvent) => boolean, more: Partial<FitOptions> = {}): Promise<void> {
  const controller = new AbortController();
  const progress = (event: TrainEvent) => void (when(event) && controller.abort());
  const running = fitModel(normalizedModel(), train, { ...options(), ...more, progress, signal: controller.signal });
  await expect(running).rejects.toMatchObject({ code: "TRAIN_CANCELLED" });
}

describe("resume", () => {
  test("after an epoch ends in the bytes of the uninterrupted run", async () => {
    const { checkpoint: _, ...without } = options();
    const whole = await fitModel(normalizedModel(), train, without);
    await interrupted((event) => event.type === "checkpoint" && event.path === file());
    const events: TrainEvent[] = [];
    const resumed = { ...options(), resume: true, progress: (event: TrainEvent) => void events.push(event) };
    expect(facts(await fitModel(normalizedModel(), train, resumed))).toEqual(facts(whole));
    expect(events[0]).toMatchObject({ type: "start", resumedEpochs: 1 });
  });

  test("in the middle of an epoch does so too", async () => {
    const { checkpoint: _, ...without } = options();
    const whole = await fitModel(normalizedModel(), train, without);
    let checkpoints = 0;
    const always = { checkpoint: { directory, everySeconds: 1e-6 } };
    await interrupted((event) => event.type === "checkpoint" && ++checkpoints === 2, always);
    expect((await readCheckpoint(directory))?.position.step).toBeGreaterThan(0);
    expect(facts(await fitModel(normalizedModel(), train, { ...options(), resume: true }))).toEqual(facts(whole));
  });

  test("of a finished run returns it at once", async () => {
    const whole = await fitModel(normalizedModel(), train, options());
    const types: string[] = [];
    const again = { ...options(), resume: true, progress: (event: TrainEvent) => void types.push(event.type) };
    expect(facts(await fitModel(normalizedModel(), train, again))).toEqual(facts(whole));
    expect(types).toEqual(["start", "end"]);
  });

  test("of a run that stopped early stays stopped", async () => {
    const early = { ...options(), patience: 1, minDelta: 2 };
    const whole = await fitModel(normalizedModel(), train, early);
    expect(whole.stopped).toBe("early-stopping");
    expect(facts(await fitModel(normalizedModel(), train, { ...early, resume: true }))).toEqual(facts(whole));
  });

  test("adds epochs where the schedule does not stretch over them", async () => {
    const constant = { ...options(), schedule: "constant" } as const;
    const { checkpoint: _, ...without } = constant;
    const whole = await fitModel(normalizedModel(), train, { ...without, epochs: 4 });
    await fitModel(normalizedModel(), train, { ...constant, epochs: 2 });
    const longer = await fitModel(normalizedModel(), train, { ...constant, epochs: 4, resume: true });
    expect(facts(longer)).toEqual(facts(whole));
    const shorter = fitModel(normalizedModel(), train, { ...constant, epochs: 3, resume: true });
    await expect(shorter).rejects.toMatchObject({ code: "TRAIN_CHECKPOINT_MISMATCH" });
  });

  test("starts anew where there is no checkpoint", async () => {
    const run = await fitModel(pointwiseModel(), train, { ...options(), epochs: 1, resume: true });
    expect(run.epochs).toHaveLength(1);
  });

  test("without it an earlier checkpoint is replaced", async () => {
    await fitModel(normalizedModel(), train, { ...options(), seed: 3, epochs: 1 });
    await fitModel(pointwiseModel(), train, { ...options(), epochs: 2 });
    expect((await readCheckpoint(directory))?.identity["model"]).toBe("tiny-pointwise");
  });

  test.each([
    ["another seed", { seed: 5 }, "seed"],
    ["another batch size", { batchSize: 8 }, "batchSize"],
    ["more epochs of a stretched schedule", { epochs: 7 }, "epochs"],
    ["other data", { known: "all" }, "data"],
    ["other first values", { initialParameters: { "head/bias": Float32Array.of(1) } }, "initialParameters"],
  ] as const)("with %s is refused by name", async (_, other, name) => {
    await fitModel(pointwiseModel(), train, { ...options(), epochs: 2 });
    const resumed = fitModel(pointwiseModel(), train, { ...options(), epochs: 2, ...other, resume: true });
    await expect(resumed).rejects.toMatchObject({
      code: "TRAIN_CHECKPOINT_MISMATCH",
      details: { different: expect.arrayContaining([name]) },
    });
  });

  test("does not care about the number of threads", async () => {
    await fitModel(pointwiseModel(), train, { ...options(), epochs: 1, schedule: "step", threads: 1 });
    const more = { ...options(), epochs: 1, schedule: "step", threads: 2, resume: true } as const;
    await expect(fitModel(pointwiseModel(), train, more)).resolves.toMatchObject({ stopped: "finished" });
  });
});
