import type { Command } from "commander";
import type { Act } from "../command.ts";
import { integer, list, number } from "../options.ts";
import type { Answer, Session } from "../session.ts";

interface TradeoffArguments {
  readonly knob: string;
  readonly values?: readonly string[];
  readonly k?: number;
  readonly calibration?: string;
  readonly utility?: string;
  readonly output?: string;
}

/** penchant tradeoff FILE.json --knob rerank.mmr.lambda [--values 0,0.5,1] [--output chart.svg] */
export function registerTradeoff(program: Command, act: Act): void {
  const command = program
    .command("tradeoff <pipeline>")
    .description("turn one number of a pipeline: what accuracy it costs, and what it brings")
    .requiredOption("--knob <path>", "the number, as in rerank.mmr.lambda")
    .option("--values <numbers>", "comma-separated (default: 0, 0.1 … 1)", list)
    .option("-k <n>", "length of the pages (default: that of the pipeline, or 10)", integer(1, 1000))
    .option("--calibration <field>", "also how far pages are from the kinds that people like, by this field")
    .option("--utility <field>", "also the mean of this field of the items of a page")
    .option("--output <file>", "also a picture (.svg)");
  act(command, tradeoff);
}

async function tradeoff(session: Session, file: string, options: TradeoffArguments): Promise<Answer> {
  const { measureTradeoff } = await import("../tradeoff.ts");
  const { drawTradeoff, formatTradeoff } = await import("../views/tradeoff.ts");
  const values = options.values?.map(number);
  const measured = await measureTradeoff(session, file, { ...options, values });
  if (options.output !== undefined) {
    const { writeWhole } = await import("../output.ts");
    await writeWhole(options.output, drawTradeoff(measured));
  }
  return { data: measured, text: () => formatTradeoff(measured) };
}
