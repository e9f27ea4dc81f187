import type { Command } from "commander";
import { fail } from "../../core/errors.ts";
import type { Act } from "../command.ts";
import { lengthOption } from "../common-options.ts";
import { collect, list } from "../options.ts";
import type { Answer, Session } from "../session.ts";

interface EvaluateArguments {
  readonly protocol?: readonly string[];
  readonly k?: number;
  readonly relevant?: string;
  readonly slices?: readonly string[];
}

/** penchant evaluate RUN [--protocol full|sampled-99|given] [-k 10] [--relevant ">=4"] */
export function registerEvaluate(program: Command, act: Act): void {
  const command = program
    .command("evaluate [run]")
    .description("measure a run, or a pipeline (FILE.json), on its held-out part, beside popularity and random")
    .option("--protocol <name>", "full, sampled-N or given; repeatable (default: all that apply)", collect)
    .addOption(lengthOption("lists"))
    .option("--relevant <rule>", 'held-out values that count as hits: ">=4", ">3", "3..5" (default: all)')
    .option("--slices <kinds>", "also by parts: activity, popularity, cold, feature:NAME; separated by commas", list);
  act(command, evaluate);
}

async function evaluate(session: Session, name: string | undefined, options: EvaluateArguments): Promise<Answer> {
  const { parseRelevance } = await import("../../evaluate/index.ts");
  const { openRun } = await import("../runs.ts");
  const { evaluateRun } = await import("../evaluation.ts");
  const { protocolNamed } = await import("../protocols.ts");
  const { formatEvaluation } = await import("../views/evaluation.ts");
  const protocols = options.protocol?.map(protocolNamed);
  const { relevant } = options;
  if (relevant !== undefined) parseRelevance(relevant); // a wrong rule is said before anything is read
  if (name?.endsWith(".json")) {
    if (options.slices) {
      fail("USAGE_ARGUMENTS", {
        what: "A pipeline is not measured by slices",
        fix: "Measure the runs that it asks: penchant evaluate RUN --slices activity.",
      });
    }
    const { evaluatePipeline } = await import("../pipeline-evaluation.ts");
    const measured = await evaluatePipeline(session, name, { protocols, k: options.k, relevant });
    const { formatPipelineEvaluation } = await import("../views/pipeline.ts");
    return { data: measured, text: () => formatPipelineEvaluation(measured) };
  }
  const run = await openRun(session, name);
  const evaluation = await evaluateRun(session, run, { protocols, k: options.k, relevant, slices: options.slices });
  return { data: evaluation, text: () => formatEvaluation(evaluation) };
}
