import { fail } from "../core/errors.ts";
import { locate } from "./find-format.ts";
import { readLightGcn } from "./lightgcn.ts";
import { readNcf } from "./ncf.ts";
import { readNcfMl1mEvents } from "./ncf-ml-1m.ts";
import { FORMATS, type ReadOptions } from "./options.ts";
import { type Inspection, inspectFile, readFile } from "./read-file.ts";
import { judgeRejects } from "./report.ts";
import type { ReadResult } from "./result.ts";
import { cancelled } from "./source.ts";

/**
 * Reads a file of interactions (delimited text, JSON lines, Parquet; text also as gzip) or a benchmark (`ncf`: a folder or
 * the path up to NAME; `lightgcn`: a folder). Columns are guessed where the options do not name them; malformed lines are
 * left out, counted and shown in the report. Each reason not to read is a coded error: DATA_FILE_MISSING, DATA_DIRECTORY,
 * DATA_EMPTY, DATA_BINARY, DATA_FORMAT, DATA_COLUMN, DATA_COLUMNS, DATA_MALFORMED, DATA_UNREADABLE, DATA_CANCELLED …
 */
export async function readEvents(path: string, options: ReadOptions = {}): Promise<ReadResult> {
  checkOptions(options);
  if (options.signal?.aborted) throw cancelled(path, options.signal.reason);
  const result = await readLocated(path, options);
  const { rows, rejected } = result.report;
  judgeRejects(path, rows, rejected, options.strict ?? false);
  if (result.events.user.length === 0) noRows(path, result);
  return result;
}

async function readLocated(path: string, options: ReadOptions): Promise<ReadResult> {
  const found = locate(path, options.format);
  switch (found.kind) {
    case "ncf":
      return readNcf(found.prefix, options);
    case "ncf-ml-1m":
      return readNcfMl1mEvents(found.directory, options);
    case "lightgcn":
      return readLightGcn(found.directory, options);
    case "file":
      return readFile(found.path, found.size, options);
  }
}

/** Looks at a file without reading it whole. Benchmark folders have fixed columns and nothing to look at: undefined. */
export async function inspect(path: string, options: ReadOptions = {}): Promise<Inspection | undefined> {
  checkOptions(options);
  const found = locate(path, options.format);
  return found.kind === "file" ? inspectFile(found.path, found.size, options) : undefined;
}

function checkOptions({ format, eventValues, delimiter }: ReadOptions): void {
  if (format !== undefined && !FORMATS.includes(format)) {
    fail("CONFIG_UNKNOWN", { what: "Unknown format", expected: FORMATS.join(", "), received: String(format) });
  }
  if (delimiter === "" || /["\r\n]/.test(delimiter ?? "")) {
    fail("CONFIG_VALUE", {
      what: "delimiter cannot be empty, a quote or a line end",
      received: JSON.stringify(delimiter),
    });
  }
  for (const [event, value] of Object.entries(eventValues ?? {})) {
    if (!Number.isFinite(value)) {
      fail("CONFIG_VALUE", {
        what: `The value of event "${event}"`,
        expected: "a finite number",
        received: String(value),
      });
    }
  }
}

function noRows(path: string, { report }: ReadResult): never {
  const { leftOut, events } = report;
  return fail("DATA_EMPTY", {
    what: leftOut > 0 ? `None of the events asked for occurs in ${path}` : `${path} holds no interaction`,
    received: events && `events ${Object.keys(events).join(", ")}`,
  });
}
