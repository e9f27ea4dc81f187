import { type Json, type RunMetadata, type Saved, updateMetadata } from "../artifact/index.ts";
import { fail } from "../core/errors.ts";
import { checkLeakage, mergeParts, type Split } from "../dataset/index.ts";
import {
  type Evaluation,
  type EvaluationBeside,
  type EvaluationWarning,
  evaluateBeside,
  listLength,
  type ProtocolName,
  ratingSums,
  type ScoreSource,
  summarizeRating,
} from "../evaluate/index.ts";
import { scorerOf, strangersOf } from "../retrieve/index.ts";
import { openSameDataset } from "./datasets.ts";
import { openEngine } from "./engine.ts";
import { loadAny, type SavedRun } from "./runs.ts";
import type { Session } from "./session.ts";
import { measureSlices, type Sliced } from "./slicing.ts";
import { makeSplit, savedFacts } from "./splits.ts";
import { type TimeBeside, timeBeside } from "./time-beside.ts";
import { type KeptValues, type UserValues, ValueCollector, writeUserValues } from "./user-values.ts";

export interface EvaluationRequest {
  /** Default: full and sampled-99, and given where the split has candidates. */
  readonly protocols?: readonly ProtocolName[] | undefined;
  /** Default 10, or the size of a smaller catalogue. */
  readonly k?: number | undefined;
  /** Which values make a held-out item relevant, such as `>=4`. Default: every one. */
  readonly relevant?: string | undefined;
  /** Kinds of slices to measure as well: `activity`, `popularity`, `cold`, `feature:NAME`. */
  readonly slices?: readonly string[] | undefined;
}

/** What `penchant evaluate --json` prints. */
export interface RunEvaluation extends EvaluationBeside {
  readonly run: string;
  readonly model: string;
  readonly dataset: string;
  readonly split: RunMetadata["split"];
  readonly k: number;
  readonly seed: number;
  /** Where slices were asked for: by full ranking. */
  readonly sliced?: Sliced;
  /** Of leave-last-out, where there are times: what the split by time would say, or says. */
  readonly time?: TimeBeside;
  /** Of a measurement that is kept with its run: the file with every user's values. */
  readonly perUser?: KeptValues;
}

/** A measurement, and what it is the mean of. */
export interface MeasuredUsers {
  readonly evaluation: RunEvaluation;
  readonly users: UserValues;
}

/** Measures a run on the test part of its own split; a complete measurement is noted with the run. */
export async function evaluateRun(session: Session, run: SavedRun, request: EvaluationRequest): Promise<RunEvaluation> {
  const { metadata } = run;
  if (metadata.training["final"] === true) return measuredBefore(session, run, request);
  if (metadata.split.kind === "none") nothingHeldOut(run);
  const dataset = await openSameDataset(session, metadata);
  const split = makeSplit(dataset, savedFacts(metadata), metadata.model.task);
  const refitted = metadata.training["refit"] === true;
  const { train, test, validation } = split;
  const learned = refitted && validation ? mergeParts(train, validation) : train;
  const heldOut = { held: test.byUser, before: learned.byUser, context: dataset.features?.context };
  const saved = await loadAny(run);
  using scorer = await scorerOf(saved, await openEngine(session), session.threads, heldOut);
  const subject = { run: run.name, model: metadata.model, dataset: dataset.name, facts: metadata.split };
  const measured = await measure(session, scorer, {
    ...{ subject, split, request, refitted },
    logits: metadata.training["logits"] === true,
    warnings: strangersAmong(saved, test),
  });
  session.signal.throwIfAborted();
  if (request.protocols === undefined && request.relevant === undefined) await note(session, run, measured);
  const time = await timeBeside(session, { run, dataset, split, evaluation: measured.evaluation });
  const evaluation = { ...measured.evaluation, ...(time && { time }) };
  if (!request.slices) return evaluation;
  const { k } = evaluation;
  const sliced = await measureSlices(scorer, request.slices, {
    ...{ train: learned, test, validation, features: dataset.features, k, relevant: request.relevant },
    ...{ seed: session.seed, signal: session.signal },
  });
  return { ...evaluation, sliced };
}

export interface Measurement {
  readonly subject: {
    readonly run: string;
    readonly model: Pick<RunMetadata["model"], "name" | "task">;
    readonly dataset: string;
    readonly facts: RunMetadata["split"];
  };
  readonly split: Split;
  readonly request: EvaluationRequest;
  /** Whether it has learned from the validation part as well: then so do the baselines. */
  readonly refitted: boolean;
  /** Whether the scores are logits of a probability: then the log loss is measured too. */
  readonly logits: boolean;
  /** What is to be said besides. */
  readonly warnings?: readonly EvaluationWarning[];
}

/** Measures a scorer on the test part of a split. */
export async function measure(
  session: Session,
  scorer: ScoreSource,
  { subject, split, request, refitted, logits, warnings = [] }: Measurement,
): Promise<MeasuredUsers> {
  const { test, validation, candidates } = split;
  const train = refitted && validation ? mergeParts(split.train, validation) : split.train;
  const k = listLength(request.k, train.items.size);
  const collector = new ValueCollector();
  const beside = await evaluateBeside(scorer, {
    ...{ train, test, validation, candidates, ...request, k, logits },
    seed: session.seed,
    signal: session.signal,
    onUsers: collector.add,
  });
  const rated = subject.model.task === "rating" ? await rate(scorer, { train, test, collector }, session) : undefined;
  const evaluation = {
    ...{ run: subject.run, model: subject.model.name, dataset: subject.dataset, split: subject.facts },
    ...{ k, seed: session.seed },
    protocols: [...beside.protocols, ...(rated ? [rated.run] : [])],
    ...(beside.relevance && { relevance: beside.relevance }),
    lists: beside.lists,
    baselines: rated ? withMean(beside.baselines, rated.mean) : beside.baselines,
    warnings: [...warnings, ...split.warnings, ...checkLeakage(split), ...withAdvice(beside.warnings, subject)],
  };
  return { evaluation, users: collector.values };
}

