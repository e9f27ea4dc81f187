import type { Command } from "commander";
import { fail } from "../../core/errors.ts";
import type { TrainingSettings } from "../../train/index.ts";
import type { Act } from "../command.ts";
import { dataOption, setOption, splitOption, thresholdOption } from "../common-options.ts";
import { list, number, seconds } from "../options.ts";
import type { Answer, Session } from "../session.ts";
import { isSeveral, refuseSeveral, type SplitChoice, splitText } from "../split-choice.ts";
import type { TrainingRequest } from "../training.ts";

interface TrainArguments {
  readonly data?: string;
  readonly run?: string;
  readonly epochs?: number;
  readonly set?: readonly string[];
  readonly split?: SplitChoice;
  readonly threshold?: number;
  readonly dislikesBelow?: number;
  readonly relevant?: string;
  readonly context?: string;
  readonly resume?: boolean;
  readonly final?: boolean;
  readonly fromLog?: boolean;
  readonly budget?: number;
  readonly of?: readonly string[];
  readonly fuse?: string;
  readonly weights?: readonly string[];
}

/** penchant train [MODEL|auto|ensemble --of RUN,RUN] [--data N] [--run NAME] [--epochs E] [--set key=value …] [--split …] [--resume] */
export function registerTrain(program: Command, act: Act): void {
  const command = program
    .command("train [model]")
    .description(
      "train a model, by name or by the file of one's own (./my-model.js), and save it as a run (default: auto, a few compared)",
    )
    .addOption(dataOption())
    .option("--run <name>", "name of the run; one of that name is replaced (default: MODEL-1, MODEL-2 …)")
    .option("--epochs <n>", "passes over the training data, exactly (default: chosen on a held-out part)", number)
    .addOption(setOption("an option of the model or of training; repeatable (penchant models lists them)"))
    .addOption(
      splitOption(
        "what is held out (default: given, or leave-last-out): leave-last-out, ratio, time, given; cold-item, cold-user, cold-both: items or users that training never sees (cold-item:date: those that appeared last); k-fold:5, time:5: each fold, or window of time, in turn (k-fold:2/5: the second); none: train on everything",
      ),
    )
    .addOption(thresholdOption())
    .option(
      "--dislikes-below <value>",
      "interactions below this value are dislikes, labelled negatives (default: 0)",
      number,
    )
    .option("--relevant <rule>", 'the same as --set relevant=RULE: values that count in validation, such as ">=4"')
    .option(
      "--context <names>",
      "the same as --set context=NAMES: what models see of events, of columns and hour, weekday, month, since-last, age; none (default: the columns)",
    )
    .option("--final", "choose and measure as usual, then train once more on everything, the test part included")
    .option("--from-log", "learn also from the events that penchant serve has kept, as the data set NAME-log")
    .option("--budget <time>", "of auto: time for all of it, such as 90s, 10m (default: 5m)", seconds)
    .option("--of <runs>", "of ensemble: the runs that answer together, separated by commas", list)
    .option(
      "--fuse <way>",
      "of ensemble: standardized (default; scores of each run made alike, then weighted), logits (weighted as they are) or rrf (by places alone)",
    )
    .option("--weights <numbers>", "of ensemble: one for each run (default: chosen on the validation part)", list)
    .option("--resume", "continue a training of this name that was interrupted");
  act(command, train);
}

async function train(session: Session, modelName = "auto", options: TrainArguments): Promise<Answer> {
  if (modelName === "ensemble") return ensemble(session, options);
  for (const name of ["of", "fuse", "weights"] as const) if (options[name] !== undefined) wrongWithoutEnsemble(name);
  if (modelName === "auto") return auto(session, options);
  if (options.budget !== undefined) wrongWithoutAuto(modelName);
  const { modelOf } = await import("../model-file.ts");
  const { trainingRules } = await import("../../train/index.ts");
  const { parseSettings } = await import("../settings.ts");
  const { trainRun } = await import("../training.ts");
  const { formatTraining } = await import("../views/training.ts");
  const { shellWord } = await import("../../dataset/index.ts");

  const factory = await modelOf(modelName);
  const settings = parseSettings(options.set ?? [], {
    model: factory.definition.name,
    modelOptions: factory.definition.options,
    trainingOptions: Object.keys(trainingRules),
  });
  const grown = options.fromLog ? await (await import("../from-log.ts")).growFromLog(session, options.data) : undefined;
  const request = {
    model: factory(settings.config),
    settings: { ...settings.training, ...shorthands(options) },
    data: grown?.dataset ?? options.data,
    run: options.run,
    split: options.split,
    threshold: options.threshold,
    dislikesBelow: options.dislikesBelow,
    resume: options.resume ?? false,
    final: options.final ?? false,
  };
  if (options.split && isSeveral(options.split)) return everyPart(session, request, options.split);
  const trained = await trainRun(session, request);
  return {
    data: trained,
    text: () =>
      formatTraining(trained, { model: shellWord(modelName), options: askedFor(session, options).map(shellWord) }),
  };
}

