import { type Command, Option } from "commander";
import type { Act } from "../command.ts";
import { dataOption, setOption, splitOption, thresholdOption } from "../common-options.ts";
import { integer, seconds } from "../options.ts";
import type { Answer, Session } from "../session.ts";
import { refuseSeveral, type SplitChoice } from "../split-choice.ts";

interface TuneArguments {
  readonly data?: string;
  readonly trials: number;
  readonly budget?: number;
  readonly set?: readonly string[];
  readonly split?: SplitChoice;
  readonly threshold?: number;
  readonly name?: string;
}

/** penchant tune MODEL [--data N] [--trials 30] [--budget 10m] */
export function registerTune(program: Command, act: Act): void {
  const command = program
    .command("tune <model>")
    .description("look for better options of a model on the validation part; the same command goes on where it was")
    .addOption(dataOption())
    .addOption(
      new Option("--trials <n>", "trials in all, the usual options first").argParser(integer(1, 10_000)).default(30),
    )
    .option("--budget <time>", "begin no trial after this time: 90s, 10m, 2h (default: no limit)", seconds)
    .addOption(setOption("an option that every trial has; what is set is not searched; repeatable"))
    .addOption(splitOption("what is held out (default: as train has it); of folds and windows one: k-fold:1/5"))
    .addOption(thresholdOption())
    .option("--name <name>", "name of the tuning (default: MODEL-DATA)");
  act(command, tune);
}

async function tune(session: Session, model: string, options: TuneArguments): Promise<Answer> {
  const { modelOf } = await import("../model-file.ts");
  const { trainingRules } = await import("../../train/index.ts");
  const { parseSettings } = await import("../settings.ts");
  const { tuneModel } = await import("../tuning.ts");
  const { formatTuning } = await import("../views/tuning.ts");
  const factory = await modelOf(model);
  const { config, training } = parseSettings(options.set ?? [], {
    model: factory.definition.name,
    modelOptions: factory.definition.options,
    trainingOptions: Object.keys(trainingRules),
  });
  factory(config); // a wrong value is said before anything is read
  refuseSeveral(options.split, "Tuning");
  const { data, split, threshold, name, trials, budget } = options;
  const tuning = await tuneModel(session, {
    ...{ factory, model, config, training, data, split, threshold, name, trials },
    seconds: budget,
  });
  return { data: tuning, text: () => formatTuning(tuning) };
}
