import type { Buffer } from "node:buffer";
import { fail } from "../core/errors.ts";
import { detectKind, isParquet, withoutMark } from "./content.ts";
import { DelimitedReader, planDelimited } from "./delimited.ts";
import { JsonlReader, planJsonl } from "./jsonl.ts";
import type { ReadOptions } from "./options.ts";
import { type ColumnReport, Rejects, type SourceReport, type Warning } from "./report.ts";
import type { ReadResult } from "./result.ts";
import type { RoleGuesses } from "./roles.ts";
import { isGzip, magic, openSource, readStart } from "./source.ts";
import { writerWarnings } from "./warnings.ts";
import { EventWriter } from "./writer.ts";

/** Bytes looked at before a file is read. */
const START = 1 << 18;

/** How a file is understood, before it is read. */
export interface Inspection {
  readonly format: "csv" | "jsonl" | "parquet";
  readonly layout: string;
  readonly columns: readonly ColumnReport[];
  readonly preview: readonly (readonly string[])[];
  readonly warnings: readonly Warning[];
}

interface FilePlan extends Inspection {
  readonly roles: RoleGuesses;
  /** Reads everything into the writer and returns the number of rows. */
  read(writer: EventWriter, rejects: Rejects): Promise<number>;
}

/** Looks at the start of a file: format, columns with their guessed roles, first rows. */
export async function inspectFile(path: string, size: number, options: ReadOptions = {}): Promise<Inspection> {
  return withPlan(path, size, options, async ({ format, layout, columns, preview, warnings }) => {
    return { format, layout, columns, preview, warnings };
  });
}

/** Reads one file of interactions. */
export async function readFile(path: string, size: number, options: ReadOptions = {}): Promise<ReadResult> {
  return withPlan(path, size, options, async (plan) => {
    const { roles } = plan;
    const writer = new EventWriter({
      value: roles.value !== undefined,
      time: roles.time !== undefined,
      eventValues: roles.event ? options.eventValues : undefined,
      encoding: plan.format === "parquet" ? undefined : options.encoding,
    });
    const rejects = new Rejects();
    const rows = await plan.read(writer, rejects);
    const { leftOut, unknownTimes, events } = writer.counts;
    const report: SourceReport = {
      source: path,
      format: plan.format,
      layout: plan.layout,
      columns: plan.columns,
      preview: plan.preview,
      rows,
      rejected: rejects.report(),
      leftOut,
      unknownTimes,
      ...(events.size > 0 && { events: Object.fromEntries([...events].sort((a, b) => b[1] - a[1])) }),
      warnings: [...plan.warnings, ...writerWarnings(writer)],
    };
    return { events: writer.events, report };
  });
}

async function withPlan<T>(
  path: string,
  size: number,
  options: ReadOptions,
  use: (plan: FilePlan) => Promise<T>,
): Promise<T> {
  const first = await magic(path);
  if (isParquet(first)) {
    detectKind(path, first, options.format);
    return withParquet(path, options, use);
  }
  const gzip = isGzip(first);
  const raw = await readStart(path, { gzip, limit: START });
  const kind = detectKind(path, raw, options.format);
  const text: TextFile = { path, size, gzip, start: withoutMark(raw), whole: raw.length < START };
  if (!/\S/.test(text.start.toString("latin1"))) fail("DATA_EMPTY", { what: `${path} holds nothing but blank lines` });
  return use(kind === "jsonl" ? jsonlPlan(text, options) : delimitedPlan(text, options));
}

interface TextFile {
  readonly path: string;
  readonly size: number;
  readonly gzip: boolean;
  readonly start: Buffer;
  /** The start is the whole file. */
  readonly whole: boolean;
}

function delimitedPlan(file: TextFile, options: ReadOptions): FilePlan {
  const plan = planDelimited(file.path, file.start, file.whole, options);
  const { columns, preview, warnings, roles, dialect, header } = plan;
  const separator =
    { "\t": "tabs", " ": "spaces", ",": "commas", ";": "semicolons" }[dialect.delimiter] ?? dialect.delimiter;
  return {
    format: "csv",
    layout: `text separated by ${separator}, ${header ? "names in the first line" : "no header"}${zipped(file)}`,
    columns,
    preview,
    warnings,
    roles,
    read: (writer, rejects) => readText(file, options, writer, new DelimitedReader(plan, writer, rejects)),
  };
}

function jsonlPlan(file: TextFile, options: ReadOptions): FilePlan {
  const plan = planJsonl(file.path, file.start, file.whole, options);
  const { columns, preview, roles } = plan;
  return {
    format: "jsonl",
    layout: `one JSON object per line${zipped(file)}`,
    columns,
    preview,
    warnings: [],
    roles,
    read: (writer, rejects) => readText(file, options, writer, new JsonlReader(plan, writer, rejects)),
  };
}

const zipped = ({ gzip }: TextFile): string => (gzip ? ", gzip" : "");

async function readText(
  { path, size, gzip }: TextFile,
  { signal, onProgress }: ReadOptions,
  writer: EventWriter,
  reader: DelimitedReader | JsonlReader,
): Promise<number> {
  const source = openSource(path, { gzip, signal });
  const report = (fraction: number): void =>
    onProgress?.({ phase: "reading", rows: writer.events.user.length, fraction: Math.min(1, fraction) });
  let first = true;
  for await (const chunk of source.chunks) {
    reader.push(first ? withoutMark(chunk) : chunk);
    first = false;
    report(source.consumed() / size);
  }
  reader.end();
  report(1);
  return reader.rows;
}

async function withParquet<T>(path: string, options: ReadOptions, use: (plan: FilePlan) => Promise<T>): Promise<T> {
  const { ParquetFile } = await import("./parquet.ts");
  const file = await ParquetFile.open(path);
  try {
    const plan = await file.plan(options);
    const { columns, preview, roles, warnings, total } = plan;
    const onRows = (rows: number): void =>
      options.onProgress?.({ phase: "reading", rows, fraction: rows / Math.max(1, total) });
    const read = (writer: EventWriter, rejects: Rejects): Promise<number> =>
      file.read(plan, { writer, rejects, signal: options.signal, onRows });
    return await use({ format: "parquet", layout: "Parquet", columns, preview, roles, warnings, read });
  } finally {
    await file.close();
  }
}
