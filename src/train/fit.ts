import { availableParallelism } from "node:os";
import { checkArgument, checkInteractions, has } from "../core/argument.ts";
import { fail } from "../core/errors.ts";
import type { Engine } from "../engine/contract.ts";
import { deferred } from "../engine/deferred.ts";
import { loadEngine } from "../engine/index.ts";
import { CONTEXT } from "../graph/named.ts";
import type { Model } from "../nn/model.ts";
import { type Checkpoint, readCheckpoint } from "./checkpoint/checkpoint.ts";
import { finished } from "./finished.ts";
import { sizeOf, type TrainingData, withoutDislikes } from "./inputs/data.ts";
import { estimateOf } from "./prepare/estimate.ts";
import { withFirstValues } from "./prepare/first-values.ts";
import { checkIdentity, type Identity, identityOf } from "./prepare/identity.ts";
import { type Job, prepare, type StageJob } from "./prepare/job.ts";
import { type Phases, phasesOf } from "./prepare/phases.ts";
import { peakMemoryBytes, type Run } from "./run.ts";
import { type CheckpointOptions, type FitOptions, type FitResources, resolveOptions } from "./settings/options.ts";
import { lastEpochBest, refitDiverged } from "./settings/warnings.ts";
import { throwIfCancelled } from "./steps/cancel.ts";
import { isDivergence, type LoopInput } from "./steps/loop.ts";
import { type Outcome, runPhase } from "./steps/phase.ts";
import { stagesOf } from "./steps/stages.ts";
import { validationFacts } from "./steps/validation.ts";
import { createEmitter, type Emitter } from "./told/emitter.ts";
import { progressListener } from "./told/progress/index.ts";

/**
 * Trains a model on interactions. Options that are not given come from the model's recommendations, then from `defaults`.
 *
 * Without `epochs`, a held-out part chooses their number: `validation`, or where there is none each user's last training
 * interaction (a random one without times). Training ends early, and the model is trained once more on all of it (`refit`);
 * where that blows up, the run is the one that chose, with the warning `refit-diverged`.
 * With `epochs` alone, exactly so many are trained.
 *
 * Values below 0 are dislikes, but to models of ratings: labelled negatives of models that draw negatives, each once an epoch,
 * and never drawn as unknown ones; of validation they are no targets. Other models do not see them.
 *
 * Rejects with CONFIG_UNKNOWN and CONFIG_VALUE (options), TRAIN_DATA (nothing to learn from), TRAIN_CANCELLED (signal),
 * TRAIN_DIVERGED (loss not finite, or absurd), TRAIN_CHECKPOINT and TRAIN_CHECKPOINT_MISMATCH, ENGINE_UNAVAILABLE.
 */
export async function fit(model: Model, given: TrainingData, options: Partial<FitOptions> = {}): Promise<Run> {
  checkModel(model, "fit(model, interactions)");
  checkInteractions(given, "fit(model, interactions)");
  const isRated = (options.task ?? model.definition.task) === "rating";
  const train = isRated ? given : withoutDislikes(given);
  const { settings, resources } = resolveOptions(model, train, isRated ? options : judged(options));
  const { callbacks = [], progress = "auto", signal = new AbortController().signal } = resources;
  const emitter = createEmitter(progressListener(progress), Array.isArray(callbacks) ? callbacks : [callbacks]);
  try {
    throwIfCancelled(signal);
    const phases = phasesOf({ model, train, settings, resources });
    const engine = await engineOf(resources.engine);
    return await new Fitting({ model, engine, phases, resources, emitter, signal }).run();
  } catch (error) {
    await emitter.emit({ type: "fail", error });
    throw error;
  }
}

/** The options with parts whose dislikes stand apart. */
function judged({ validation, heldOut, refitWith, ...options }: Partial<FitOptions>): Partial<FitOptions> {
  return {
    ...options,
    ...(validation && { validation: withoutDislikes(validation) }),
    ...(heldOut && { heldOut: heldOut.map(withoutDislikes) }),
    ...(refitWith && { refitWith: refitWith.map(withoutDislikes) }),
  };
}

/** An engine by name, or the one given. Throws ENGINE_UNAVAILABLE. */
const engineOf = async (engine: FitResources["engine"] = "auto"): Promise<Engine> =>
  typeof engine === "string" ? loadEngine(engine) : engine;

interface FittingInput {
  readonly model: Model;
  readonly engine: Engine;
  readonly phases: Phases;
  readonly resources: FitResources;
  readonly emitter: Emitter;
  readonly signal: AbortSignal;
}

