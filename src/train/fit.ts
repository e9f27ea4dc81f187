import { availableParallelism } from "node:os";
import { fail } from "../core/errors.ts";
import type { TrainSpec } from "../engine/contract.ts";
import type { Model } from "../nn/model.ts";
import { throwIfCancelled } from "./cancel.ts";
import { type Checkpoint, readCheckpoint } from "./checkpoint.ts";
import type { TrainingData } from "./data.ts";
import { createEmitter, type Emitter } from "./emitter.ts";
import { engineOf } from "./engine.ts";
import { type Estimate, estimate, parameterCount } from "./estimate.ts";
import type { EndEvent } from "./events.ts";
import { checkIdentity, type Identity, identityOf } from "./identity.ts";
import { type Job, prepare } from "./job.ts";
import { type Journey, startJourney } from "./journey.ts";
import { Loop } from "./loop.ts";
import { peakMemoryBytes } from "./memory.ts";
import { type FitOptions, type FitResources, resolveOptions } from "./options.ts";
import { progressListener } from "./progress/index.ts";
import type { Run } from "./run.ts";
import { validationFacts } from "./validation.ts";

/**
 * Trains a model on interactions. Options that are not given come from the model's recommendations, then from `defaults`.
 *
 * Rejects with CONFIG_UNKNOWN and CONFIG_VALUE (options), TRAIN_DATA (nothing to learn from), TRAIN_CANCELLED (signal),
 * TRAIN_DIVERGED (loss not finite), TRAIN_CHECKPOINT and TRAIN_CHECKPOINT_MISMATCH, ENGINE_UNAVAILABLE.
 */
export async function fit(model: Model, train: TrainingData, options: Partial<FitOptions> = {}): Promise<Run> {
  const { settings, resources } = resolveOptions(model, options);
  const { callbacks = [], progress = "auto", signal = new AbortController().signal } = resources;
  const emitter = createEmitter(progressListener(progress), Array.isArray(callbacks) ? callbacks : [callbacks]);
  try {
    throwIfCancelled(signal);
    const engine = await engineOf(resources.engine);
    const job = prepare({ model, train, settings, resources, engine });
    const outcome = job.spec
      ? await trainJob(job, job.spec, { resources, emitter, signal })
      : await untrained(job, emitter);
    return toRun(job, outcome);
  } catch (error) {
    await emitter.emit({ type: "fail", error });
    throw error;
  }
}

type Outcome = Pick<Run, "epochs" | "bestEpoch" | "stopped" | "parameters" | "seconds" | "peakMemoryBytes">;

interface Context {
  readonly resources: FitResources;
  readonly emitter: Emitter;
  readonly signal: AbortSignal;
}

async function trainJob(job: Job, spec: TrainSpec, { resources, emitter, signal }: Context): Promise<Outcome> {
  const checkpoint = resources.checkpoint && { ...resources.checkpoint, identity: identityOf(job) };
  const saved = resources.resume && checkpoint ? await readCheckpoint(checkpoint.directory) : undefined;
  if (saved && checkpoint) checkSaved(saved, checkpoint.identity, job.settings.epochs);
  const journey = startJourney(saved);
  const trainer = job.engine.trainer(spec);
  try {
    if (saved) trainer.restore(saved.state);
    await emitStart(job, emitter, estimateOf(job, spec, checkpoint !== undefined), journey.records.length);
    const loop = new Loop({ job, trainer, journey, emitter, checkpoint, signal });
    const stopped = await loop.run();
    const parameters = journey.bestParameters ?? loop.parameters();
    return await end(emitter, { ...summary(journey), parameters, stopped, seconds: loop.elapsed });
  } finally {
    trainer.dispose();
  }
}

const summary = ({ records, best }: Journey) => ({ epochs: records, bestEpoch: best.epoch || records.length });

async function untrained(job: Job, emitter: Emitter): Promise<Outcome> {
  const started = performance.now();
  const parameters = parameterCount(job.scorePlan);
  const nothing = { parameters, rowsPerEpoch: 0, stepsPerEpoch: 0, memoryBytes: 4 * parameters, seconds: 0 };
  await emitStart(job, emitter, nothing, 0);
  const seconds = (performance.now() - started) / 1000;
  return end(emitter, { epochs: [], bestEpoch: 0, stopped: "finished", parameters: job.parameters, seconds });
}

async function emitStart(job: Job, emitter: Emitter, estimated: Estimate, resumedEpochs: number): Promise<void> {
  const { model, engine, settings, spec } = job;
  const names = { model: model.definition.name, engine: engine.name };
  const validation = spec && job.validation && { validation: validationFacts(job.validation) };
  await emitter.emit({ type: "start", ...names, settings, estimate: estimated, ...validation, resumedEpochs });
  for (const warning of job.warnings) await emitter.emit({ type: "warning", ...warning });
}

async function end(emitter: Emitter, outcome: Omit<Outcome, "peakMemoryBytes">): Promise<Outcome> {
  const peak = { peakMemoryBytes: peakMemoryBytes() };
  const { stopped: reason, epochs, bestEpoch, seconds } = outcome;
  const event: EndEvent = { type: "end", reason, epochs: epochs.length, bestEpoch, seconds, ...peak };
  await emitter.emit(event);
  return { ...outcome, ...peak };
}

function checkSaved({ identity, position }: Checkpoint, current: Identity, epochs: number): void {
  checkIdentity(identity, current);
  const started = position.epoch + (position.step > 0 ? 1 : 0);
  if (started <= epochs) return;
  fail("TRAIN_CHECKPOINT_MISMATCH", {
    what: "The checkpoint has more epochs than asked for",
    expected: `epochs >= ${started}`,
    received: String(epochs),
  });
}

function estimateOf(job: Job, spec: TrainSpec, writesCheckpoints: boolean): Estimate {
  return estimate({
    plan: spec.plan,
    feed: spec.feed,
    settings: job.settings,
    engine: job.engine.name,
    threads: job.threads,
    parameterCopies: (job.validation ? 2 : 0) + (writesCheckpoints ? 3 : 0),
  });
}

function toRun(job: Job, outcome: Outcome): Run {
  const { model, catalog, settings, engine, warnings, scorePlan: plan } = job;
  return {
    model,
    catalog,
    settings,
    engine: engine.name,
    scorePlan: plan,
    warnings,
    ...outcome,
    scorer(threads = 0) {
      const { users, items } = catalog;
      return engine.scorer({
        plan,
        parameters: outcome.parameters,
        users,
        items,
        threads: threads || availableParallelism(),
      });
    },
  };
}
