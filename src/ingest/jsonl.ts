import { type Buffer, isUtf8 } from "node:buffer";
import { fail } from "../core/errors.ts";
import { DocumentSplitter, type ObjectSink, type ObjectSplitter, splitLines } from "./json-records.ts";
import { cellText, flatten, isObject, parseObject, valueAt } from "./json-text.ts";
import type { ReadOptions, Role } from "./options.ts";
import { lineText, type Rejects } from "./report.ts";
import { SAMPLE_RECORDS } from "./sample.ts";
import { readText, type Understanding, understand } from "./understand.ts";
import type { EventWriter } from "./writer.ts";

export interface JsonlPlan extends Understanding {
  readonly names: readonly string[];
  /** Objects of an array, or written over several lines; otherwise one a line. */
  readonly document: boolean;
  readonly preview: readonly (readonly string[])[];
}

/** Understands JSON objects from their start: columns are keys, those of nested objects joined by dots. */
export function planJsonl(path: string, start: Buffer, whole: boolean, options: ReadOptions): JsonlPlan {
  const lines = sample(start, whole, splitLines);
  const isArray = /^\s*\[\s*[{\r\n]/.test(start.toString("latin1", 0, 200));
  const all =
    isArray || 2 * lines.objects.length <= lines.count
      ? sample(start, whole, (sink) => new DocumentSplitter(sink))
      : lines;
  const { objects } = all.objects.length > lines.objects.length || isArray ? all : lines;
  if (objects.length === 0) notJsonl(path, start);
  if (whole && objects.length === 1) refuseDocument(path, objects[0] as Record<string, unknown>);
  const records = objects.map((object) => flatten(object));
  const names = [...new Set(records.flatMap((record) => [...record.keys()]))];
  const cells = (column: number): string[] => records.map((record) => record.get(names[column] ?? "") ?? "");
  const understanding = understand({ path, names, named: true, cells }, options);
  const preview = records.slice(0, 5).map((record) => names.map((name) => record.get(name) ?? ""));
  return { ...understanding, names, document: objects !== lines.objects, preview };
}

type Split = (sink: ObjectSink) => ObjectSplitter;

/** The objects at the start of a file, and how many there should be. */
function sample(start: Buffer, whole: boolean, split: Split): { objects: Record<string, unknown>[]; count: number } {
  const objects: Record<string, unknown>[] = [];
  let count = 0;
  const splitter = split({
    object(bytes, from, to) {
      if (count >= SAMPLE_RECORDS) return;
      count++;
      const object = parseObject(textOf(bytes, from, to).text);
      if (object) objects.push(object);
    },
    malformed: () => void count++,
  });
  splitter.push(start);
  if (whole) splitter.end();
  return { objects, count };
}

function textOf(bytes: Buffer, start: number, end: number): { text: string; latin: boolean } {
  const text = bytes.toString("utf8", start, end);
  // The sign for what is no UTF-8 may also stand in the file itself.
  const latin = text.includes("\ufffd") && !isUtf8(bytes.subarray(start, end));
  return { text: latin ? bytes.toString("latin1", start, end) : text, latin };
}

function notJsonl(path: string, start: Buffer): never {
  return fail("DATA_FORMAT", {
    what: `${path} holds no JSON objects`,
    expected: "JSON objects, one a line or in an array",
    received: JSON.stringify(start.toString("utf8", 0, 80)),
    fix: "Write an object with a user and an item per interaction, or name the format with --format.",
  });
}

/** A file that is one object around its rows, or one object per column. */
function refuseDocument(path: string, object: Record<string, unknown>): void {
  const values = Object.entries(object);
  const rows = values.find(([, value]) => Array.isArray(value) && isObject(value[0]));
  const isColumns =
    values.length > 1 &&
    values.every(([, value]) => isObject(value) && Object.keys(value).every((key) => /^\d+$/.test(key)));
  if (rows === undefined && !isColumns) return;
  fail("DATA_FORMAT", {
    what: rows ? `${path} is one JSON object, with its rows in "${rows[0]}"` : `${path} is one JSON object of columns`,
    expected: "JSON objects, one a line or in an array",
    fix: rows
      ? `Take the rows out: jq -c '.${JSON.stringify(rows[0])}[]' ${path} > rows.jsonl`
      : 'Write rows instead, in pandas with to_json(path, orient="records", lines=True).',
  });
}

/** Reads objects into the writer: `push` each chunk (without byte order mark), then `end`. */
export class JsonlReader {
  rows = 0;
  readonly #splitter: ObjectSplitter;
  readonly #paths: Partial<Record<Role, readonly string[]>>;
  readonly #context: readonly (readonly string[])[];
  readonly #plan: JsonlPlan;
  readonly #writer: EventWriter;

  constructor(plan: JsonlPlan, writer: EventWriter, rejects: Rejects) {
    this.#plan = plan;
    this.#writer = writer;
    this.#paths = Object.fromEntries(
      Object.entries(plan.roles).map(([role, { column }]) => [role, (plan.names[column] ?? "").split(".")]),
    );
    this.#context = plan.context.map((column) => (plan.names[column] ?? "").split("."));
    const sink: ObjectSink = {
      object: (bytes, start, end, line) => {
        this.rows++;
        const problem = this.#add(bytes, start, end);
        if (problem !== undefined) rejects.add(problem, line, () => lineText(bytes, start, end));
      },
      malformed: (reason, bytes, start, end, line) => {
        this.rows++;
        rejects.add(reason, line, () => lineText(bytes, start, end));
      },
    };
    this.#splitter = plan.document ? new DocumentSplitter(sink) : splitLines(sink);
  }

  push(chunk: Buffer): void {
    this.#splitter.push(chunk);
  }

  end(): void {
    this.#splitter.end();
  }

  #add(bytes: Buffer, start: number, end: number): string | undefined {
    const { text, latin } = textOf(bytes, start, end);
    const record = parseObject(text);
    if (record === undefined) return "not a JSON object";
    if (latin) this.#writer.counts.latinIds++;
    const { user, item, value, time, event } = this.#paths;
    return this.#writer.addText(
      user ? cellText(valueAt(record, user)) : "",
      item ? cellText(valueAt(record, item)) : "",
      value && numberOf(valueAt(record, value), this.#plan.value),
      time && numberOf(valueAt(record, time), this.#plan.time),
      event && cellText(valueAt(record, event)),
      this.#context.map((path) => cellText(valueAt(record, path))),
    );
  }
}

/** A value or a time through the form of its column; an array or an object is none. */
function numberOf(value: unknown, form: Understanding["value"] | Understanding["time"]): number | undefined {
  if (typeof value === "number" && form?.ticks !== undefined) return value / form.ticks;
  if (typeof value === "object" && value !== null) return Number.NaN;
  return readText(form, cellText(value));
}
