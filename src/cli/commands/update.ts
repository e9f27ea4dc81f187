import { type Command, Option } from "commander";
import type { ReadOptions } from "../../ingest/index.ts";
import type { Act } from "../command.ts";
import { column, eventValues } from "../options.ts";
import type { Answer, Session } from "../session.ts";

interface UpdateArguments extends Omit<ReadOptions, "signal" | "onProgress" | "threads"> {
  readonly with: string;
  readonly model?: string;
  readonly scratch: boolean;
}

/** penchant update RUN --with FILE */
export function registerUpdate(program: Command, act: Act): void {
  const command = program
    .command("update [run]")
    .description("add new rows to a run's data set and go on training from where it was")
    .requiredOption("--with <file>", "new users, items and events, in any form that import reads")
    .option("--model <file>", "where the run's model is defined, if it is one's own")
    .addOption(
      new Option("--format <name>", "how the file is written")
        .choices(["auto", "csv", "jsonl", "parquet"])
        .default("auto"),
    )
    .option("--user <column>", "column of the user: a name, or a number from 1 (default: as in the first file)", column)
    .option("--item <column>", "column of the item", column)
    .option("--value <column>", "column of the value; none: there is none", column)
    .option("--time <column>", "column of the time; none: there is none", column)
    .option("--event <column>", "column of the kind of event; none: there is none", column)
    .option("--event-values <pairs>", "value of each kind, as in view=1,purchase=5; others are left out", eventValues)
    .option("--header", "the first line holds names (default: guessed)")
    .option("--no-header", "the first line holds data")
    .option("--delimiter <text>", "what separates columns (default: guessed)")
    .option("--no-scratch", "do not train from scratch as well, to compare");
  act(command, update);
}

async function update(session: Session, run: string | undefined, options: UpdateArguments): Promise<Answer> {
  const { with: file, model, scratch, ...reading } = options;
  const { updateRun } = await import("../updating.ts");
  const { formatUpdate } = await import("../views/update.ts");
  const updated = await updateRun(session, { run, file, model, reading, scratch });
  return { data: updated, text: () => formatUpdate(updated) };
}
