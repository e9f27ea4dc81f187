import type { Buffer } from "node:buffer";
import { fail } from "../core/errors.ts";
import type { Alternative } from "./alternatives.ts";
import { detectKind, isParquet, withoutMark } from "./content.ts";
import { planDelimited } from "./delimited.ts";
import { DelimitedReader } from "./delimited-reader.ts";
import type { Reading } from "./doubts.ts";
import { JsonlReader, planJsonl } from "./jsonl.ts";
import type { ReadOptions } from "./options.ts";
import { type ColumnReport, Rejects, type SourceReport, type Warning } from "./report.ts";
import type { ReadResult } from "./result.ts";
import type { RoleGuesses } from "./roles.ts";
import { rowDoubts } from "./row-doubts.ts";
import { isGzip, magic, openSource, readStart } from "./source.ts";
import { commentWarnings, writerWarnings } from "./warnings.ts";
import { EventWriter } from "./writer.ts";

/** Bytes looked at before a file is read. */
const START = 1 << 18;

/** How sure a reading is that its rows speak against. */
const DOUBTFUL = 0.3;

/** How a file is understood, before it is read. */
export interface Inspection {
  readonly format: "csv" | "jsonl" | "parquet";
  readonly layout: string;
  readonly columns: readonly ColumnReport[];
  readonly preview: readonly (readonly string[])[];
  readonly warnings: readonly Warning[];
  /** 0..1: how sure the columns of the user and the item are; below 0.45 a warning says why. */
  readonly confidence: number;
  /** The two best other readings, the better one first. */
  readonly alternatives: readonly Alternative[];
}

interface FilePlan extends Inspection {
  readonly roles: RoleGuesses;
  readonly reading: Reading;
  /** What was noticed while reading. */
  noticed?(): readonly Warning[];
  /** Reads everything into the writer and returns the number of rows. */
  read(writer: EventWriter, rejects: Rejects): Promise<number>;
}

/** Looks at the start of a file: format, columns with their guessed roles, first rows. */
export async function inspectFile(path: string, size: number, options: ReadOptions = {}): Promise<Inspection> {
  return withPlan(
    path,
    size,
    options,
    async ({ format, layout, columns, preview, warnings, confidence, alternatives }) => {
      return { format, layout, columns, preview, warnings, confidence, alternatives };
    },
  );
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
    const { leftOut, unknownTimes, unknownValues, events } = writer.counts;
    const doubts = rowDoubts(writer.events, plan.reading);
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
      unknownValues,
      ...(events.size > 0 && { events: Object.fromEntries([...events].sort((a, b) => b[1] - a[1])) }),
      warnings: [...plan.warnings, ...(plan.noticed?.() ?? []), ...doubts, ...writerWarnings(writer)],
      confidence: doubts.length > 0 ? Math.min(plan.confidence, DOUBTFUL) : plan.confidence,
      alternatives: plan.alternatives,
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
  const { dialect, header, blocks } = plan;
  let reader: DelimitedReader | undefined;
  const separator =
    { "\t": "tabs", " ": "spaces", ",": "commas", ";": "semicolons" }[dialect.delimiter] ?? dialect.delimiter;
  const names = header ? "names in the first line" : blocks ? "items on lines of their own" : "no header";
  return {
    ...plan,
    format: "csv",
    layout: `text separated by ${separator}, ${names}${zipped(file)}`,
    noticed: () => commentWarnings(reader?.comments ?? 0),
    read: (writer, rejects) => {
      reader = new DelimitedReader(plan, writer, rejects);
      return readText(file, options, writer, reader);
    },
  };
}

function jsonlPlan(file: TextFile, options: ReadOptions): FilePlan {
  const plan = planJsonl(file.path, file.start, file.whole, options);
  return {
    ...plan,
    format: "jsonl",
    layout: `${plan.document ? "JSON objects of an array or over several lines" : "one JSON object per line"}${zipped(file)}`,
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
    const { total } = plan;
    const onRows = (rows: number): void =>
      options.onProgress?.({ phase: "reading", rows, fraction: rows / Math.max(1, total) });
    const read = (writer: EventWriter, rejects: Rejects): Promise<number> =>
      file.read(plan, { writer, rejects, signal: options.signal, onRows });
    return await use({ ...plan, format: "parquet", layout: "Parquet", read });
  } finally {
    await file.close();
  }
}
