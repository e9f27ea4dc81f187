import { type Command, Option } from "commander";
import type { ReadOptions } from "../../ingest/index.ts";
import type { Act } from "../command.ts";
import { column } from "../options.ts";
import type { Answer, Session } from "../session.ts";

interface ScoreArguments extends Pick<ReadOptions, "format" | "user" | "item" | "header" | "delimiter"> {
  readonly pairs: string;
  readonly output?: string;
  readonly clip: boolean;
}

/** penchant score RUN --pairs FILE [--output FILE.jsonl|.csv|.parquet] */
export function registerScore(program: Command, act: Act): void {
  const command = program
    .command("score [run]")
    .description("the scores of given pairs of a user and an item, in their order")
    .requiredOption("--pairs <file>", "a user and an item per row, in any form that import reads")
    .option("--output <file>", "write the scores here: .jsonl, .csv or .parquet (default: into the answer)")
    .addOption(
      new Option("--format <name>", "how the file is written")
        .choices(["auto", "csv", "jsonl", "parquet"])
        .default("auto"),
    )
    .option("--user <column>", "column of the user: a name, or a number from 1 (default: guessed)", column)
    .option("--item <column>", "column of the item", column)
    .option("--header", "the first line holds names (default: guessed)")
    .option("--no-header", "the first line holds data")
    .option("--delimiter <text>", "what separates columns (default: guessed)")
    .option("--no-clip", "predicted ratings as they are, also beyond the scale of the data");
  act(command, score);
}

async function score(session: Session, run: string | undefined, options: ScoreArguments): Promise<Answer> {
  const { pairs, output, clip, ...reading } = options;
  const { scorePairs } = await import("../scoring.ts");
  const { formatScores } = await import("../views/scores.ts");
  const scored = await scorePairs(session, { run, pairs, output, clip, reading });
  return { data: scored, text: () => formatScores(scored) };
}
