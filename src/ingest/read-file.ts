import type { Buffer } from "node:buffer";
import { fail } from "../core/errors.ts";
import type { Alternative } from "./alternatives.ts";
import { detectKind, isParquet, refuseKnown, withoutMark } from "./content.ts";
import { planDelimited } from "./delimited.ts";
import { DelimitedReader } from "./delimited-reader.ts";
import type { Reading } from "./doubts.ts";
import { encodingNamed, encodingOf } from "./encoding.ts";
import type { Part } from "./folder-parts.ts";
import { JsonlReader, planJsonl } from "./jsonl.ts";
import type { ReadOptions } from "./options.ts";
import type { ColumnReport, Rejects, Warning } from "./report.ts";
import type { RoleGuesses } from "./roles.ts";
import { decodedStart, isGzip, magic, openSource, readStart } from "./source.ts";
import type { TimeForm } from "./times.ts";
import type { ValueForm } from "./values.ts";
import { commentWarnings } from "./warnings.ts";
import type { EventWriter } from "./writer.ts";

/** Bytes looked at before a file is read. */
const START = 1 << 18;

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

export interface FilePlan extends Inspection {
  readonly roles: RoleGuesses;
  readonly context: readonly number[];
  readonly reading: Reading;
  readonly keyCount: number;
  readonly value?: ValueForm | undefined;
  readonly time?: TimeForm | undefined;
  /** Columns have names; otherwise they are told by their numbers. */
  readonly named: boolean;
  /** What was found out about the file and has to be the same in its other parts. */
  readonly pins: Pick<ReadOptions, "header" | "delimiter" | "timeFormat">;
  /** What was noticed while reading. */
  noticed?(): readonly Warning[];
  /** Reads everything into the writer and returns the number of rows. */
  read(writer: EventWriter, rejects: Rejects): Promise<number>;
}

/** Looks at the start of a file: format, columns with their guessed roles, first rows. */
export async function inspectFile(part: Part, options: ReadOptions = {}): Promise<Inspection> {
  return withPlan(part, options, async (plan) => {
    const { format, layout, columns, preview, warnings, confidence, alternatives } = plan;
    return { format, layout, columns, preview, warnings, confidence, alternatives };
  });
}

/** Understands a file and hands over how to read it; what that took is freed afterwards. */
export async function withPlan<T>(part: Part, options: ReadOptions, use: (plan: FilePlan) => Promise<T>): Promise<T> {
  const { path, label } = part;
  const named = options.encoding === undefined ? undefined : encodingNamed(options.encoding);
  const first = await magic(path);
  if (isParquet(first)) {
    detectKind(label, first, options.format);
    return withParquet(part, options, use);
  }
  const gzip = isGzip(first);
  const raw = await readStart(path, { gzip, limit: START });
  refuseKnown(label, raw);
  const encoding = encodingOf(raw, named);
  const start = withoutMark(encoding === undefined ? raw : decodedStart(raw, encoding));
  const kind = detectKind(label, start, options.format);
  const text: TextFile = { ...part, gzip, encoding, start, whole: raw.length < START };
  if (!/\S/.test(start.toString("latin1"))) fail("DATA_EMPTY", { what: `${label} holds nothing but blank lines` });
  return use(kind === "jsonl" ? jsonlPlan(text, options) : delimitedPlan(text, options));
}

interface TextFile extends Part {
  readonly gzip: boolean;
  /** What it is decoded from; UTF-8 where undefined. */
  readonly encoding: string | undefined;
  /** As UTF-8. */
  readonly start: Buffer;
  /** The start is the whole file. */
  readonly whole: boolean;
}

function delimitedPlan(file: TextFile, options: ReadOptions): FilePlan {
  const plan = planDelimited(file.label, file.start, file.whole, options);
  const { dialect, header, blocks, time } = plan;
  let reader: DelimitedReader | undefined;
  const separator =
    { "\t": "tabs", " ": "spaces", ",": "commas", ";": "semicolons" }[dialect.delimiter] ?? dialect.delimiter;
  const names = header ? "names in the first line" : blocks ? "items on lines of their own" : "no header";
  return {
    ...plan,
    format: "csv",
    layout: `text separated by ${separator}, ${names}${written(file)}`,
    named: header,
    pins: {
      ...(!header && { header }),
      ...(!dialect.runs && { delimiter: dialect.delimiter }),
      ...(time && { timeFormat: time.name }),
    },
    noticed: () => commentWarnings(reader?.comments ?? 0),
    read: (writer, rejects) => {
      reader = new DelimitedReader(plan, writer, rejects);
      return readText(file, options, writer, reader);
    },
  };
}

function jsonlPlan(file: TextFile, options: ReadOptions): FilePlan {
  const plan = planJsonl(file.label, file.start, file.whole, options);
  const layout = plan.document ? "JSON objects of an array or over several lines" : "one JSON object per line";
  return {
    ...plan,
    format: "jsonl",
    layout: layout + written(file),
    named: true,
    pins: plan.time ? { timeFormat: plan.time.name } : {},
    read: (writer, rejects) => readText(file, options, writer, new JsonlReader(plan, writer, rejects)),
  };
}

const written = ({ gzip, encoding }: TextFile): string =>
  `${encoding === undefined ? "" : `, ${encoding}`}${gzip ? ", gzip" : ""}`;

async function readText(
  { path, size, gzip, encoding }: TextFile,
  { signal, onProgress }: ReadOptions,
  writer: EventWriter,
  reader: DelimitedReader | JsonlReader,
): Promise<number> {
  const source = openSource(path, { gzip, signal, encoding });
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

async function withParquet<T>(
  { path, label }: Part,
  options: ReadOptions,
  use: (plan: FilePlan) => Promise<T>,
): Promise<T> {
  const { ParquetFile } = await import("./parquet.ts");
  const file = await ParquetFile.open(path, label);
  try {
    const plan = await file.plan(options);
    const { total } = plan;
    const onRows = (rows: number): void =>
      options.onProgress?.({ phase: "reading", rows, fraction: rows / Math.max(1, total) });
    const read = (writer: EventWriter, rejects: Rejects): Promise<number> =>
      file.read(plan, { writer, rejects, signal: options.signal, onRows });
    return await use({ ...plan, format: "parquet", layout: "Parquet", named: true, pins: {}, read });
  } finally {
    await file.close();
  }
}
