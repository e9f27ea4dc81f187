import { type RunMetadata, saveArtifact } from "../artifact/index.ts";
import { fail } from "../core/errors.ts";
import type { Dataset } from "../dataset/index.ts";
import type { Model, Task } from "../nn/model.ts";
import {
  type FitOptions,
  fit,
  optionsWithoutEffect,
  parameterCount,
  type Refit,
  type Run,
  resolveSettings,
  scoresLogits,
  type TrainingSettings,
  toArtifact,
} from "../train/index.ts";
import { type Checkpointing, withCheckpoint } from "./checkpointing.ts";
import { type OpenDataset, openDataset } from "./datasets.ts";
import { openEngine } from "./engine.ts";
import { type MeasuredUsers, type Measurement, measure, noteMeasured, testFigures } from "./evaluation.ts";
import type { Session } from "./session.ts";
import type { SplitChoice } from "./split-choice.ts";
import { defaultSplit, importedParts, makeSplit, type NamedSplit, untimedWarnings } from "./splits.ts";
import { freshName } from "./workspace/names.ts";

export interface TrainingRequest {
  readonly model: Model;
  readonly settings: Partial<TrainingSettings>;
  /** Default: the newest data set. */
  readonly data?: string | undefined;
  /** Default: MODEL-1, MODEL-2 … */
  readonly run?: string | undefined;
  /** Default: the one that the data set came with, otherwise what suits the model. */
  readonly split?: SplitChoice | undefined;
  /** Only interactions of at least this value count. Default: all. */
  readonly threshold?: number | undefined;
  /** Interactions below this value are dislikes. Default 0. */
  readonly dislikesBelow?: number | undefined;
  readonly resume?: boolean | undefined;
  /** Choose and measure with held-out parts, then learn from them too: the run that is saved knows everything. */
  readonly final?: boolean | undefined;
}

/** What `penchant train --json` prints. */
export interface TrainedRun
  extends Pick<Run, "settings" | "stages" | "epochs" | "bestEpoch" | "stopped" | "seconds" | "peakMemoryBytes"> {
  readonly run: string;
  readonly model: string;
  readonly dataset: string;
  readonly split: RunMetadata["split"];
  readonly engine: string;
  /** Training anew, on `interactions` of them; absent where there was none. */
  readonly refit?: (Refit & { readonly interactions: number }) | undefined;
  /** With --final: full ranking of the test part (RMSE and MAE for ratings), before the run learned from it. */
  readonly test?: Readonly<Record<string, number>>;
  /** Numbers in the model. */
  readonly parameters: number;
  /** Dislikes in what it learned from; absent where there are none. */
  readonly dislikes?: number;
  /** Of the split, of options without effect, and of the training. */
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/** Trains a model on a data set of the workspace and saves the run, whole or not at all. */
export async function trainRun(session: Session, request: TrainingRequest): Promise<TrainedRun> {
  const { workspace } = session;
  const { model } = request;
  const settings = {
    ...{ seed: session.seed, ...threadsOf(session) },
    ...(request.final && { refit: true }),
    ...request.settings,
  };
  checkFinal(request);
  checkJudgement(request);
  resolveSettings(model.definition.training, settings); // a wrong option is said before anything is read or locked
  const dataset = await openDataset(session, request.data);
  const choice = request.split ?? defaultSplit(dataset, model.definition.task);
  const split = makeSplit(
    dataset,
    { ...choice, seed: settings.seed, threshold: request.threshold, dislikesBelow: request.dislikesBelow },
    taskOf(request),
  );
  const warnings = [
    ...idleWarnings(request),
    ...featureWarnings(request, dataset),
    ...untimedWarnings(dataset),
    ...split.warnings,
  ];
  for (const { message } of warnings) session.note(`! ${message}`);
  const name = request.run ?? nameOf(session, request);
  const release = workspace.lock("run", name);
  try {
    const { fitted: run, measured } = await withCheckpoint(
      session,
      { run: name, resume: request.resume ?? false },
      async (checkpoint) => {
        const fitted = await fit(
          model,
          split.train,
          await optionsOf(session, { request, settings, split, checkpoint, features: dataset.features }),
        );
        checkpoint.trained();
        const created = new Date().toISOString();
        const subject = { run: name, model: describeModel(model), dataset: dataset.name, facts: split.facts };
        const measured = fitted.refit?.final ? await measureSelection(session, fitted, { subject, split }) : undefined;
        const artifact = toArtifact(fitted, split.train, {
          created,
          dataset: dataset.facts,
          split: split.facts,
          seen: importedParts(dataset),
        });
        await workspace.write("run", name, async (folder) => {
          await saveArtifact(folder, artifact);
          if (measured) await noteMeasured(folder, measured);
        });
        return { fitted, measured };
      },
    );
    const test = measured && testFigures(measured);
    return {
      ...describe(name, dataset.name, split, run),
      ...(test && { test }),
      warnings: [...warnings, ...run.warnings],
    };
  } finally {
    release();
  }
}

/** What the training learns from, whatever the model is for. */
const taskOf = ({ model, settings }: TrainingRequest): Task => settings.task ?? model.definition.task;

/** Likes and dislikes leave nothing to a model that learns ratings, and nothing is both. Throws CONFIG_VALUE. */
function checkJudgement(request: TrainingRequest): void {
  const { threshold, dislikesBelow } = request;
  const options = { threshold, "dislikes-below": dislikesBelow };
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined || taskOf(request) !== "rating") continue;
    const { name } = request.model.definition;
    fail("CONFIG_VALUE", {
      what: `--${option} keeps no ratings, and ${name} learns from ratings`,
      expected: `a model for likes with --${option}, or none of it`,
      received: `${name} with --${option} ${value}`,
      fix: `Leave --${option} out, or train a model for likes, such as neumf or bpr-mf.`,
      details: { option, model: name },
    });
  }
  if (threshold === undefined || dislikesBelow === undefined || threshold >= dislikesBelow) return;
  fail("CONFIG_VALUE", {
    what: "Values between --threshold and --dislikes-below would be likes and dislikes at once",
    expected: `--dislikes-below of at most ${threshold}`,
    received: `--threshold ${threshold} --dislikes-below ${dislikesBelow}`,
    fix: `Give --dislikes-below ${threshold} or less.`,
    details: { option: "dislikes-below" },
  });
}

