/** Trainings of models that look at what users did in order: the same bytes for any number of threads, and after an interruption. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { filmClub } from "../../src/dataset/index.ts";
import { sasRec } from "../../src/models/index.ts";
import { type FitOptions, type Run, fit as trained } from "../../src/train/index.ts";
import { nativeEngine } from "../support/native-engine.ts";

const native = await nativeEngine();
const parent = mkdtempSync(join(tmpdir(), "penchant-sequences-"));
afterAll(() => rmSync(parent, { recursive: true }));

const weights = ["none", "values"] as const;

describe.skipIf(!native.engine).each(weights)("SASRec on the native engine, weights=%s", (weights) => {
  const data = filmClub({ members: 300, films: 150, interactions: 6000, seed: 4 }).dataset.interactions;
  const directory = mkdtempSync(join(parent, "run-"));
  const model = sasRec({ width: 24, heads: 2, length: 30 });
  const train = (options: Partial<FitOptions>) =>
    trained(model, data, {
      engine: native.engine ?? "native",
      progress: "none",
      epochs: 4,
      batchSize: 64,
      seed: 3,
      weights,
      ...options,
    });

  test("any number of threads gives the same bytes", async () => {
    const one = await train({ threads: 1 });
    expect(one.epochs.at(-1)?.loss).toBeLessThan(one.epochs[0]?.loss ?? 0);
    expect((await train({ threads: 3 })).parameters).toEqual(one.parameters);
  });

  test("events count by their values where these weigh", async () => {
    const other = await train({ weights: weights === "none" ? "values" : "none" });
    expect(other.parameters).not.toEqual((await train({})).parameters);
  });

  test("interrupted and resumed, it ends with the bytes of a run that was left alone", async () => {
    const whole = await train({ threads: 2 });
    const control = new AbortController();
    const stopped = train({
      ...{ threads: 2, checkpoint: { directory }, signal: control.signal },
      callbacks: {
        onEpoch: ({ record }) => {
          if (record.epoch === 2) control.abort();
        },
      },
    });
    await stopped.catch(() => undefined);
    const resumed = await train({ threads: 3, checkpoint: { directory }, resume: true });
    const losses = (run: Run) => run.epochs.map(({ loss }) => loss.toFixed(12));
    expect(losses(resumed)).toEqual(losses(whole));
    expect(resumed.parameters).toEqual(whole.parameters);
  });
});
