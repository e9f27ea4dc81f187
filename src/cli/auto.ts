/** `penchant train auto`: a few models of different families within a budget, chosen on the validation part. */
import { PenchantError } from "../core/errors.ts";
import { shellWord } from "../dataset/index.ts";
import type { Difference } from "../evaluate/index.ts";
import { ease, gfCf, ials, itemKnn, lightGcn, multVae, popularity, rp3Beta, sasRec } from "../models/index.ts";
import type { ModelFactory } from "../nn/model.ts";
import { type FitOptions, fit, type TrainingSettings } from "../train/index.ts";
import { type Answer, measureRun, type Question } from "../tune/index.ts";
import { openDataset } from "./datasets.ts";
import { openEngine } from "./engine.ts";
import type { Session } from "./session.ts";
import type { SplitChoice } from "./split-choice.ts";
import { defaultSplit, makeSplit } from "./splits.ts";
import { type TrainedRun, trainRun } from "./training.ts";
import { differenceOf, questionOf } from "./tuning.ts";

export interface AutoRequest {
  readonly data?: string | undefined;
  readonly run?: string | undefined;
  readonly split?: SplitChoice | undefined;
  readonly threshold?: number | undefined;
  readonly final?: boolean | undefined;
  readonly settings: Partial<TrainingSettings>;
  /** Of everything, the training of the winner included. */
  readonly seconds: number;
}

/** A model that was tried. Plain JSON. */
export interface Tried {
  readonly model: string;
  /** On the validation part; absent where the budget ended before there was anything to measure. */
  readonly measured?: { readonly value: number; readonly low: number; readonly high: number };
  /** Of the winner over it, user by user. */
  readonly behind?: Difference;
  readonly epochs: number;
  readonly seconds: number;
  /** `cut`: the budget ended its training, and it may get better. */
  readonly ended: "finished" | "cut" | "failed";
  readonly reason?: string;
}

/** What `penchant train auto --json` prints. */
export interface AutoTraining extends TrainedRun {
  readonly auto: {
    readonly budget: number;
    readonly metric: string;
    readonly protocol: string;
    readonly tried: readonly Tried[];
    /** What the budget left no time for. */
    readonly untried: readonly string[];
    /** What to do with more time. */
    readonly next: readonly string[];
  };
}

/** Above so many items a dense table of items by items takes gigabytes. */
const DENSE = 15_000;
/** Of the budget: choosing takes so much at most, the rest trains the winner once more. */
const CHOOSING = 0.6;

interface Facts {
  readonly items: number;
  readonly isTimed: boolean;
}

/** Cheap families first, so that a short budget has tried something sensible when it ends. */
function families({ items, isTimed }: Facts): ModelFactory[] {
  const all = [
    popularity,
    itemKnn,
    ...(items <= DENSE ? [ease] : [rp3Beta]),
    gfCf,
    ials,
    multVae,
    ...(isTimed ? [sasRec] : []),
    lightGcn,
  ] as readonly unknown[];
  return all as ModelFactory[];
}

interface Candidate {
  readonly tried: Tried;
  readonly answer?: Answer;
  readonly factory: ModelFactory;
}

/** Tries, chooses, says by how much, and trains the winner as `train` would. */
export async function trainAuto(session: Session, request: AutoRequest): Promise<AutoTraining> {
  const started = performance.now();
  const left = (): number => request.seconds * CHOOSING - (performance.now() - started) / 1000;
  const dataset = await openDataset(session, request.data);
  const settings = { seed: session.seed, ...request.settings };
  const choice = request.split ?? defaultSplit(dataset, "pointwise");
  const split = makeSplit(dataset, { ...choice, seed: settings.seed, threshold: request.threshold }, "pointwise");
  const question = questionOf(session, split, { ...settings, task: "pointwise" });
  const isTimed = split.train.byUser.times !== undefined;
  const waiting = families({ items: split.train.items.size, isTimed });
  const resources: Partial<FitOptions> = {
    engine: await openEngine(session),
    ...(session.threads !== undefined && { threads: session.threads }),
    ...(settings.known === "all" && { heldOut: [split.test] }),
  };
  const candidates: Candidate[] = [];
  while (waiting.length > 0 && (candidates.length === 0 || left() > 0)) {
    const factory = waiting.shift() as ModelFactory;
    const seconds = candidates.length === 0 ? undefined : left() / (1 + waiting.filter(learns).length);
    const candidate = await attempt(factory, { question, settings, resources, seconds });
    session.note(inWords(candidate.tried, question.metric));
    candidates.push(candidate);
  }
  const winner = bestOf(candidates);
  const run = await trainRun(session, {
    model: winner.factory({}),
    settings: { ...request.settings, ...untilCut(winner) },
    ...{
      data: dataset.name,
      run: request.run,
      split: request.split,
      threshold: request.threshold,
      final: request.final,
    },
  });
  const tried = candidates.map((each) => withDistance(each, winner, question));
  const untried = waiting.map(({ definition }) => definition.name);
  const { metric, protocol } = question;
  const next = advice({ tried, untried, winner: winner.tried.model, dataset: dataset.name, seconds: request.seconds });
  return { ...run, auto: { budget: request.seconds, metric, protocol, tried, untried, next } };
}

