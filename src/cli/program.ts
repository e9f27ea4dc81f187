import { Command, Option } from "commander";
import { acting } from "./command.ts";
import { registerCompare } from "./commands/compare.ts";
import { registerData } from "./commands/data.ts";
import { registerDemo } from "./commands/demo.ts";
import { registerDeploy } from "./commands/deploy.ts";
import { registerDoctor } from "./commands/doctor.ts";
import { registerEvaluate } from "./commands/evaluate.ts";
import { registerEvents } from "./commands/events.ts";
import { registerExperiment } from "./commands/experiment.ts";
import { registerExport } from "./commands/export.ts";
import { registerFeatures } from "./commands/features.ts";
import { registerForget } from "./commands/forget.ts";
import { registerImport } from "./commands/import.ts";
import { registerItems } from "./commands/items.ts";
import { registerKeys } from "./commands/keys.ts";
import { registerMap } from "./commands/map.ts";
import { registerMcp } from "./commands/mcp.ts";
import { registerModels } from "./commands/models.ts";
import { registerPage } from "./commands/page.ts";
import { registerPipeline } from "./commands/pipeline.ts";
import { registerProfile } from "./commands/profile.ts";
import { registerRecommend } from "./commands/recommend.ts";
import { registerRemove } from "./commands/remove.ts";
import { registerReproduce } from "./commands/reproduce.ts";
import { registerRuns } from "./commands/runs.ts";
import { registerScore } from "./commands/score.ts";
import { registerServe } from "./commands/serve.ts";
import { registerSimilar } from "./commands/similar.ts";
import { registerSummary } from "./commands/summary.ts";
import { registerTradeoff } from "./commands/tradeoff.ts";
import { registerTrain } from "./commands/train.ts";
import { registerTune } from "./commands/tune.ts";
import { registerUpdate } from "./commands/update.ts";
import { registerUtility } from "./commands/utility.ts";
import { registerIndex } from "./commands/vector-index.ts";
import { integer } from "./options.ts";
import { packageVersion } from "./version.ts";

/** In the order of use, which is the order of the help. Each imports what it needs when it runs, so that help is instant. */
const commands = [
  registerDemo,
  registerImport,
  registerData,
  registerFeatures,
  registerModels,
  registerSummary,
  registerTrain,
  registerTune,
  registerUpdate,
  registerEvaluate,
  registerCompare,
  registerRecommend,
  registerScore,
  registerSimilar,
  registerMap,
  registerPage,
  registerPipeline,
  registerTradeoff,
  registerUtility,
  registerItems,
  registerIndex,
  registerDeploy,
  registerServe,
  registerMcp,
  registerExperiment,
  registerDoctor,
  registerKeys,
  registerEvents,
  registerRuns,
  registerRemove,
  registerForget,
  registerExport,
  registerProfile,
  registerReproduce,
];

/** The command line. Its names and the documents it prints under --json are a contract (docs/cli.md). */
export function createProgram(signal: AbortSignal): Command {
  const program = new Command("penchant")
    .description(
      "A deep recommender system: interactions in, a trained, honestly evaluated, explained recommender out.",
    )
    .version(packageVersion())
    .option("--json", "print one JSON document on stdout, everything else on stderr")
    .addOption(new Option("--seed <n>", "seed of everything random (default: 1)").argParser(integer(0, 2 ** 32 - 1)))
    .addOption(new Option("--threads <n>", "worker threads (default: all cores)").argParser(integer(1, 1024)))
    .addOption(
      new Option("--engine <name>", "what computes").choices(["auto", "native", "wasm", "reference"]).default("auto"),
    )
    .option("--workspace <dir>", "folder of data sets and runs (default: $PENCHANT_WORKSPACE or .penchant)")
    .option("--store <url>", "event log in Redis or Valkey (default: $PENCHANT_STORE, or that of the workspace)")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeErr: () => {} }) // wrong usage is printed once, by the caller, with its code
    .exitOverride()
    .showSuggestionAfterError();
  for (const register of commands) register(program, acting(signal));
  for (const command of program.commands) command.copyInheritedSettings(program);
  return program;
}
