import { type Command, Option } from "commander";
import type { Act } from "../command.ts";
import { lengthOption } from "../common-options.ts";
import { collect } from "../options.ts";
import type { Answer, Session } from "../session.ts";
import type { ComparisonFormat } from "../views/comparison-files.ts";

const formats: readonly ComparisonFormat[] = ["table", "json", "csv", "markdown", "svg"];

interface CompareArguments {
  readonly k?: number;
  readonly format?: ComparisonFormat;
  readonly output?: string;
  readonly gate?: readonly string[];
}

/** penchant compare [RUN …] [--format svg] [--output FILE] [--gate "ndcg@10 full >= -0.5%"] */
export function registerCompare(program: Command, act: Act): void {
  const command = program
    .command("compare [runs...]")
    .description("runs beside each other and the baselines: quality, time, memory, what is noise (default: all runs)")
    .addOption(lengthOption("lists"))
    .addOption(new Option("--format <name>", "how it is printed (default: table)").choices(formats))
    .option("--output <file>", "write it to a file: .csv, .md, .svg (quality against seconds), .json")
    .option(
      "--gate <condition>",
      'of two runs: fail unless the second differs from the first so: "ndcg@10 full >= -0.5%"; repeatable',
      collect,
    );
  act(command, compare);
}

async function compare(session: Session, names: readonly string[], options: CompareArguments): Promise<Answer> {
  const { compareRuns } = await import("../comparison.ts");
  const { formatNamed, renderComparison } = await import("../views/comparison-files.ts");
  const { judgeGates } = await import("../gates.ts");
  const { k, output, gate = [] } = options;
  const format = options.format ?? (output === undefined ? "table" : formatNamed(output));
  const judgements = await judgeGates(session, names, { gates: gate, k });
  const comparison = await compareRuns(session, names, k);
  const { formatTrials } = await import("../views/tuning.ts");
  const tunings = names.length === 0 ? (await import("../tuning.ts")).tuningsOf(session) : [];
  const rendered = renderComparison(comparison, format);
  if (output !== undefined) await (await import("../output.ts")).writeWhole(output, rendered);
  const trials = format === "table" && output === undefined ? tunings.map(formatTrials) : [];
  const passed = judgements.map(({ reason }) => `Passed: ${reason}.`);
  return {
    data: {
      ...comparison,
      ...(tunings.length > 0 && { tunings }),
      ...(judgements.length > 0 && { gates: judgements }),
      ...(output !== undefined && { file: output }),
    },
    text: () =>
      [
        output === undefined ? rendered.trimEnd() : `Written: ${output}`,
        ...passed,
        ...trials.map((each) => `\n${each}`),
      ].join("\n"),
  };
}