/** Tested users of whom the run has learned nothing: the values say of them what popularity does. */
function strangersAmong(saved: Saved, { byUser: { offsets } }: Split["test"]): readonly EvaluationWarning[] {
  const tested = Array.from({ length: offsets.length - 1 }, (_, user) => user).filter(
    (user) => offsets[user] !== offsets[user + 1],
  );
  const strangers = new Set(strangersOf(saved));
  const count = tested.filter((user) => strangers.has(user)).length;
  if (count === 0) return [];
  const message = `The run has learned nothing of ${count} of ${tested.length} tested users, neither events nor features: they are answered by popularity, and measured by it.`;
  return [{ code: "strangers", message }];
}

/** The ready command that spreads the lists of a model with sampled negatives over more items. */
function withAdvice(warnings: readonly EvaluationWarning[], { model, dataset }: Measurement["subject"]) {
  const isSampled = model.task === "pointwise" || model.task === "pairwise";
  const command = `penchant train ${model.name} --data ${dataset} --set negativeSampling=popularity`;
  return warnings.map((warning) =>
    warning.code === "few-items" && isSampled
      ? { ...warning, message: `${warning.message} To push the most popular ones back: ${command}` }
      : warning,
  );
}

/** What `train --final` measured before the model learned from the test part. Throws EVAL_EMPTY where that is not what is asked for. */
function measuredBefore(
  { chosenSeed }: Session,
  run: SavedRun,
  { k, protocols, relevant, slices }: EvaluationRequest,
): RunEvaluation {
  const noted = notedEvaluation(run, k);
  const isComplete = slices === undefined && relevant === undefined && protocols === undefined;
  if (noted && isComplete && (chosenSeed ?? noted.seed) === noted.seed) return noted;
  const seed = noted ? `, with the seed ${noted.seed}` : "";
  return fail("EVAL_EMPTY", {
    what: `The run "${run.name}" has learned from its test part (--final); it was measured before that, with the usual protocols and lists of 10${seed}`,
    fix: `Run penchant evaluate ${run.name} without options, or train without --final to measure in other ways.`,
  });
}

function nothingHeldOut({ name, metadata }: SavedRun): never {
  fail("EVAL_EMPTY", {
    what: `The run "${name}" was trained on everything, so that nothing is held out to measure it on`,
    fix:
      metadata.model.task === "ensemble"
        ? "Make an ensemble of runs that hold a part out."
        : `Measure the same settings on a part held out: penchant train ${metadata.model.name} --split leave-last-out.`,
  });
}

interface Rated extends Pick<Split, "train" | "test"> {
  readonly collector: ValueCollector;
}

/** RMSE and MAE of a model trained on ratings, beside those of always predicting the training mean. */
async function rate(scorer: ScoreSource, { train, test, collector }: Rated, { seed, signal }: Session) {
  const { meanValue } = train.catalog();
  const constant = { score: async (users: Int32Array) => new Float32Array(users.length).fill(meanValue) };
  const measured = async (source: Pick<ScoreSource, "score">, name: string): Promise<Evaluation> => {
    const sums = await ratingSums(source, { test, seed, signal });
    collector.add(sums, "rating", name);
    return summarizeRating(sums, { seed });
  };
  return { run: await measured(scorer, "run"), mean: await measured(constant, "mean") };
}

/** The popularity baseline predicts no ratings; where those count, the mean stands beside it. */
function withMean(baselines: EvaluationBeside["baselines"], mean: Evaluation) {
  const { popularity, random } = baselines;
  return { popularity, random, mean: { protocols: [mean], lists: popularity.lists } };
}

/** Kept with the run for `compare` and `runs`, one entry per list length. Evaluation does not fail for want of it. */
async function note(session: Session, { name, folder }: SavedRun, measured: MeasuredUsers): Promise<void> {
  try {
    const release = session.workspace.lock("run", name);
    try {
      await noteMeasured(folder, measured);
    } finally {
      release();
    }
  } catch (error) {
    session.note(`The result could not be kept with the run: ${(error as Error).message}`);
  }
}

/** Keeps a measurement in the folder of a saved run, which the caller has locked. */
export async function noteMeasured(folder: string, { evaluation, users }: MeasuredUsers): Promise<void> {
  const perUser = await writeUserValues(folder, evaluation.k, users);
  const plain = JSON.parse(JSON.stringify({ ...evaluation, perUser })) as Json;
  await updateMetadata(folder, (now) => ({ ...now, metrics: { ...now.metrics, [keyOf(evaluation.k)]: plain } }));
}

/** The usual figures of a measurement. */
export function testFigures({ evaluation: { protocols } }: MeasuredUsers): Readonly<Record<string, number>> {
  const used = protocols.find(({ protocol }) => protocol === "rating") ?? protocols[0];
  const figures = Object.entries(used?.metrics ?? {}).slice(0, 2);
  return Object.fromEntries(figures.map(([label, { value }]) => [label, value]));
}

/** Where a run notes its measurement with lists of k. */
const keyOf = (k: number): string => `k=${k}`;

/** The complete measurement noted earlier, if there is one with that list length (default: as `evaluateRun` has it). */
export function notedEvaluation({ metadata }: SavedRun, k?: number): RunEvaluation | undefined {
  return metadata.metrics[keyOf(k ?? listLength(k, metadata.dataset.items))] as unknown as RunEvaluation | undefined;
}
