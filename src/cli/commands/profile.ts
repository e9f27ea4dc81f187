import { type Command, Option } from "commander";
import type { ProfileOrder } from "../../train/index.ts";
import type { Act } from "../command.ts";
import { setOption } from "../common-options.ts";
import { integer } from "../options.ts";
import type { Answer, Session } from "../session.ts";

interface ProfileArguments {
  readonly data?: string;
  readonly set?: readonly string[];
  readonly steps: number;
  readonly order: ProfileOrder;
}

const orders: readonly ProfileOrder[] = ["time", "plan"];

/** penchant profile MODEL [--data N] [--set key=value …] [--steps N] [--order time|plan] */
export function registerProfile(program: Command, act: Act): void {
  const command = program
    .command("profile <model>")
    .description("where the time of training steps goes, instruction by instruction")
    .option("--data <name>", "data set (default: the newest, or the invented film club where there is none)")
    .addOption(setOption("an option of the model or of training; repeatable"))
    .addOption(new Option("--steps <n>", "training steps to look at").argParser(integer(1, 1e6)).default(500))
    .addOption(new Option("--order <by>", "most time first, or as they run").choices(orders).default("time"));
  act(command, profile);
}

async function profile(session: Session, modelName: string, options: ProfileArguments): Promise<Answer> {
  const { modelOf } = await import("../model-file.ts");
  const { trainingRules } = await import("../../train/index.ts");
  const { parseSettings } = await import("../settings.ts");
  const { profileModel } = await import("../profiling.ts");
  const { formatProfile } = await import("../views/profile.ts");

  const factory = await modelOf(modelName);
  const { config, training } = parseSettings(options.set ?? [], {
    model: factory.definition.name,
    modelOptions: factory.definition.options,
    trainingOptions: Object.keys(trainingRules),
  });
  const { data, steps, order } = options;
  const profiled = await profileModel(session, { model: factory(config), settings: training, data, steps, order });
  return { data: profiled, text: () => formatProfile(profiled) };
}
