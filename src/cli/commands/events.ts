import type { Command } from "commander";
import type { Act } from "../command.ts";
import type { Answer, Session } from "../session.ts";

/** penchant events export --output FILE.jsonl|.csv|.parquet */
export function registerEvents(program: Command, act: Act): void {
  const events = program.command("events").description("the event log of penchant serve");
  const command = events
    .command("export")
    .description("write all events to a file that penchant import reads; also while the server runs")
    .requiredOption("--output <file>", ".jsonl, .csv or .parquet");
  act(command, exportEvents);
}

async function exportEvents(session: Session, { output }: { readonly output: string }): Promise<Answer> {
  const { exportLog } = await import("../event-export.ts");
  const { grouped } = await import("../format.ts");
  const written = await exportLog(session, output);
  return { data: written, text: () => `Wrote ${grouped(written.events)} events to ${written.file}.` };
}