/** One call of `fit`: the selection, which sees the training part, and the refit, where there is more to learn from. */
class Fitting {
  readonly #input: FittingInput;

  constructor(input: FittingInput) {
    this.#input = input;
  }

  async run(): Promise<Run> {
    const { phases, emitter } = this.#input;
    const job = await this.#prepare(phases.train, phases.validation);
    if (!isTrained(job)) return this.#atOnce(job);
    const place = this.#place(job);
    const saved = place && this.#input.resources.resume ? await readCheckpoint(place.directory) : undefined;
    if (saved && place) checkSaved(saved, place.identity, job);
    await this.#start(job, saved);
    const selected = selectionOf(saved) ?? (await this.#phase(job, { place, saved }));
    const selection = await toRun(job, phases.train, selected);
    const notes = lastEpochBest(selection);
    for (const warning of notes) await emitter.emit({ type: "warning", ...warning });
    const isWhole = !phases.everything || selection.stopped === "callback";
    const run = isWhole ? selection : await this.#refit(selection, phases.everything, { place, saved });
    return this.#end({ ...run, warnings: [...run.warnings, ...notes] });
  }

  get #isFinal(): boolean {
    return (this.#input.resources.refitWith ?? []).length > 0;
  }

  #prepare(train: TrainingData, validation?: TrainingData): Promise<Job> {
    const { model, engine, phases, resources, signal } = this.#input;
    const job = prepare({ model, engine, train, settings: phases.settings, resources: { ...resources, validation } });
    return withFirstValues(job, { ...resources, signal });
  }

  #place(job: Job): LoopInput["checkpoint"] {
    const { resources, phases } = this.#input;
    return resources.checkpoint && { ...resources.checkpoint, identity: identityOf(job, phases.everything) };
  }

  /** Trains the model anew on everything, for as many epochs as the selection chose; where that blows up, the selection stands. */
  async #refit(selection: Run, everything: TrainingData, { place, saved }: Saved): Promise<Run> {
    const { emitter } = this.#input;
    const job = await this.#prepare(everything);
    if (!isTrained(job)) return selection;
    const { epochs, stages, bestEpoch, stopped, warnings } = selection;
    await emitter.emit({ type: "refit", epochs: bestEpoch, interactions: sizeOf(everything) });
    const state = { place, saved: saved?.selection && saved, selection, until: bestEpoch };
    const phase = await this.#phase(job, state).catch((error: unknown) => {
      if (!isDivergence(error)) throw error;
      return error;
    });
    if (phase instanceof Error) {
      const warning = refitDiverged(phase);
      await emitter.emit({ type: "warning", ...warning });
      return { ...selection, warnings: [...warnings, warning] };
    }
    return {
      ...(await toRun(job, everything, phase)),
      ...{ warnings, epochs, ...(stages && { stages }), bestEpoch, selection },
      stopped: phase.stopped === "callback" ? phase.stopped : stopped,
      seconds: selection.seconds + phase.seconds,
      refit: { epochs: phase.epochs, seconds: phase.seconds, final: this.#isFinal },
    };
  }

  #phase(job: StageJob, { place, saved, selection, until }: PhaseState): Promise<Outcome> {
    const { emitter, signal, phases } = this.#input;
    const ahead = selection || !phases.everything ? 0 : sizeOf(phases.everything) / sizeOf(phases.train);
    const epochs = until ?? job.settings.epochs;
    return runPhase({ job, emitter, signal, checkpoint: place, saved, selection, epochs, ahead });
  }

  /** Models without epochs: counted, or solved for. Nothing is chosen, so that the selection is there to be measured alone. */
  async #atOnce(job: Job): Promise<Run> {
    await this.#start(job, undefined);
    const { train, everything } = this.#input.phases;
    if (!everything) return this.#end(await this.#solved(job, train));
    const selection = this.#isFinal ? await this.#solved(job, train) : undefined;
    const run = await this.#solved(await this.#prepare(everything), everything);
    const refit = { epochs: [], seconds: run.seconds, final: this.#isFinal };
    const seconds = run.seconds + (selection?.seconds ?? 0);
    return this.#end({ ...run, seconds, refit, ...(selection && { selection }) });
  }

  async #solved(job: Job, data: TrainingData): Promise<Run> {
    const started = performance.now();
    const { signal } = this.#input;
    const { model, catalog, engine, threads, settings } = job;
    const { offsets, items, values } = data.byUser;
    const weights = settings.weights === "values" ? { values } : {};
    const interactions = { offsets, items, ...weights, columns: data.items.size };
    const control = { threads, signal };
    const { sequence } = job.matrices;
    const problem = { catalog, interactions, sequence, solver: engine.solver, control, seed: settings.seed };
    const solved = (await model.solve?.(problem)) ?? { parameters: job.parameters };
    throwIfCancelled(signal);
    const seconds = (performance.now() - started) / 1000;
    return toRun(job, data, { epochs: [], bestEpoch: 0, stopped: "finished", seconds, ...solved });
  }

  async #start(job: Job, saved: Checkpoint | undefined): Promise<void> {
    const { emitter, phases, resources } = this.#input;
    const { model, engine, settings, spec } = job;
    const names = { model: model.definition.name, engine: engine.name };
    const validation = spec && job.validation && { validation: validationFacts(job.validation) };
    const stages = job.before.length > 0 && isTrained(job) && { stages: stagesOf(job).map(named) };
    const isRefitted = phases.everything !== undefined;
    const estimate = estimateOf(job, { writesCheckpoints: resources.checkpoint !== undefined, isRefitted });
    const resumedEpochs = saved ? epochsIn(saved) : 0;
    await emitter.emit({ type: "start", ...names, settings, estimate, ...validation, ...stages, resumedEpochs });
    for (const warning of [...phases.warnings, ...job.warnings]) await emitter.emit({ type: "warning", ...warning });
  }

  async #end(run: Run): Promise<Run> {
    const { stopped: reason, epochs, bestEpoch, seconds, refit } = run;
    const warnings = [...this.#input.phases.warnings, ...run.warnings];
    const whole = { ...run, warnings, peakMemoryBytes: peakMemoryBytes() };
    const facts = { epochs: epochs.length, bestEpoch, ...(refit && { refitEpochs: refit.epochs.length }), seconds };
    await this.#input.emitter.emit({ type: "end", reason, ...facts, peakMemoryBytes: whole.peakMemoryBytes });
    return whole;
  }
}

