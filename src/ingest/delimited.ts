import type { Buffer } from "node:buffer";
import { fail } from "../core/errors.ts";
import { type DialectGuess, fits, guessDialect } from "./delimiter.ts";
import { guessHeader } from "./header.ts";
import type { ReadOptions } from "./options.ts";
import { type Preamble, readPreamble } from "./preamble.ts";
import { isNumeric } from "./profile.ts";
import type { Warning } from "./report.ts";
import { type Understanding, understand } from "./understand.ts";

/** Share of the rows that have to have spaces around their fields for these to be layout. */
const PADDED = 0.9;

/** How a delimited file will be read. */
export interface DelimitedPlan extends Understanding {
  readonly dialect: DialectGuess;
  readonly header: boolean;
  /** Lines left out at the start: titles, comments, the names. */
  readonly skip: number;
  /** Byte that comments begin with. */
  readonly comment: number | undefined;
  /** Spaces around ids are layout: they stand around all fields. */
  readonly trim: boolean;
  /** Items stand on lines of their own, "17:", above the lines of their users. */
  readonly blocks: boolean;
  readonly preview: readonly (readonly string[])[];
}

/** Understands a delimited file from its start. Throws DATA_COLUMNS, DATA_COLUMN or DATA_EMPTY where that is impossible. */
export function planDelimited(path: string, start: Buffer, whole: boolean, options: ReadOptions): DelimitedPlan {
  const preamble = readPreamble(start);
  const { skip, comment, delimiter } = preamble;
  const sampling = { whole, skip, comment };
  const dialect = guessDialect(start, sampling, options.delimiter ?? delimiter);
  if (dialect === undefined) return oneColumn(path, start, options);
  const { top, names, looksLikeData } = findNames(dialect, preamble, options.header);
  const below = dialect.sample.records.slice(top).filter((record) => !isRule(record));
  const blocks = isBlocks(below, dialect.width);
  const rows = blocks ? withBlocks(below, dialect.width) : below.filter((record) => fits(record, dialect.width));
  if (rows.length === 0 && whole && below.length === 0) {
    fail("DATA_EMPTY", { what: `${path} holds a header and no interaction`, received: names?.join(", ") });
  }
  const trim = isPadded(rows);
  const width = dialect.width + Number(blocks);
  const table = {
    path,
    names: columnNames(names, width, blocks),
    named: names?.some((name) => !/^\s*\d*\s*$/.test(name)) ?? false,
    cells: (column: number): string[] => rows.map((record) => textOf(record[column] ?? "", trim)),
    delimiter: dialect.delimiter,
  };
  const understanding = understand(table, blocks ? { item: width, ...options } : options);
  const lastSkipped = dialect.sample.lines[top] ?? Number.POSITIVE_INFINITY;
  const plan = { dialect, header: names !== undefined, comment, trim, blocks, preview: rows.slice(0, 5) };
  return {
    ...understanding,
    ...plan,
    skip: top > 0 ? Math.max(skip, lastSkipped - 1) : skip,
    warnings: [...layoutWarnings(dialect, { top, names, looksLikeData }), ...understanding.warnings],
  };
}

const textOf = (cell: string, trim: boolean): string => (trim ? cell.trim() : cell);

interface Names {
  /** Records of the sample above the data. */
  readonly top: number;
  readonly names?: readonly string[] | undefined;
  readonly looksLikeData: boolean;
}

/** The record with the names: the first that fits, below any titles; or a comment that has as many fields. */
function findNames(dialect: DialectGuess, { lastComment }: Preamble, forced: boolean | undefined): Names {
  const { sample, width, namesAt } = dialect;
  const { records } = sample;
  const commented = forced === false ? undefined : commentedNames(lastComment, dialect);
  if (commented !== undefined) return { top: 0, names: commented, looksLikeData: false };
  const first = records.findIndex((record) => fits(record, width) && !isTitle(record));
  const at = forced !== false && namesAt >= 0 ? namesAt : Math.max(0, first);
  const candidates = [records[at] ?? [], ...records.slice(at + 1).filter((record) => fits(record, width))];
  const { header, looksLikeData } = guessHeader(candidates, forced);
  // a first line that is neither title nor names is a malformed one like any other
  return header ? { top: at + 1, names: records[at], looksLikeData } : { top: 0, looksLikeData: false };
}