/** A run for each fold or window. */
async function everyPart(session: Session, request: TrainingRequest, split: SplitChoice): Promise<Answer> {
  const { trainParts } = await import("../folds.ts");
  const { formatParts } = await import("../views/folds.ts");
  const trained = await trainParts(session, request, split);
  return { data: trained, text: () => formatParts(trained) };
}

/** A run made of runs. */
async function ensemble(session: Session, { of, fuse, weights, run, ...others }: TrainArguments): Promise<Answer> {
  const [other] = Object.keys(others);
  if (of === undefined || other !== undefined) wrongWithEnsemble(other);
  const { trainEnsemble } = await import("../ensembling.ts");
  const { formatEnsemble } = await import("../views/ensemble.ts");
  const trained = await trainEnsemble(session, { of, fuse, weights: weights?.map(Number), run });
  return { data: trained, text: () => formatEnsemble(trained) };
}

function wrongWithEnsemble(option: string | undefined): never {
  const named = option?.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  fail("USAGE_ARGUMENTS", {
    what: named
      ? `--${named} belongs to a training, and an ensemble is made of runs that are trained`
      : "An ensemble is made of runs, and none is named",
    expected: "--of RUN,RUN, and besides --fuse, --weights and --run",
    fix: "Write for example penchant train ensemble --of ease-1,neumf-1.",
  });
}

function wrongWithoutEnsemble(option: string): never {
  fail("USAGE_ARGUMENTS", {
    what: `--${option} belongs to ensemble`,
    fix: "Write penchant train ensemble --of RUN,RUN.",
  });
}

const USUAL_BUDGET = 300;

/** A few models of different families, chosen on the validation part. */
async function auto(session: Session, options: TrainArguments): Promise<Answer> {
  const { data, run, split, threshold, relevant, final, budget = USUAL_BUDGET } = options;
  for (const name of ["set", "epochs", "resume"] as const) if (options[name] !== undefined) wrongWithAuto(name);
  refuseSeveral(split, "auto");
  const { trainAuto } = await import("../auto.ts");
  const { formatAuto } = await import("../views/auto.ts");
  const grown = options.fromLog ? await (await import("../from-log.ts")).growFromLog(session, data) : undefined;
  const trained = await trainAuto(session, {
    ...{ data: grown?.dataset ?? data, run, split, threshold, final, seconds: budget },
    settings: relevant === undefined ? {} : { relevant },
  });
  return { data: trained, text: () => formatAuto(trained) };
}

function wrongWithAuto(option: string): never {
  fail("USAGE_ARGUMENTS", {
    what: `--${option} belongs to one model, and auto tries several`,
    fix: `Name a model: penchant train neumf --${option} …`,
  });
}

function wrongWithoutAuto(model: string): never {
  fail("USAGE_ARGUMENTS", {
    what: `--budget belongs to auto, and ${model} trains as long as it gets better`,
    fix: "Leave it out (--epochs N bounds a training), or train auto.",
  });
}

/** The options of a training as they were given, word by word, but for its length and its name. */
function askedFor(
  { seed }: Session,
  { set = [], split, threshold, dislikesBelow, relevant, context, final }: TrainArguments,
): string[] {
  return [
    ...set.filter((each) => !/^(epochs|patience)=/.test(each)).flatMap((each) => ["--set", each]),
    ...(split ? ["--split", splitText({ ...split })] : []),
    ...(threshold !== undefined ? ["--threshold", `${threshold}`] : []),
    ...(dislikesBelow !== undefined ? ["--dislikes-below", `${dislikesBelow}`] : []),
    ...(relevant ? ["--relevant", relevant] : []),
    ...(context ? ["--context", context] : []),
    ...(final ? ["--final"] : []),
    ...(seed !== 1 ? ["--seed", `${seed}`] : []),
  ];
}

/** Settings that have an option of their own. */
function shorthands({ epochs, relevant, context }: TrainArguments): Partial<TrainingSettings> {
  return {
    ...(epochs !== undefined && { epochs }),
    ...(relevant !== undefined && { relevant }),
    ...(context !== undefined && { context }),
  };
}