interface Saved {
  readonly place: (CheckpointOptions & { readonly identity: Identity }) | undefined;
  readonly saved: Checkpoint | undefined;
}

interface PhaseState extends Saved {
  /** Present in the refit. */
  readonly selection?: Run;
  /** Its epochs; the selection takes those of the settings. */
  readonly until?: number;
}

/** The selection that a checkpoint of the refit brings along. */
function selectionOf(saved: Checkpoint | undefined): Outcome | undefined {
  return saved?.selection && { ...saved.selection, parameters: saved.bestParameters ?? {} };
}

function checkSaved({ identity, position, stages }: Checkpoint, current: Identity, job: Job): void {
  checkIdentity(identity, current);
  const { epochs } = (job.before[stages.length] ?? job).settings;
  const started = position.epoch + (position.step > 0 ? 1 : 0);
  if (started <= epochs) return;
  fail("TRAIN_CHECKPOINT_MISMATCH", {
    what: "The checkpoint has more epochs than asked for",
    expected: `epochs >= ${started}`,
    received: String(epochs),
  });
}

const isTrained = (job: Job): job is StageJob => job.spec !== undefined;
const named = ({ stage = "", settings: { epochs } }: StageJob) => ({ name: stage, epochs });

/** Of all stages and both phases. */
const epochsIn = ({ records, stages, selection }: Checkpoint): number =>
  [{ epochs: records }, ...stages, ...(selection ? [selection, ...(selection.stages ?? [])] : [])].reduce(
    (sum, { epochs }) => sum + epochs.length,
    0,
  );

async function toRun(job: Job, data: TrainingData, outcome: Outcome): Promise<Run> {
  const { model, catalog, settings, engine, warnings, features, heldOutContext } = job;
  const answer = await finished(job, outcome);
  return {
    ...{ model, catalog, data, settings, engine: engine.name, warnings },
    ...(features && { features }),
    ...outcome,
    ...answer,
    peakMemoryBytes: peakMemoryBytes(),
    scorer(threads = 0, heldOut) {
      const { users, items } = catalog;
      const { scorePlan: plan, parameters, matrices } = answer;
      const asked = heldOut && heldOutContext && { [CONTEXT]: heldOutContext(heldOut) };
      const spec = { plan, parameters, data: { ...matrices, ...asked }, users, items };
      return deferred(engine.scorer({ ...spec, threads: threads || availableParallelism() }));
    },
  };
}

function checkModel(model: unknown, call: string): void {
  checkArgument(has(model, "definition", "config"), model, {
    ...{ call, name: "the model", expected: "a model with its options, as neumf() gives one" },
    ...(typeof model === "function" && { fix: "Call it: neumf(), or neumf({ factors: 16 })." }),
    ...(typeof model === "string" && { fix: "Take it from penchant/models and call it: neumf()." }),
  });
}
