import { describe, expect, test } from "vitest";
import { club, pointwiseModel, untrainedModel } from "../../../../test/support/tiny-training.ts";
import type { Engine, ProfileRange, StepProfile, Trainer } from "../../../engine/contract.ts";
import { referenceEngine } from "../../../engine/reference/index.ts";
import { profileTraining } from "./run.ts";

const { train } = club();
const settings = { batchSize: 64, learningRate: 0.5 };

/** The reference engine with a profile of one line, and a note of what was asked. */
function watched(): { readonly engine: Engine; readonly asked: string[] } {
  const asked: string[] = [];
  const engine: Engine = {
    ...referenceEngine,
    async trainer(spec) {
      const trainer = await referenceEngine.trainer(spec);
      const dispose = () => void asked.push("dispose");
      const run: Trainer["run"] = async ({ epoch, from, to }) => {
        asked.push(`run ${epoch}: ${from}-${to}`);
        return { loss: 0, rows: to - from, seconds: 1 };
      };
      const profile = async ({ epoch, from, to, learningRate }: ProfileRange): Promise<StepProfile> => {
        asked.push(`profile ${epoch}: ${from}-${to} at ${learningRate}`);
        const entry = { what: "wait", slot: undefined, parameter: undefined, seconds: 1, calls: 2, flops: 0, bytes: 0 };
        return { loss: 1, rows: to - from, seconds: 1, entries: [entry] };
      };
      const { rowsPerEpoch, stepsPerEpoch } = trainer;
      return Object.assign(Object.create(trainer) as Trainer, { rowsPerEpoch, stepsPerEpoch, dispose, run, profile });
    },
  };
  return { engine, asked };
}

describe("profileTraining", () => {
  test("warms up, then follows the epochs for as many steps as asked", async () => {
    const { engine, asked } = watched();
    const { stepsPerEpoch } = referenceEngineSteps();
    const steps = 2 * stepsPerEpoch + 1;
    const profile = await profileTraining(pointwiseModel(), train, { engine, settings, steps });
    expect(asked).toEqual([
      `run 0: 0-${Math.ceil(steps / 10)}`,
      `profile 1: 0-${stepsPerEpoch} at 0.5`,
      `profile 2: 0-${stepsPerEpoch} at 0.5`,
      "profile 3: 0-1 at 0.5",
      "dispose",
    ]);
    expect(profile).toMatchObject({ engine: "reference", batchSize: 64, steps, samples: steps, seconds: 3 });
    expect(profile.rows).toMatchObject([{ label: "wait for other threads", percent: 100, calls: 6 }]);
  });

  test("an engine that cannot tell is an ENGINE_PROFILE", async () => {
    const profile = profileTraining(pointwiseModel(), train, { engine: referenceEngine, steps: 1 });
    await expect(profile).rejects.toMatchObject({ code: "ENGINE_PROFILE" });
  });

  test("a model without training is a CONFIG_VALUE, a signal that has fired a TRAIN_CANCELLED", async () => {
    const { engine, asked } = watched();
    const options = { engine, steps: 1 };
    await expect(profileTraining(untrainedModel(), train, options)).rejects.toMatchObject({ code: "CONFIG_VALUE" });
    const signal = AbortSignal.abort();
    const cancelled = profileTraining(pointwiseModel(), train, { ...options, signal });
    await expect(cancelled).rejects.toMatchObject({ code: "TRAIN_CANCELLED" });
    expect(asked).toEqual([]);
  });
});

/** 24 users with 7 items each and 4 negatives per item, in steps of 64. */
const referenceEngineSteps = () => ({ stepsPerEpoch: Math.ceil((24 * 7 * 5) / 64) });
