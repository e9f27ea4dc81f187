import type { Buffer } from "node:buffer";
import { type DelimitedPlan, RULE } from "./delimited.ts";
import type { Role } from "./options.ts";
import { lineText, type Rejects } from "./report.ts";
import { type Fields, fieldText, Tokenizer } from "./tokenizer.ts";
import type { EventWriter } from "./writer.ts";

const [SPACE, TAB, COLON, BACKSLASH] = [32, 9, 58, 92];

type Span = [start: number, end: number];

/** Reads records into the writer: `push` each chunk (without byte order mark), then `end`. */
export class DelimitedReader {
  /** Records seen, malformed ones included; titles, names and comments not. */
  rows = 0;
  /** Comments below the start of the file. */
  comments = 0;
  readonly #plan: DelimitedPlan;
  readonly #writer: EventWriter;
  readonly #rejects: Rejects;
  readonly #tokenizer: Tokenizer;
  readonly #quote: number;
  readonly #width: number;
  readonly #value: DelimitedPlan["value"];
  readonly #time: DelimitedPlan["time"];
  /** Columns of the roles; -1 where there is none. */
  readonly #at: Readonly<Record<Role, number>>;
  /** Columns of context. */
  readonly #context: readonly number[];
  readonly #user: Span = [0, 0];
  readonly #item: Span = [0, 0];
  /** The item of the lines that follow, where items stand on lines of their own. */
  #block: string | undefined;

  constructor(plan: DelimitedPlan, writer: EventWriter, rejects: Rejects) {
    this.#plan = plan;
    this.#writer = writer;
    this.#rejects = rejects;
    const { roles, dialect } = plan;
    const columnOf = (role: Role): number => roles[role]?.column ?? -1;
    this.#at = {
      ...{ user: columnOf("user"), item: columnOf("item"), value: columnOf("value") },
      ...{ time: columnOf("time"), event: columnOf("event") },
    };
    this.#context = plan.context;
    this.#width = dialect.width;
    this.#value = plan.value;
    this.#time = plan.time;
    this.#quote = dialect.quote === "'" ? 0x27 : 0x22;
    const { skip, comment } = plan;
    const isLeftOut = (bytes: Buffer, line: number, start: number): boolean => {
      if (line <= skip) return true;
      if (bytes[start] !== comment) return false;
      this.comments++;
      return true;
    };
    this.#tokenizer = new Tokenizer(dialect, {
      record: (bytes, fields, line, start, end) => {
        if (isLeftOut(bytes, line, start) || (plan.blocks && this.#isBlock(bytes, fields))) return;
        this.rows++;
        this.#record(bytes, fields, line, start, end);
      },
      malformed: (reason, line, bytes, start, end) => {
        if (isLeftOut(bytes, line, start)) return;
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

  #record(bytes: Buffer, fields: Fields, line: number, start: number, end: number): void {
    const { count, starts, ends, escaped } = fields;
    const width = this.#width;
    if (this.#plan.trim && RULE.test(lineText(bytes, start, end))) {
      this.rows--;
      return;
    }
    if (count !== width && !(count === width + 1 && isBlank(bytes, starts[width] ?? 0, ends[width] ?? 0))) {
      this.#rejects.add(`${count} fields instead of ${width}`, line, () => lineText(bytes, start, end));
      return;
    }
    const { user, item } = this.#at;
    const written = escaped[user] === 1 || escaped[item] === 1 ? lineText(bytes, start, end) : undefined;
    const problem = this.#add(bytes, fields);
    if (problem !== undefined) this.#rejects.add(problem, line, () => written ?? lineText(bytes, start, end));
  }

  #add(bytes: Buffer, fields: Fields): string | undefined {
    const { starts, ends } = fields;
    const { user, item, value, time, event } = this.#at;
    const weight = this.#value?.read(bytes, starts[value] ?? 0, ends[value] ?? 0);
    const seconds = this.#time?.read(bytes, starts[time] ?? 0, ends[time] ?? 0);
    const kind = event < 0 ? undefined : this.#text(bytes, fields, event);
    const context = this.#context.map((column) => (column < fields.count ? this.#text(bytes, fields, column) : ""));
    if (this.#plan.blocks) {
      const text = (column: number): string =>
        column === this.#width ? (this.#block ?? "") : this.#text(bytes, fields, column);
      return this.#writer.addText(text(user), text(item), weight, seconds, kind, context);
    }
    this.#span(bytes, fields, user, this.#user);
    this.#span(bytes, fields, item, this.#item);
    return this.#writer.add(bytes, this.#user, this.#item, weight, seconds, kind, context);
  }

  #text(bytes: Buffer, fields: Fields, column: number): string {
    const text = fieldText(bytes, fields, column, this.#plan.dialect);
    return this.#plan.trim ? text.trim() : text;
  }

  /** A line with a single field and a colon behind it: the item of the lines that follow. */
  #isBlock(bytes: Buffer, { count, starts, ends }: Fields): boolean {
    const [start = 0, end = 0] = [starts[0], ends[0]];
    let last = end;
    while (last > start && (bytes[last - 1] === SPACE || bytes[last - 1] === TAB)) last--;
    if (count !== 1 || bytes[last - 1] !== COLON) return false;
    this.#block = bytes.toString("utf8", start, last - 1).trim();
    return true;
  }

  /** Where a field stands; doubled quotes are undone in place. */
  #span(bytes: Buffer, fields: Fields, index: number, into: Span): void {
    if (index >= fields.count) {
      into.fill(0); // a column of the folder's name: the writer knows it
      return;
    }
    let start = fields.starts[index] ?? 0;
    let end = fields.ends[index] ?? 0;
    if (fields.escaped[index] === 1) {
      let to = start;
      for (let at = start; at < end; at++, to++) {
        if (bytes[at] === BACKSLASH && this.#plan.dialect.backslash) bytes[to] = bytes[++at] ?? 0;
        else bytes[to] = bytes[at] ?? 0;
        if (bytes[at] === this.#quote && bytes[at + 1] === this.#quote) at++;
      }
      end = to;
    }
    if (this.#plan.trim) {
      while (start < end && (bytes[start] === SPACE || bytes[start] === TAB)) start++;
      while (end > start && (bytes[end - 1] === SPACE || bytes[end - 1] === TAB)) end--;
    }
    into[0] = start;
    into[1] = end;
  }
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== SPACE && bytes[at] !== TAB) return false;
  return true;
}
