/** Tunings of a workspace: trials on the validation part, kept one by one, so that the same command goes on where it was. */
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fail } from "../core/errors.ts";
import { shellWord } from "../dataset/index.ts";
import { compareRatings, compareUsers, type Difference, type ProtocolName } from "../evaluate/index.ts";
import type { ModelFactory } from "../nn/model.ts";
import type { TrainingSettings } from "../train/index.ts";
import { type Answer, bestTrial, type Question, searchSpace, type Trial, tune, type Values } from "../tune/index.ts";
import { openDataset } from "./datasets.ts";
import { openEngine } from "./engine.ts";
import type { Session } from "./session.ts";
import { type SplitChoice, splitText } from "./split-choice.ts";
import { defaultSplit, makeSplit, type NamedSplit } from "./splits.ts";

export interface TuningRequest {
  readonly factory: ModelFactory;
  /** As on the command line: a name, or the file of one's own. */
  readonly model: string;
  readonly config: Values;
  readonly training: Partial<TrainingSettings>;
  readonly data?: string | undefined;
  readonly split?: SplitChoice | undefined;
  readonly threshold?: number | undefined;
  /** Default: MODEL-DATA. */
  readonly name?: string | undefined;
  readonly trials: number;
  readonly seconds?: number | undefined;
}

/** What has to be the same for a tuning to go on. */
interface Facts {
  readonly model: string;
  readonly dataset: string;
  readonly fingerprint: string;
  readonly split: NamedSplit["facts"];
  readonly metric: string;
  readonly protocol: string;
  readonly seed: number;
  /** Options that were set by hand, and the names of those that are searched. */
  readonly fixed: Values;
  readonly searched: readonly string[];
}

/** What is kept of a tuning. */
export interface SavedTuning extends Facts {
  readonly trials: readonly Trial[];
}

/** What `penchant tune --json` prints. */
export interface Tuning extends SavedTuning {
  readonly tuning: string;
  /** Trials asked for. */
  readonly asked: number;
  /** Its number. */
  readonly best: number;
  /** Against the usual options, user by user; where both were measured by this command. */
  readonly gain?: Difference;
  /** Trains the winner. */
  readonly command: string;
}

export async function tuneModel(session: Session, request: TuningRequest): Promise<Tuning> {
  const { factory, config } = request;
  const model = factory(config);
  const { definition } = model;
  const dataset = await openDataset(session, request.data);
  const training = { seed: session.seed, ...request.training };
  const choice = request.split ?? defaultSplit(dataset, definition.task);
  const split = makeSplit(dataset, { ...choice, seed: training.seed, threshold: request.threshold }, definition.task);
  const question = questionOf(session, split, { ...training, task: training.task ?? definition.task });
  const { train } = split;
  const size = { users: train.users.size, items: train.items.size, interactions: train.size };
  const fixed = new Set([...Object.keys(config), ...Object.keys(request.training)]);
  const space = searchSpace(model, size, fixed);
  if (space.length === 0) nothingToTune(factory);
  const facts: Facts = {
    ...{ model: request.model, dataset: dataset.name, fingerprint: dataset.facts.fingerprint, split: split.facts },
    ...{ metric: question.metric, protocol: question.protocol, seed: training.seed },
    fixed: { ...config, ...request.training },
    searched: space.map(({ name }) => name),
  };
  const name = request.name ?? `${definition.name}-${dataset.name}`;
  const release = session.workspace.lock("tuning", name);
  try {
    const done = trialsBefore(session, name, facts);
    if (done.length > 0) session.note(`Going on with "${name}": ${done.length} trials are done.`);
    const { trials, answers } = await tune({
      ...{ factory, space, question, config, training, done, trials: request.trials, seed: training.seed },
      budget: request.seconds,
      resources: {
        engine: await openEngine(session),
        ...(session.threads !== undefined && { threads: session.threads }),
        ...(dataset.features && { features: dataset.features }),
        ...(training.known === "all" && { heldOut: [split.test] }),
      },
      async onTrial(trial) {
        done.push(trial);
        await save(session, name, { ...facts, trials: done });
        session.note(inWords(trial, question.metric));
      },
    });
    const best = bestTrial(trials, question.metric) as Trial; // the first trial is measured, or throws
    const gain = gainOf(answers.get(best.number), answers.get(0), question);
    return {
      ...{ tuning: name, asked: request.trials, ...facts, trials, best: best.number },
      ...(gain && best.number > 0 && { gain }),
      command: commandOf(session, request, { dataset: dataset.name, values: best.values }),
    };
  } finally {
    release();
  }
}

type QuestionSettings = Pick<Question, never> &
  Partial<Pick<TrainingSettings, "metric" | "protocol" | "relevant">> & {
    readonly seed: number;
    readonly task: string;
  };

