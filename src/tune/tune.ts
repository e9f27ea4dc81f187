import { PenchantError } from "../core/errors.ts";
import type { Model, ModelFactory } from "../nn/model.ts";
import { type FitOptions, fit, type Run, type TrainingSettings } from "../train/index.ts";
import { type Curve, isBehind } from "./halving.ts";
import { type Answer, lowerIsBetter, measureRun, type Question } from "./measure.ts";
import { type Dimension, drawTrial, type Values } from "./space.ts";

/** What became of a trial. Plain JSON. */
export interface Trial {
  /** Counted from 0, which is what is usual. */
  readonly number: number;
  /** What was drawn, by option. */
  readonly values: Values;
  /** On the validation part, with its interval; absent where the trial was stopped early or failed. */
  readonly measured?: { readonly value: number; readonly low: number; readonly high: number };
  /** Validation while training, after each epoch; empty where there are none. */
  readonly curve: readonly (number | null)[];
  readonly bestEpoch: number;
  readonly seconds: number;
  /** `behind`: stopped early, because others were better after as many epochs. `failed`: diverged, or cannot be trained so. */
  readonly ended: "finished" | "behind" | "failed";
  /** Of what failed. */
  readonly reason?: string;
}

export interface TuneTask {
  readonly factory: ModelFactory;
  readonly space: readonly Dimension[];
  readonly question: Question;
  /** Options that every trial has. */
  readonly config: Values;
  readonly training: Partial<TrainingSettings>;
  /** What `fit` needs besides: engine, features. */
  readonly resources: Partial<FitOptions>;
  readonly trials: number;
  readonly seed: number;
  /** Trials that are done already. */
  readonly done: readonly Trial[];
  /** Seconds after which no trial is begun, and the one that runs is given up unless it is the first. Default: none. */
  readonly budget?: number | undefined;
  /** After each trial. */
  onTrial(trial: Trial): Promise<void>;
}

/** All trials, those before included, and the values by user of those measured now. */
export interface Tuned {
  readonly trials: readonly Trial[];
  readonly answers: ReadonlyMap<number, Answer>;
}

/**
 * Random search: the first trial is what is usual, the others are drawn within the search space, and those that lag behind are
 * stopped early. Looks at training and validation alone. A trial depends on seed, number and the trials before it, on no clock;
 * the budget decides only how many there are. Throws what the first trial throws, and when `question.signal` is aborted.
 */
export async function tune(task: TuneTask): Promise<Tuned> {
  const trials = [...task.done];
  const answers = new Map<number, Answer>();
  const started = performance.now();
  const left = (): number => (task.budget ?? Number.POSITIVE_INFINITY) - (performance.now() - started) / 1000;
  for (let number = trials.length; number < task.trials && left() > 0; number++) {
    const outcome = await runTrial(task, number, trials, number === 0 ? undefined : left());
    if (!outcome) break;
    trials.push(outcome.trial);
    if (outcome.answer) answers.set(number, outcome.answer);
    await task.onTrial(outcome.trial);
  }
  return { trials, answers };
}

/** The best trial that was measured; of equal ones the earliest. */
export function bestTrial(trials: readonly Trial[], metric: string): Trial | undefined {
  const sign = lowerIsBetter(metric) ? -1 : 1;
  const value = ({ measured }: Trial): number => (measured ? sign * measured.value : Number.NEGATIVE_INFINITY);
  const [best] = [...trials].sort((a, b) => value(b) - value(a));
  return best?.measured && best;
}

/** Undefined where the budget ended before it did. */
async function runTrial(
  task: TuneTask,
  number: number,
  before: readonly Trial[],
  seconds: number | undefined,
): Promise<{ readonly trial: Trial; readonly answer?: Answer } | undefined> {
  const values = drawTrial(task.space, task.seed, number);
  const started = performance.now();
  const curve: number[] = [];
  const elapsed = (): number => (performance.now() - started) / 1000;
  const facts = () => ({
    number,
    values,
    curve: curve.map((each) => (Number.isNaN(each) ? null : each)),
    seconds: elapsed(),
  });
  const limit =
    seconds === undefined || seconds === Number.POSITIVE_INFINITY ? undefined : AbortSignal.timeout(seconds * 1000);
  try {
    const run = await train(task, { values, curve, before: curvesOf(before), limit });
    if (run.stopped === "callback") return { trial: { ...facts(), bestEpoch: run.bestEpoch, ended: "behind" } };
    const answer = await measureRun(run, task.question);
    const { value, low, high } = answer;
    const trial: Trial = { ...facts(), measured: { value, low, high }, bestEpoch: run.bestEpoch, ended: "finished" };
    return { trial, answer };
  } catch (error) {
    if (task.question.signal?.aborted || number === 0 || !(error instanceof PenchantError)) throw error;
    if (limit?.aborted) return undefined;
    return { trial: { ...facts(), bestEpoch: 0, ended: "failed", reason: `${error.code}: ${error.message}` } };
  }
}

interface Attempt {
  readonly values: Values;
  /** Filled while it trains. */
  readonly curve: number[];
  readonly before: readonly Curve[];
  readonly limit: AbortSignal | undefined;
}

function train(
  { factory, space, question, ...task }: TuneTask,
  { values, curve, before, limit }: Attempt,
): Promise<Run> {
  const sign = lowerIsBetter(question.metric) ? -1 : 1;
  const signals = [question.signal, limit].filter((signal) => signal !== undefined);
  const ascending = (raw: readonly number[]): number[] => raw.map((value) => sign * value);
  const others = before.map(ascending);
  const { validation, candidates, metric, protocol, relevant } = question;
  return fit(modelOf(factory, { ...task.config, ...ofKind("model", space, values) }), question.train, {
    ...task.training,
    ...ofKind("training", space, values),
    ...task.resources,
    ...{ validation, candidates, metric, protocol, refit: false, progress: "none" },
    ...(relevant !== undefined && { relevant }),
    ...(signals.length > 0 && { signal: AbortSignal.any(signals) }),
    callbacks: {
      onEpoch: ({ record }) => {
        curve.push(record.validation?.value ?? Number.NaN);
        return isBehind(ascending(curve), others) ? "stop" : undefined;
      },
    },
  });
}

const modelOf = (factory: ModelFactory, config: Values): Model => factory(config);

function ofKind(kind: Dimension["of"], space: readonly Dimension[], values: Values): Values {
  const names = new Set(space.filter(({ of }) => of === kind).map(({ name }) => name));
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name)));
}

const curvesOf = (trials: readonly Trial[]): Curve[] =>
  trials.map(({ curve }) => curve.map((each) => each ?? Number.NaN));