/** One cell alone, the others empty: what spreadsheets make of a title. */
function isTitle(record: readonly string[]): boolean {
  return record.length > 2 && record.filter((cell) => cell.trim() !== "").length <= 1;
}

function commentedNames(comment: string | undefined, { delimiter, width, runs }: DialectGuess): string[] | undefined {
  if (comment === undefined) return undefined;
  const cells = comment.trim().split(runs || delimiter === " " ? /\s+/ : delimiter);
  const isNames = cells.length === width && cells.every((cell) => cell.trim() !== "" && !isNumeric(cell));
  return isNames ? cells : undefined;
}

/** A line with one field that ends in a colon, above lines with more: the form of the Netflix prize. */
function isBlocks(records: readonly (readonly string[])[], width: number): boolean {
  return isBlockName(records[0]) && records.every((record) => isBlockName(record) || fits(record, width));
}

const isBlockName = (record: readonly string[] | undefined): boolean =>
  record?.length === 1 && /^\s*\S.*:\s*$/.test(record[0] ?? "");

function withBlocks(records: readonly (readonly string[])[], width: number): string[][] {
  let block = "";
  return records.flatMap((record) => {
    if (!isBlockName(record)) return [[...record.slice(0, width), block]];
    block = (record[0] ?? "").trim().slice(0, -1);
    return [];
  });
}

/** Every field after the first begins with a space, in nearly every row: `a, b, c`, or columns drawn with bars. */
function isPadded(rows: readonly (readonly string[])[]): boolean {
  const padded = rows.filter((row) => row.slice(1).every((cell) => cell === "" || cell.startsWith(" ")));
  return rows.length > 1 && padded.length >= PADDED * rows.length && rows.some((row) => row.slice(1).some(Boolean));
}

const isRule = (record: readonly string[]): boolean => RULE.test(record.join("|"));

/** A line that is drawn in a table of text: `+------+-----+`. */
export const RULE = /^[-+=|: \t]*[-=][-+=|: \t]*$/;

function columnNames(names: readonly string[] | undefined, width: number, blocks: boolean): string[] {
  // one name less than there are fields: the first column holds the names of rows
  const shifted = names && names.length === width - 1 && !blocks ? ["", ...names] : names;
  return Array.from({ length: width }, (_, column) => {
    if (blocks && column === width - 1) return "lines of their own";
    return shifted?.[column]?.trim() || `column ${column + 1}`;
  });
}

function layoutWarnings(dialect: DialectGuess, { top, names, looksLikeData }: Names): Warning[] {
  const warnings: Warning[] = [];
  if (looksLikeData) {
    const message = `The first line was taken for column names but looks like data: ${names?.join(", ")}. If it is, say that there is no header (--no-header).`;
    warnings.push({ code: "header-looks-like-data", message });
  }
  if (top > 1) {
    const above = dialect.sample.records.slice(0, top - 1).filter((record) => !isRule(record) && record.some(Boolean));
    const titles = above.map((record) => record.join(dialect.delimiter));
    const message = `${titles.length === 1 ? "The line" : `${titles.length} lines`} above the column names ${titles.length === 1 ? "was" : "were"} left out: ${titles.join(" / ").slice(0, 100)}.`;
    if (titles.length > 0) warnings.push({ code: "title-lines", message });
  }
  return warnings;
}

function oneColumn(path: string, start: Buffer, { delimiter }: ReadOptions): never {
  const [first = ""] = start.toString("utf8", 0, 200).split(/\r?\n|\r/);
  return fail("DATA_COLUMNS", {
    what: delimiter ? `Nothing in ${path} is separated by "${delimiter}"` : `${path} has only one column`,
    expected: "at least two columns, separated by comma, tab, semicolon, |, :: or space",
    received: JSON.stringify(first),
    fix: delimiter
      ? "Give another delimiter, or leave it out to have it guessed."
      : "Give a file with a user and an item per line.",
  });
}
