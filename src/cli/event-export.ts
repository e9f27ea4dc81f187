import { statSync } from "node:fs";
import { fail } from "../core/errors.ts";
import { isPostgres, loggedName, shownPlace } from "../dataset/index.ts";
import type { Cell } from "../features/index.ts";
import type { ParquetTypes } from "../files/parquet.ts";
import type { NumberedEvent } from "../store/index.ts";
import { loggedEvents } from "./event-source.ts";
import { insertEvents } from "./event-table.ts";
import { type Row, rowFormat, writeLines, writeRows } from "./row-file.ts";
import type { Session } from "./session.ts";

/** What `penchant events export --json` prints. */
export interface ExportedLog {
  readonly file: string;
  readonly bytes: number;
  readonly events: number;
  readonly people: number;
}

/** What it prints of a table. */
export interface InsertedLog extends Omit<ExportedLog, "bytes"> {
  readonly table: string;
  /** Events that were not there yet. */
  readonly inserted: number;
}

const COLUMNS = {
  n: "float64",
  user: "text",
  item: "text",
  type: "text",
  value: "float64?",
  time: "float64",
  model: "text",
  pipeline: "text",
  position: "float64?",
} as const;

/** Writes the event log to a file, which appears when it is complete, or into a table. Throws WORKSPACE_EMPTY where there are no events, DATA_CLIENT, DATA_DATABASE. */
export async function exportLog(session: Session, output: string, table: string): Promise<ExportedLog | InsertedLog> {
  const format = isPostgres(output) ? undefined : rowFormat(output);
  const people = new Set<string>();
  let events = 0;
  async function* counted(): AsyncGenerator<NumberedEvent> {
    for await (const event of loggedEvents(session)) {
      session.signal.throwIfAborted();
      events++;
      people.add(event.user);
      yield event;
    }
    if (events > 0) return;
    fail("WORKSPACE_EMPTY", {
      what: `There are no events in ${session.workspace.root} yet`,
      fix: "Start penchant serve, and send it events.",
    });
  }
  if (format === undefined) {
    const inserted = await insertEvents(output, table, counted());
    return { file: shownPlace(output), table, events, people: people.size, inserted };
  }
  if (format === "jsonl") await writeLines(output, lines(counted()));
  else await writeRows(output, ...(await contextColumns(session, counted())));
  return { file: output, bytes: statSync(output).size, events, people: people.size };
}

async function* lines(events: AsyncIterable<NumberedEvent>): AsyncGenerator<string> {
  for await (const event of events) yield JSON.stringify(event);
}

/** The columns of the file, a column more for each name that contexts have, and its rows. */
async function contextColumns(session: Session, events: AsyncIterable<NumberedEvent>) {
  const names = new Set<string>();
  for await (const { context = {} } of loggedEvents(session)) for (const name of Object.keys(context)) names.add(name);
  const told = [...names].sort();
  const columns: Record<string, "text" | "float64" | "float64?"> = {
    ...COLUMNS,
    ...Object.fromEntries(told.map((name) => [loggedName(name), "text"] as const)),
  };
  return [columns, rows(events, told)] as const;
}

async function* rows(events: AsyncIterable<NumberedEvent>, told: readonly string[]): AsyncGenerator<Row<ParquetTypes>> {
  for await (const { value = null, model = "", pipeline = "", position = null, context = {}, ...event } of events) {
    const cells = told.map((name) => [loggedName(name), textOf(context[name] ?? "")] as const);
    yield { ...event, value, model, pipeline, position, ...Object.fromEntries(cells) };
  }
}

/** As import reads it. */
const textOf = (cell: Cell): string => (typeof cell === "string" ? cell : JSON.stringify(cell));
