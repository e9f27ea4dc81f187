import { Buffer, isUtf8 } from "node:buffer";
import { fail } from "../core/errors.ts";
import { parseNumber, parseTime } from "./numbers.ts";
import type { ReadOptions, Role } from "./options.ts";
import { profileColumn } from "./profile.ts";
import { type ColumnReport, describeColumns, lineText, type Rejects } from "./report.ts";
import { assignRoles, type RoleGuesses } from "./roles.ts";
import { SAMPLE_RECORDS, sampleRecords } from "./sample.ts";
import { type Fields, Tokenizer } from "./tokenizer.ts";
import type { EventWriter } from "./writer.ts";

/** JSON allows no raw control character, so a line never holds this: every line is one field. */
const LINES = { delimiter: "\u0001", quoted: false } as const;

export interface JsonlPlan {
  readonly names: readonly string[];
  readonly roles: RoleGuesses;
  readonly columns: readonly ColumnReport[];
  readonly preview: readonly (readonly string[])[];
}

/** Understands JSON lines from their start: columns are keys, those of nested objects joined by dots. */
export function planJsonl(path: string, start: Buffer, whole: boolean, options: ReadOptions): JsonlPlan {
  const lines = sampleRecords(start, LINES, whole).records.slice(0, SAMPLE_RECORDS);
  const records = lines.flatMap(([line = ""]) => {
    const record = parseObject(line);
    return record ? [flatten(record, line)] : [];
  });
  if (records.length === 0) notJsonl(path, lines[0]?.[0] ?? "");
  const names = [...new Set(records.flatMap((record) => [...record.keys()]))];
  const cells = (column: number): string[] => records.map((record) => record.get(names[column] ?? "") ?? "");
  const profiled = names.map((name, column) => ({ name, profile: profileColumn(cells(column)) }));
  const roles = assignRoles(profiled, true, options);
  const preview = records.slice(0, 5).map((record) => names.map((name) => record.get(name) ?? ""));
  return { names, roles, columns: describeColumns(names, cells, roles), preview };
}

function notJsonl(path: string, line: string): never {
  const isDocument = /^\s*[[{]/.test(line);
  return fail("DATA_FORMAT", {
    what: isDocument ? `${path} is one JSON document` : `${path} holds no JSON objects`,
    expected: "one JSON object per line",
    received: JSON.stringify(line.slice(0, 80)),
    fix: isDocument
      ? "Write one object per line, e.g. with jq -c '.[]' in.json > out.jsonl."
      : "Name the format with --format.",
  });
}

/** The object on a line, or undefined. */
export function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function flatten(record: Record<string, unknown>, line: string, prefix = ""): Map<string, string> {
  const cells = new Map<string, string>();
  for (const [key, value] of Object.entries(record)) {
    if (isObject(value)) for (const [name, cell] of flatten(value, line, `${prefix}${key}.`)) cells.set(name, cell);
    else cells.set(prefix + key, cellText(value, [key], line));
  }
  return cells;
}

/** A value as text: strings as they are, numbers as written in the line where a double would lose digits. */
function cellText(value: unknown, path: readonly string[], line: string): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  if (typeof value === "object") return JSON.stringify(value);
  if (typeof value !== "number" || Number.isSafeInteger(value)) return String(value);
  const key = JSON.stringify(path[path.length - 1]).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`${key}\\s*:\\s*(-?[0-9.eE+-]+)`).exec(line)?.[1] ?? String(value);
}

/** Reads lines into the writer: `push` each chunk (without byte order mark), then `end`. */
export class JsonlReader {
  rows = 0;
  readonly #tokenizer: Tokenizer;
  readonly #paths: Partial<Record<Role, readonly string[]>>;
  readonly #writer: EventWriter;

  constructor({ names, roles }: JsonlPlan, writer: EventWriter, rejects: Rejects) {
    this.#writer = writer;
    this.#paths = Object.fromEntries(
      Object.entries(roles).map(([role, { column }]) => [role, (names[column] ?? "").split(".")]),
    );
    const record = (bytes: Buffer, _: Fields, line: number, start: number, end: number): void => {
      this.rows++;
      const problem = this.#add(bytes, start, end);
      if (problem !== undefined) rejects.add(problem, line, () => lineText(bytes, start, end));
    };
    this.#tokenizer = new Tokenizer(LINES, {
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

  #add(bytes: Buffer, start: number, end: number): string | undefined {
    const isText = isUtf8(bytes.subarray(start, end));
    const line = bytes.toString(isText ? "utf8" : "latin1", start, end);
    const record = parseObject(line);
    if (record === undefined) return "not a JSON object";
    if (!isText) this.#writer.counts.latinIds++;
    const { user, item, value, time, event } = this.#paths;
    return this.#writer.addText(
      user ? cellText(find(record, user), user, line) : "",
      item ? cellText(find(record, item), item, line) : "",
      value && numberOf(find(record, value), parseNumber),
      time && numberOf(find(record, time), parseTime),
      event && cellText(find(record, event), event, line),
    );
  }
}

function numberOf(value: unknown, parse: typeof parseNumber): number | undefined {
  if (typeof value === "number") return value;
  const bytes = Buffer.from(
    typeof value === "string" ? value : value === undefined || value === null ? "" : "not a number",
  );
  return parse(bytes, 0, bytes.length);
}

/** The value at a path of keys; a key that itself holds dots is found too. */
function find(record: Record<string, unknown>, path: readonly string[]): unknown {
  const [first = ""] = path;
  if (path.length === 1) return record[first];
  const whole = path.join(".");
  if (Object.hasOwn(record, whole)) return record[whole];
  let value: unknown = record;
  for (const key of path) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value;
}
