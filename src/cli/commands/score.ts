import type { Command } from "commander";
import type { ReadOptions } from "../../ingest/index.ts";
import type { Act } from "../command.ts";
import { type EventArguments, noClipOption, withEvent, withFormat, withPairColumns } from "../common-options.ts";
import type { Answer, Session } from "../session.ts";

interface ScoreArguments
  extends Pick<ReadOptions, "format" | "user" | "item" | "header" | "delimiter">,
    EventArguments {
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
    .addOption(noClipOption());
  act(withPairColumns(withFormat(withEvent(command), ["auto", "csv", "jsonl", "parquet"])), score);
}

async function score(session: Session, run: string | undefined, options: ScoreArguments): Promise<Answer> {
  const { pairs, output, clip, context, at, ...reading } = options;
  const { scorePairs } = await import("../scoring.ts");
  const { formatScores } = await import("../views/scores.ts");
  const scored = await scorePairs(session, { run, pairs, output, clip, reading, context, at });
  return { data: scored, text: () => formatScores(scored) };
}
