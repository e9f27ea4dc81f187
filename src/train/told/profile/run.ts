import { fail } from "../../../core/errors.ts";
import type { Engine, ProfileRange, StepProfile, Trainer } from "../../../engine/contract.ts";
import { type Model, recommendedFor } from "../../../nn/model.ts";
import { dataSize, type TrainingData } from "../../inputs/data.ts";
import { prepare } from "../../prepare/job.ts";
import { resolveSettings } from "../../settings/rules.ts";
import type { TrainingSettings } from "../../settings/settings.ts";
import { throwIfCancelled, withReason } from "../../steps/cancel.ts";
import { joinProfiles, type ProfileOrder, type ProfileTable, profileTable } from "./table.ts";

export interface ProfileOptions {
  readonly engine: Engine;
  readonly settings?: Partial<TrainingSettings>;
  /** Steps to look at, >= 1; epochs follow each other where one has fewer. */
  readonly steps: number;
  readonly order?: ProfileOrder;
  readonly signal?: AbortSignal;
}

export interface TrainingProfile extends ProfileTable {
  readonly engine: Engine["name"];
  readonly threads: number;
  readonly batchSize: number;
  readonly steps: number;
}

/** The first steps read memory that nobody has touched yet: a tenth more are run before the clock is looked at. */
const WARM_UP = 0.1;

/**
 * Trains a model for some steps and tells where the time goes, instruction by instruction; what was learned is thrown away.
 * Rejects with ENGINE_PROFILE where the engine cannot tell, CONFIG_VALUE for models without training, TRAIN_CANCELLED, and
 * as `fit` does for options and data.
 */
export async function profileTraining(
  model: Model,
  train: TrainingData,
  { engine, steps, order = "time", signal = new AbortController().signal, ...options }: ProfileOptions,
): Promise<TrainingProfile> {
  throwIfCancelled(signal);
  const settings = resolveSettings(recommendedFor(model.definition, dataSize(train)), options.settings ?? {});
  const { spec, threads } = prepare({ model, train, settings, resources: {}, engine });
  if (!spec) return nothingToTrain(model);
  const trainer = await engine.trainer(spec);
  const cancel = () => trainer.cancel();
  signal.addEventListener("abort", cancel);
  try {
    const profile = await runSteps(trainer, { engine, steps, learningRate: settings.learningRate, signal });
    const { batchSize } = settings;
    return { engine: engine.name, threads, batchSize, steps, ...profileTable(profile, spec.plan, order) };
  } catch (error) {
    throw withReason(error, signal);
  } finally {
    signal.removeEventListener("abort", cancel);
    trainer.dispose();
  }
}

interface Steps extends Required<Pick<ProfileOptions, "engine" | "steps" | "signal">> {
  readonly learningRate: number;
}

async function runSteps(trainer: Trainer, { engine, steps, learningRate, signal }: Steps): Promise<StepProfile> {
  if (!trainer.profile) return fail("ENGINE_PROFILE", { what: `The ${engine.name} engine takes no profiles` });
  const { stepsPerEpoch } = trainer;
  const warmUp = Math.min(stepsPerEpoch, Math.ceil(steps * WARM_UP));
  await trainer.run({ epoch: 0, from: 0, to: warmUp, learningRate });
  let whole: StepProfile | undefined;
  for (const range of ranges(steps, stepsPerEpoch)) {
    throwIfCancelled(signal);
    const part = await trainer.profile({ ...range, learningRate });
    whole = whole ? joinProfiles(whole, part) : part;
  }
  return whole ?? { loss: 0, rows: 0, seconds: 0, entries: [] };
}

/** So many steps from the start of epoch 1 on. */
function ranges(steps: number, stepsPerEpoch: number): Omit<ProfileRange, "learningRate">[] {
  return Array.from({ length: Math.ceil(steps / stepsPerEpoch) }, (_, i) => ({
    epoch: 1 + i,
    from: 0,
    to: Math.min(stepsPerEpoch, steps - i * stepsPerEpoch),
  }));
}

function nothingToTrain({ definition }: Model): never {
  return fail("CONFIG_VALUE", {
    what: `"${definition.name}" has nothing to train`,
    fix: "Profile a model that learns, such as neumf or bpr-mf.",
  });
}