const learns = ({ definition: { task } }: ModelFactory): boolean => task !== "solve" && task !== "none";

/** As long as the winner had, so that a training that the budget cut does not go on for hours. */
function untilCut({ tried, factory }: Candidate): Partial<TrainingSettings> {
  if (tried.ended !== "cut") return {};
  const { patience = 5 } = factory.definition.training;
  return { epochs: tried.epochs, patience, refit: true };
}

interface Attempt {
  readonly question: Question;
  readonly settings: Partial<TrainingSettings>;
  readonly resources: Partial<FitOptions>;
  readonly seconds: number | undefined;
}

async function attempt(factory: ModelFactory, { question, settings, resources, seconds }: Attempt): Promise<Candidate> {
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1000;
  const model = factory.definition.name;
  const limit = seconds === undefined ? undefined : AbortSignal.timeout(Math.max(1, Math.ceil(seconds * 1000)));
  const signals = [question.signal, limit].filter((signal) => signal !== undefined);
  const { train, validation, candidates, metric, protocol, relevant } = question;
  let epochs = 0;
  let mean = 0;
  try {
    const run = await fit(factory({}), train, {
      ...settings,
      ...resources,
      ...{ validation, candidates, metric, protocol, refit: false, progress: "none" },
      ...(relevant !== undefined && { relevant }),
      ...(signals.length > 0 && { signal: AbortSignal.any(signals) }),
      callbacks: {
        onEpoch: () => {
          epochs++;
          mean = elapsed() / epochs;
          // stopping now keeps what was learned; being aborted in the next epoch would not
          return seconds !== undefined && elapsed() + 1.2 * mean > seconds ? "stop" : undefined;
        },
      },
    });
    const { users, value, low, high } = await measureRun(run, question);
    const ended = run.stopped === "callback" ? "cut" : "finished";
    const tried = {
      model,
      measured: { value, low, high },
      epochs: run.epochs.length,
      seconds: elapsed(),
      ended,
    } as const;
    return { tried, answer: { users, value, low, high }, factory };
  } catch (error) {
    if (question.signal?.aborted || !(error instanceof PenchantError)) throw error;
    if (limit?.aborted) return { tried: { model, epochs, seconds: elapsed(), ended: "cut" }, factory };
    return { tried: { model, epochs, seconds: elapsed(), ended: "failed", reason: error.message }, factory };
  }
}

/** The first candidate is popularity, which is always measured. */
function bestOf(candidates: readonly Candidate[]): Candidate {
  const value = ({ answer }: Candidate): number => answer?.value ?? Number.NEGATIVE_INFINITY;
  return candidates.reduce((best, each) => (value(each) > value(best) ? each : best));
}

function withDistance({ tried, answer }: Candidate, winner: Candidate, question: Question): Tried {
  if (!answer || !winner.answer || answer === winner.answer) return tried;
  const behind = differenceOf(winner.answer, answer, question);
  return { ...tried, ...(behind && { behind }) };
}

interface Advice {
  readonly tried: readonly Tried[];
  readonly untried: readonly string[];
  readonly winner: string;
  readonly dataset: string;
  readonly seconds: number;
}

function advice({ tried, untried, winner, dataset, seconds }: Advice): string[] {
  const data = shellWord(dataset);
  const cut = tried.filter(({ ended }) => ended === "cut").map(({ model }) => model);
  const longer = Math.ceil((seconds * 4) / 60);
  const unfinished = [...cut.map((name) => `${name} (not finished)`), ...untried];
  return [
    ...(unfinished.length > 0
      ? [`A longer budget would try ${unfinished.join(", ")}: penchant train auto --data ${data} --budget ${longer}m`]
      : []),
    `Better options of the winner: penchant tune ${winner} --data ${data} --trials 30 --budget 10m`,
  ];
}

function inWords({ model, measured, ended, epochs, seconds, reason }: Tried, metric: string): string {
  const result = measured
    ? `${metric} ${measured.value.toFixed(4)}`
    : (reason ?? "nothing to measure within its share of the budget");
  const length = epochs > 0 ? `, ${epochs} epochs` : "";
  return `${model}: ${result} (${seconds.toFixed(1)} s${length}${ended === "cut" ? ", cut short" : ""})`;
}
