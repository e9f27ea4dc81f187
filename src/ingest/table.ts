import { fail } from "../core/errors.ts";
import { fits, guessDialect } from "./delimiter.ts";
import { encodingNamed, encodingOf } from "./encoding.ts";
import { filesAt } from "./find-format.ts";
import { guessHeader } from "./header.ts";
import { DocumentSplitter, type ObjectSink, splitLines } from "./json-records.ts";
import { flatten, parseObject } from "./json-text.ts";
import { ParquetFile } from "./parquet.ts";
import { readPreamble } from "./preamble.ts";
import type { Warning } from "./report.ts";
import { decodedStart, isGzip, magic, readStart } from "./source.ts";
import { fieldText, Tokenizer } from "./tokenizer.ts";

/** A file of rows about things: every cell as text, missing ones empty. */
export interface TextTable {
  readonly source: string;
  /** Of the columns; their numbers from 1 where the file has no names. */
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly warnings: readonly Warning[];
}

export interface TableOptions {
  readonly delimiter?: string | undefined;
  readonly encoding?: string | undefined;
  /** The first line holds names. Default: guessed. */
  readonly header?: boolean | undefined;
}

type Content = Pick<TextTable, "names" | "rows"> & { readonly rejected?: number };

/**
 * Reads a whole file of rows: CSV, TSV, `::`, JSON lines or Parquet, gzip or not. Lists of JSON stay JSON. Lines with another number
 * of fields are left out and told. Throws DATA_FILE_MISSING, DATA_UNREADABLE, DATA_EMPTY, DATA_BINARY, DATA_FORMAT.
 */
export async function readTable(path: string, options: TableOptions = {}): Promise<TextTable> {
  const [part] = filesAt(path).parts;
  const file = part?.path ?? path;
  const start = await magic(file);
  if (start.subarray(0, 4).toString("latin1") === "PAR1")
    return { source: path, ...(await parquetTable(file)), warnings: [] };
  const raw = await readStart(file, { gzip: isGzip(start), limit: Number.POSITIVE_INFINITY });
  const encoding = encodingOf(raw, options.encoding === undefined ? undefined : encodingNamed(options.encoding));
  if (encoding === undefined && raw.subarray(0, 4096).includes(0)) {
    fail("DATA_BINARY", { what: `${path} is not text`, expected: "CSV, TSV, JSON lines or Parquet" });
  }
  const mark = encoding === undefined && raw[0] === 0xef && raw[1] === 0xbb && raw[2] === 0xbf ? 3 : 0;
  const bytes = encoding === undefined ? raw.subarray(mark) : decodedStart(raw, encoding);
  const {
    names,
    rows,
    rejected = 0,
  } = /^\s*[[{]/.test(bytes.toString("latin1", 0, 200)) ? jsonTable(bytes) : delimitedTable(path, bytes, options);
  if (rows.length === 0) fail("DATA_EMPTY", { what: `${path} holds no row` });
  const warnings =
    rejected === 0 ? [] : [{ code: "malformed-rows", message: `${path}: ${rejected} malformed rows were left out.` }];
  return { source: path, names, rows, warnings };
}

function delimitedTable(path: string, bytes: Buffer, options: TableOptions): Content {
  const { skip, comment, delimiter } = readPreamble(bytes);
  const dialect = guessDialect(bytes, { whole: true, skip, comment }, options.delimiter ?? delimiter);
  if (dialect === undefined) {
    return fail("DATA_FORMAT", {
      what: `${path} has a single column`,
      expected: "a column of ids and others of what is known of them",
      fix: "Name what separates its columns with --delimiter.",
    });
  }
  const records: string[][] = [];
  let rejected = 0;
  const tokenizer = new Tokenizer(dialect, {
    record(from, fields, line, at) {
      if (line <= skip || from[at] === comment) return;
      const record = Array.from({ length: fields.count }, (_, i) => fieldText(from, fields, i, dialect));
      if (fits(record, dialect.width)) records.push(record);
      else rejected++;
    },
    malformed: () => void rejected++,
  });
  tokenizer.push(bytes);
  tokenizer.end();
  const { header } = guessHeader(records.slice(0, 2000), options.header);
  const names = header ? (records[0] ?? []).slice(0, dialect.width).map((name) => name.trim()) : [];
  return {
    names: distinct(Array.from({ length: dialect.width }, (_, i) => names[i] || `${i + 1}`)),
    rows: header ? records.slice(1) : records,
    rejected,
  };
}

/** Names that repeat get numbers. */
const distinct = (names: readonly string[]): string[] =>
  names.map((name, at) =>
    names.indexOf(name) < at ? `${name}-${names.slice(0, at).filter((each) => each === name).length + 1}` : name,
  );

function jsonTable(bytes: Buffer): Content {
  const lines = objectsOf(bytes, splitLines);
  const { objects, malformed } =
    lines.objects.length > 0 && lines.malformed < lines.objects.length
      ? lines
      : objectsOf(bytes, (sink) => new DocumentSplitter(sink));
  const records = objects.map((object) => flatten(object));
  const names = [...new Set(records.flatMap((record) => [...record.keys()]))];
  return { names, rows: records.map((record) => names.map((name) => record.get(name) ?? "")), rejected: malformed };
}

function objectsOf(bytes: Buffer, split: (sink: ObjectSink) => { push(chunk: Buffer): void; end(): void }) {
  const objects: Record<string, unknown>[] = [];
  let malformed = 0;
  const splitter = split({
    object(from, start, end) {
      const object = parseObject(from.toString("utf8", start, end));
      if (object) objects.push(object);
      else malformed++;
    },
    malformed: () => void malformed++,
  });
  splitter.push(bytes);
  splitter.end();
  return { objects, malformed };
}

async function parquetTable(path: string): Promise<Content> {
  const file = await ParquetFile.open(path);
  try {
    const { names, columns } = await file.texts();
    return { names, rows: Array.from(columns[0] ?? [], (_, row) => columns.map((column) => column[row] ?? "")) };
  } finally {
    await file.close();
  }
}