/** How trials are told apart: by the metric that training would choose the epoch by. */
export function questionOf(
  session: Session,
  { train, validation, candidates, validationCandidates }: NamedSplit,
  { metric, protocol, relevant, seed, task }: QuestionSettings,
): Question {
  if (!validation || validation.size === 0) {
    return fail("DATA_SPLIT", {
      what: "Tuning looks at a validation part alone, and this split has none",
      fix: "Use a split that holds one out, such as --split leave-last-out.",
    });
  }
  return {
    ...{ train, validation, candidates: validationCandidates ?? candidates, relevant, seed },
    metric: metric ?? (task === "rating" ? "rmse" : "ndcg@10"),
    protocol: (protocol ?? (validationCandidates ? "given" : "full")) as ProtocolName,
    threads: session.threads ?? 0,
    signal: session.signal,
  };
}

function nothingToTune({ definition }: ModelFactory): never {
  fail("CONFIG_VALUE", {
    what: `${definition.name} has nothing to tune: no option that was not set declares where to look`,
    fix: `Train it: penchant train ${definition.name}. A model of one's own declares ranges with searched(rule, { between: [low, high] }).`,
  });
}

/** Throws CONFIG_VALUE where the tuning of that name asked for something else. */
function trialsBefore(session: Session, name: string, facts: Facts): Trial[] {
  if (!session.workspace.has("tuning", name)) return [];
  const { trials, ...before } = readTuning(session, name);
  const same = (value: object): string => JSON.stringify(value);
  if (same(before) === same(facts)) return [...trials];
  const differing = Object.keys(facts).filter(
    (key) => same([before[key as keyof Facts]]) !== same([facts[key as keyof Facts]]),
  );
  return fail("CONFIG_VALUE", {
    what: `The tuning "${name}" was begun with another ${differing.join(", ")}`,
    fix: `Choose another name (--name), or begin anew: penchant remove tuning ${name}.`,
    details: { tuning: name, differing },
  });
}

const FILE = "tuning.json";

export function readTuning(session: Session, name: string): SavedTuning {
  const path = join(session.workspace.path("tuning", name), FILE);
  try {
    return JSON.parse(readFileSync(path, "utf8")) as SavedTuning;
  } catch (cause) {
    return fail("ARTIFACT_CORRUPT", {
      what: `The tuning "${name}" cannot be read`,
      received: (cause as Error).message,
      fix: `Begin it anew: penchant remove tuning ${name}.`,
      cause,
    });
  }
}

/** All tunings of the workspace, by name; what is damaged is left out. */
export function tuningsOf(session: Session): (SavedTuning & { readonly tuning: string })[] {
  return session.workspace.names("tuning").flatMap((tuning) => {
    try {
      return [{ tuning, ...readTuning(session, tuning) }];
    } catch (error) {
      session.note(`! ${(error as Error).message}`);
      return [];
    }
  });
}

const save = ({ workspace }: Session, name: string, saved: SavedTuning): Promise<void> =>
  workspace.write("tuning", name, (folder) => writeFile(join(folder, FILE), `${JSON.stringify(saved)}\n`));

/** The winner against the usual options on the validation part. */
function gainOf(
  best: Answer | undefined,
  usual: Answer | undefined,
  { metric, seed }: Question,
): Difference | undefined {
  if (!best || !usual) return undefined;
  return differenceOf(best, usual, { metric, seed });
}

export function differenceOf(
  a: Answer,
  b: Answer,
  { metric, seed }: Pick<Question, "metric" | "seed">,
): Difference | undefined {
  if (metric === "rmse" || metric === "mae") return compareRatings(a.users, b.users, { seed })[metric];
  return compareUsers(a.users, b.users, { seed })[metric];
}

/** The options of a training, as a command. */
function commandOf(
  session: Session,
  { model, config, training, split, threshold }: TuningRequest,
  { dataset, values }: { readonly dataset: string; readonly values: Values },
): string {
  const set = Object.entries({ ...config, ...training, ...values }).map(([name, value]) => `${name}=${String(value)}`);
  const words = [
    ...["penchant", "train", model, "--data", dataset],
    ...(set.length > 0 ? ["--set", ...set] : []),
    ...(split ? ["--split", splitText({ ...split })] : []),
    ...(threshold !== undefined ? ["--threshold", String(threshold)] : []),
    ...(session.chosenSeed !== undefined ? ["--seed", String(session.seed)] : []),
  ];
  return words.map(shellWord).join(" ");
}

function inWords({ number, values, measured, ended, reason, seconds }: Trial, metric: string): string {
  const options = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  const result = measured ? `${metric} ${measured.value.toFixed(4)}` : (reason ?? "stopped early: behind the others");
  return `trial ${number}: ${result} (${seconds.toFixed(1)} s, ${ended})  ${options.join(" ") || "the usual options"}`;
}
