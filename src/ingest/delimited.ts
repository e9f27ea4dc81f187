import type { Buffer } from "node:buffer";
import { fail } from "../core/errors.ts";
import { type DialectGuess, guessDialect } from "./delimiter.ts";
import { guessHeader } from "./header.ts";
import { parseNumber, parseTime } from "./numbers.ts";
import type { ReadOptions } from "./options.ts";
import { profileColumn } from "./profile.ts";
import { type ColumnReport, describeColumns, lineText, type Rejects, type Warning } from "./report.ts";
import { assignRoles, type RoleGuesses } from "./roles.ts";
import { type Fields, fieldText, Tokenizer } from "./tokenizer.ts";
import type { EventWriter } from "./writer.ts";

/** How a delimited file will be read. */
export interface DelimitedPlan {
  readonly dialect: DialectGuess;
  readonly header: boolean;
  readonly names: readonly string[];
  readonly roles: RoleGuesses;
  readonly columns: readonly ColumnReport[];
  readonly preview: readonly (readonly string[])[];
  readonly warnings: readonly Warning[];
}

/** Understands a delimited file from its start. Throws DATA_COLUMNS, DATA_COLUMN or DATA_EMPTY where that is impossible. */
export function planDelimited(path: string, start: Buffer, whole: boolean, options: ReadOptions): DelimitedPlan {
  const dialect = guessDialect(start, whole, options.delimiter);
  if (dialect === undefined) return oneColumn(path, start, options);
  const records = dialect.sample.records.filter(({ length }) => length === dialect.width);
  const { header, looksLikeData } = guessHeader(records, options.header);
  const rows = header ? records.slice(1) : records;
  if (rows.length === 0 && whole && dialect.sample.records.length <= records.length) {
    fail("DATA_EMPTY", { what: `${path} holds a header and no interaction`, received: (records[0] ?? []).join(", ") });
  }
  const names = columnNames(header ? records[0] : undefined, dialect.width);
  const cells = (column: number): string[] => rows.map((record) => record[column] ?? "");
  const profiled = names.map((name, column) => ({ name, profile: profileColumn(cells(column)) }));
  const roles = assignRoles(profiled, header, options);
  const warnings = looksLikeData ? [headerWarning(records[0] ?? [])] : [];
  return {
    dialect,
    header,
    names,
    roles,
    columns: describeColumns(names, cells, roles),
    preview: rows.slice(0, 5),
    warnings,
  };
}

function columnNames(header: readonly string[] | undefined, width: number): string[] {
  return Array.from({ length: width }, (_, column) => header?.[column]?.trim() || `column ${column + 1}`);
}

function headerWarning(header: readonly string[]): Warning {
  return {
    code: "header-looks-like-data",
    message: `The first line was taken for column names but looks like data: ${header.join(", ")}. If it is, say that there is no header (--no-header).`,
  };
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

/** Reads records into the writer: `push` each chunk (without byte order mark), then `end`. */
export class DelimitedReader {
  /** Records seen, malformed ones included, the header not. */
  rows = 0;
  readonly #tokenizer: Tokenizer;

  constructor({ dialect, header, roles }: DelimitedPlan, writer: EventWriter, rejects: Rejects) {
    const [user, item] = [roles.user?.column ?? 0, roles.item?.column ?? 0];
    const [value, time, event] = [roles.value?.column, roles.time?.column, roles.event?.column];
    const users: [number, number] = [0, 0];
    const items: [number, number] = [0, 0];
    let headerDue = header;
    const record = (bytes: Buffer, fields: Fields, line: number, start: number, end: number): void => {
      if (headerDue) {
        headerDue = false;
        return;
      }
      this.rows++;
      const { count, starts, ends, escaped } = fields;
      if (count !== dialect.width) {
        rejects.add(`${count} fields instead of ${dialect.width}`, line, () => lineText(bytes, start, end));
        return;
      }
      const written = escaped[user] === 1 || escaped[item] === 1 ? lineText(bytes, start, end) : undefined;
      span(bytes, fields, user, users);
      span(bytes, fields, item, items);
      const problem = writer.add(
        bytes,
        users,
        items,
        value === undefined ? undefined : parseNumber(bytes, starts[value] ?? 0, ends[value] ?? 0),
        time === undefined ? undefined : parseTime(bytes, starts[time] ?? 0, ends[time] ?? 0),
        event === undefined ? undefined : fieldText(bytes, fields, event),
      );
      if (problem !== undefined) rejects.add(problem, line, () => written ?? lineText(bytes, start, end));
    };
    this.#tokenizer = new Tokenizer(dialect, {
      record,
      malformed: (reason, line, bytes, start, end) => {
        this.rows++;
        rejects.add(reason, line, () => lineText(bytes, start, end));
      },
    });
  }

  push(chunk: Buffer): void {
    this.#tokenizer.push(chunk);
  }

  end(): void {
    this.#tokenizer.end();
  }
}

/** Where a field stands; doubled quotes are undone in place. */
function span(bytes: Buffer, fields: Fields, index: number, into: [start: number, end: number]): void {
  const start = fields.starts[index] ?? 0;
  const end = fields.ends[index] ?? 0;
  let to = end;
  if (fields.escaped[index] === 1) {
    to = start;
    for (let at = start; at < end; at++, to++) {
      bytes[to] = bytes[at] ?? 0;
      if (bytes[at] === 0x22) at++;
    }
  }
  into[0] = start;
  into[1] = to;
}