/** Throws CONFIG_VALUE where nothing would be held out to measure on before the run learns from everything. */
function checkFinal({ final, split }: TrainingRequest): void {
  if (!final || split?.kind !== "none") return;
  fail("CONFIG_VALUE", {
    what: "--final measures on a part held out before it trains on everything, and --split none holds nothing out",
    fix: "Leave out --split none, or, to train on everything without measuring, leave out --final.",
  });
}

const describeModel = ({ definition: { name, task } }: Model) => ({ name, task });

/** The run as it was before it learned from the test part, measured on that. */
async function measureSelection(
  session: Session,
  { selection }: Run,
  { subject, split }: Pick<Measurement, "subject" | "split">,
): Promise<MeasuredUsers | undefined> {
  if (!selection) return undefined;
  session.note("Measuring the chosen model on the test part, which the saved one has learned from …");
  using scorer = selection.scorer(session.threads, split.test);
  const logits = scoresLogits(selection);
  const { evaluation, users } = await measure(session, scorer, {
    subject,
    split,
    request: {},
    refitted: false,
    logits,
  });
  const before = {
    code: "measured-before-final",
    message: "Measured before the run learned from validation and test; the saved one cannot be measured on them.",
  };
  return { evaluation: { ...evaluation, warnings: [...evaluation.warnings, before] }, users };
}

/** A name that is free, and under which no killed training waits; with --resume the name of one that does. */
function nameOf({ workspace }: Session, { model, resume }: TrainingRequest): string {
  const stem = model.definition.name;
  const waiting = workspace.resumable();
  const own = waiting.filter((name) => name.startsWith(`${stem}-`) && /^\d+$/.test(name.slice(stem.length + 1)));
  return (resume ? own.at(-1) : undefined) ?? freshName(stem, [...workspace.names("run"), ...waiting]);
}

const threadsOf = ({ threads }: Session): { threads?: number } => (threads === undefined ? {} : { threads });

interface Setting {
  readonly request: TrainingRequest;
  readonly settings: Partial<TrainingSettings>;
  readonly split: NamedSplit;
  readonly checkpoint: Checkpointing;
  readonly features: Dataset["features"];
}

async function optionsOf(
  session: Session,
  { request, settings, split, checkpoint, features }: Setting,
): Promise<Partial<FitOptions>> {
  const { validation, validationCandidates, test } = split;
  const candidates = validationCandidates ?? split.candidates;
  return {
    ...settings,
    ...(validation && { validation }),
    ...(candidates && { candidates }),
    // new items are ranked among new ones, for choosing as for measuring
    ...(validationCandidates && settings.protocol === undefined && { protocol: "given" as const }),
    ...(features && { features }),
    ...(settings.known === "all" && { heldOut: [test] }),
    // with nothing held out the refit learns from everything anyway
    ...(request.final && test.size > 0 && { refitWith: [test] }),
    engine: await openEngine(session),
    checkpoint: { directory: checkpoint.directory },
    resume: request.resume ?? false,
    progress: progressStyle(session, request.model),
    signal: session.signal,
  };
}

function progressStyle({ json }: Session, { definition }: Model): NonNullable<FitOptions["progress"]> {
  if (json) return "json";
  if (definition.task === "none") return "none";
  return process.stderr.isTTY ? "bar" : "lines";
}

/** A model that reads features says nothing of new items without any. */
function featureWarnings({ model }: TrainingRequest, { features, name }: OpenDataset): TrainedRun["warnings"] {
  if (
    !["ncf-features", "content-attention", "vbpr", "wide-deep", "deepfm"].includes(model.definition.name) ||
    features?.items ||
    features?.users
  )
    return [];
  const message = `The data set has no features: ${model.definition.name} learns from ids alone. Add some: penchant features ${name} --items FILE`;
  return [{ code: "no-features", message }];
}

function idleWarnings({ model, settings }: TrainingRequest): TrainedRun["warnings"] {
  const { name, task } = model.definition;
  return optionsWithoutEffect(task, settings).map((option) => ({
    code: "no-effect",
    message: `"${option}" has no effect on ${name}, which ${task === "none" ? "is not trained" : "learns from ratings alone"}.`,
  }));
}

function describe(name: string, dataset: string, split: NamedSplit, run: Run): Omit<TrainedRun, "warnings"> {
  const { settings, stages, epochs, bestEpoch, stopped, refit, seconds, peakMemoryBytes, engine, model } = run;
  const interactions = run.data.byUser.items.length;
  const names = { run: name, model: model.definition.name, dataset, split: split.facts, engine };
  const dislikes = run.data.dislikes?.items.length;
  return {
    ...names,
    ...(dislikes && { dislikes }),
    settings,
    parameters: parameterCount(run),
    ...(stages && { stages }),
    epochs,
    bestEpoch,
    stopped,
    refit: refit && { ...refit, interactions },
    seconds,
    peakMemoryBytes,
  };
}
