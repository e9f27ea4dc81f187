import type { Command } from "commander";
import type { Act } from "../command.ts";
import type { Answer, Session } from "../session.ts";

/** penchant events export --output FILE.jsonl|.csv|.parquet|postgres://… */
export function registerEvents(program: Command, act: Act): void {
  const events = program.command("events").description("the event log of penchant serve");
  const command = events
    .command("export")
    .description("write all events to a file that penchant import reads, or into a table; also while the server runs")
    .requiredOption("--output <file>", ".jsonl, .csv or .parquet; or postgres://USER@HOST/NAME")
    .option("--table <name>", "of a database: where they go, each once", "penchant_events");
  act(command, exportEvents);
}

async function exportEvents(
  session: Session,
  { output, table }: { readonly output: string; readonly table: string },
): Promise<Answer> {
  const { exportLog } = await import("../event-export.ts");
  const { grouped } = await import("../format.ts");
  const written = await exportLog(session, output, table);
  const what = grouped("inserted" in written ? written.inserted : written.events);
  return { data: written, text: () => `Wrote ${what} events to ${written.file}.` };
}
