import { checkArgument, isPath } from "../core/argument.ts";
import { fail } from "../core/errors.ts";
import { shownPlace } from "./database-place.ts";
import { checkKinds } from "./event-kinds.ts";
import { firstInteractions } from "./first-interactions.ts";
import { readLightGcn } from "./lightgcn.ts";
import { readNcf } from "./ncf.ts";
import { readNcfMl1mEvents } from "./ncf-ml-1m.ts";
import { FORMATS, type ReadOptions } from "./options.ts";
import { PipeCopies } from "./pipe.ts";
import { type Inspection, inspectFile } from "./read-file.ts";
import { readParts } from "./read-parts.ts";
import { judgeRejects } from "./report.ts";
import type { ReadResult } from "./result.ts";
import { shellWord } from "./shell-word.ts";
import { cancelled } from "./source.ts";
import { findSource, nameOf, type Places, type Source } from "./sources.ts";

/**
 * Reads interactions: files (delimited text, JSON lines, Parquet; text also as gzip), patterns, folders of such files, `-` or
 * another pipe, several of them as one; or a benchmark (`ncf`: a folder or the path up to NAME; `lightgcn`: a folder). Columns
 * are guessed where the options do not name them; malformed lines are left out, counted and shown in the report. Each reason
 * not to read is a coded error: DATA_FILE_MISSING, DATA_PLACE, DATA_DIRECTORY, DATA_PARTS, DATA_EMPTY, DATA_BINARY,
 * DATA_FORMAT, DATA_COLUMN, DATA_COLUMNS, DATA_MALFORMED, DATA_UNREADABLE, DATA_CANCELLED …
 */
export async function readEvents(places: Places, options: ReadOptions = {}): Promise<ReadResult> {
  checkPlaces(places);
  checkOptions(options);
  const name = nameOf(typeof places === "string" ? [places] : places);
  if (options.signal?.aborted) throw cancelled(name, options.signal.reason);
  const asked = { command: commandFor(places), ...options };
  const result = await withSource(places, options, (source) => readSource(source, asked));
  const { rows, rejected } = result.report;
  judgeRejects(name, rows, rejected, options.strict ?? false);
  const absent = checkKinds(result.report, options);
  if (result.events.user.length === 0) noRows(name, result);
  const first = firstInteractions(result.events, result.kinds);
  return { ...result, report: { ...result.report, first, warnings: [...result.report.warnings, ...absent] } };
}

async function withSource<T>(places: Places, options: ReadOptions, use: (source: Source) => Promise<T>): Promise<T> {
  const pipes = new PipeCopies(options.signal);
  try {
    return await use(await findSource(places, options, pipes));
  } finally {
    pipes.remove();
  }
}

async function readSource(source: Source, options: ReadOptions): Promise<ReadResult> {
  if (source.kind !== "files" && options.context?.length) {
    fail("DATA_COLUMN", {
      what: "Benchmark folders have fixed columns, and none of context",
      received: options.context.join(", "),
      fix: "Leave the context out, or import a file that has its columns.",
    });
  }
  switch (source.kind) {
    case "ncf":
      return readNcf(source.prefix, options);
    case "ncf-ml-1m":
      return readNcfMl1mEvents(source.directory, options);
    case "lightgcn":
      return readLightGcn(source.directory, options);
    case "files":
      return readParts(source, options);
  }
}

/**
 * Looks at the first file without reading it whole. Benchmark folders have fixed columns and nothing to look at: undefined.
 */
export async function inspect(places: Places, options: ReadOptions = {}): Promise<Inspection | undefined> {
  checkPlaces(places);
  checkOptions(options);
  return withSource(places, options, async (source) => {
    const [first] = source.kind === "files" ? source.parts : [];
    return first && inspectFile(first, { command: commandFor(places), ...options });
  });
}

const commandFor = (places: Places): string =>
  `penchant import ${(typeof places === "string" ? [places] : places).map((place) => shellWord(shownPlace(place))).join(" ")}`;

function checkPlaces(places: Places): void {
  const all: readonly unknown[] = Array.isArray(places) ? places : [places];
  checkArgument(all.length > 0 && all.every(isPath), places, {
    ...{ call: "importDataset(places)", name: "the places", expected: "a path, or several" },
  });
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
