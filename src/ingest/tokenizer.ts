import { Buffer, isUtf8 } from "node:buffer";

/** How records are written. */
export interface Dialect {
  /** Bytes between two fields. */
  readonly delimiter: string;
  /**
   * Whether a field may stand in quotes (doubled inside), and then hold delimiters and line ends. `in-line`: only where the
   * quotes open and close a field within its line; any other quote is part of the text.
   */
  readonly quoted: boolean | "in-line";
  /** Default `"`. */
  readonly quote?: '"' | "'" | undefined;
  /** A backslash in quotes makes the next byte part of the text, as in what Spark and MySQL write: `"a \\"b\\""`. */
  readonly backslash?: boolean | undefined;
  /** Runs of spaces and tabs separate, not each of them alone: aligned columns. The delimiter is a space. */
  readonly runs?: boolean | undefined;
}

/** Longest record, in bytes. Longer ones are malformed: they come from files that are not what they seem. */
const LONGEST = 1 << 20;

/** The fields of one record: field f is `bytes[starts[f] .. ends[f])`, quotes excluded. */
export interface Fields {
  count: number;
  starts: Int32Array;
  ends: Int32Array;
  /** 1 where doubled quotes stand for single ones. */
  escaped: Uint8Array;
}

export type Malformation = "unclosed quote" | "text after a closing quote" | "longer than 1 MiB";

/** Receives records in file order. Bytes and fields are only valid during the call. `line` counts from 1. */
export interface RecordSink {
  record(bytes: Buffer, fields: Fields, line: number, start: number, end: number): void;
  malformed(reason: Malformation, line: number, bytes: Buffer, start: number, end: number): void;
}

const LF = 10;
const CR = 13;
const SPACE = 32;
const TAB = 9;
const BACKSLASH = 92;

/** `#next` answers with the position after the record, or one of these. */
const INCOMPLETE = -1;
const UNCLOSED = -2;
const TRAILING = -3;

/**
 * Cuts a stream of bytes into records and fields. LF, CR LF and CR end a record, mixed at will; blank lines are skipped. A
 * record that breaks the rules of quoting costs its first line only, so that one stray quote cannot swallow the rest of
 * a file, and lines are numbered as an editor numbers them.
 *
 * Readers of databases and data frames drop what is damaged silently or give it up together with what follows; on good
 * text the tests compare this one with csv-parse.
 */
export class Tokenizer {
  readonly #sink: RecordSink;
  readonly #delimiter: Buffer;
  readonly #quoted: boolean;
  readonly #inLine: boolean;
  readonly #quote: number;
  readonly #runs: boolean;
  readonly #backslash: boolean;
  /** Spaces around quotes are layout, unless spaces separate. */
  readonly #padding: boolean;
  readonly #fields: Fields = {
    count: 0,
    starts: new Int32Array(64),
    ends: new Int32Array(64),
    escaped: new Uint8Array(64),
  };
  #carry: Buffer = Buffer.alloc(0);
  #line = 1;
  /** Inside a line that was longer than LONGEST: skip to its end. */
  #skipping = false;
  #lineEnds = 0;
  #recordEnd = 0;

  constructor(dialect: Dialect, sink: RecordSink) {
    this.#sink = sink;
    this.#delimiter = Buffer.from(dialect.delimiter, "utf8");
    this.#quoted = dialect.quoted !== false;
    this.#inLine = dialect.quoted === "in-line";
    this.#quote = dialect.quote === "'" ? 39 : 34;
    this.#runs = dialect.runs ?? false;
    this.#backslash = dialect.backslash ?? false;
    this.#padding = dialect.delimiter !== " ";
  }

  push(chunk: Buffer): void {
    const bytes = this.#carry.length > 0 ? Buffer.concat([this.#carry, chunk]) : chunk;
    const rest = this.#run(bytes, false);
    this.#carry = bytes.subarray(rest);
  }

  /** Handles a last line without a line end. */
  end(): void {
    this.#run(this.#carry, true);
    this.#carry = Buffer.alloc(0);
  }

  /** Handles every complete record; returns where the first incomplete one starts. */
  #run(bytes: Buffer, final: boolean): number {
    let at = 0;
    if (this.#skipping) {
      at = lineEnd(bytes, 0, final);
      if (at < 0) return bytes.length;
      this.#skipping = false;
      this.#line++;
    }
    while (at < bytes.length) {
      const next = this.#next(bytes, at, final);
      if (next >= 0) {
        if (!this.#blank(bytes, at)) this.#sink.record(bytes, this.#fields, this.#line, at, this.#recordEnd);
        this.#line += this.#lineEnds;
        at = next;
      } else if (!final && bytes.length - at <= LONGEST && (next === INCOMPLETE || lineEnd(bytes, at, false) < 0)) {
        return at;
      } else {
        at = this.#reject(bytes, at, final, next);
        if (this.#skipping) return bytes.length;
      }
    }
    return at;
  }

  /** Reports the first line of the record at `at` as malformed; returns where the next line starts. */
  #reject(bytes: Buffer, at: number, final: boolean, why: number): number {
    const next = lineEnd(bytes, at, true);
    const complete = lineEnd(bytes, at, final) >= 0;
    let stop = next;
    if (bytes[stop - 1] === LF) stop--;
    if (stop > at && bytes[stop - 1] === CR) stop--;
    const reason = !complete ? "longer than 1 MiB" : why === TRAILING ? "text after a closing quote" : "unclosed quote";
    this.#sink.malformed(reason, this.#line, bytes, at, stop);
    if (complete) this.#line++;
    else this.#skipping = true;
    return next;
  }

  /** Finds the fields of the record at `start` and where the next one starts. */
  #next(bytes: Buffer, start: number, final: boolean): number {
    const fields = this.#fields;
    fields.count = 0;
    this.#lineEnds = 1;
    let at = this.#runs ? afterBlanks(bytes, start) : start;
    for (;;) {
      if (fields.count === fields.starts.length) grow(fields);
      at = this.#field(bytes, at, final);
      if (at < 0) return at;
      fields.count++;
      if (at >= bytes.length) {
        this.#recordEnd = bytes.length;
        return final ? bytes.length : INCOMPLETE;
      }
      const byte = bytes[at];
      if (byte === LF || byte === CR) {
        this.#recordEnd = at;
        if (byte === LF) return at + 1;
        if (at + 1 >= bytes.length && !final) return INCOMPLETE;
        return bytes[at + 1] === LF ? at + 2 : at + 1;
      }
      at = this.#runs ? afterBlanks(bytes, at) : at + this.#delimiter.length;
    }
  }

  #field(bytes: Buffer, at: number, final: boolean): number {
    const byte = bytes[at];
    if (!this.#quoted || (byte !== this.#quote && byte !== SPACE)) return this.#plainField(bytes, at);
    const opening = this.#padding && bytes[at] === SPACE ? afterSpaces(bytes, at) : at;
    if (bytes[opening] !== this.#quote) return this.#plainField(bytes, at);
    const end = this.#quotedField(bytes, opening, final);
    return this.#inLine && (end === UNCLOSED || end === TRAILING) ? this.#plainField(bytes, at) : end;
  }

  #plainField(bytes: Buffer, start: number): number {
    const { length } = bytes;
    const first = this.#delimiter[0] ?? -1;
    const single = this.#delimiter.length === 1;
    let at = start;
    for (; at < length; at++) {
      const byte = bytes[at];
      if (byte === LF || byte === CR || (byte === first && (single || this.#delimiterAt(bytes, at)))) break;
      if (this.#runs && byte === TAB) break;
    }
    this.#note(start, at, 0);
    return at;
  }

  #quotedField(bytes: Buffer, start: number, final: boolean): number {
    const { length } = bytes;
    let escaped = 0;
    let at = start + 1;
    for (; at < length; at++) {
      const byte = bytes[at];
      if (byte === LF || byte === CR) {
        if (this.#inLine) return UNCLOSED;
        if (byte === LF || bytes[at + 1] !== LF) this.#lineEnds++;
      }
      if (byte === BACKSLASH && this.#backslash) {
        escaped = 1;
        at++;
        continue;
      }
      if (byte !== this.#quote) continue;
      if (bytes[at + 1] !== this.#quote) break;
      escaped = 1;
      at++;
    }
    if (at >= length) return final ? UNCLOSED : INCOMPLETE;
    const next = this.#padding ? afterSpaces(bytes, at + 1) : at + 1;
    if (!final && next + this.#delimiter.length > length) return INCOMPLETE;
    this.#note(start + 1, at, escaped);
    const after = bytes[next];
    const ends = next >= length || after === LF || after === CR || (this.#runs && after === TAB);
    return ends || this.#delimiterAt(bytes, next) ? next : TRAILING;
  }

  #note(start: number, end: number, escaped: number): void {
    const { count, starts, ends, escaped: flags } = this.#fields;
    starts[count] = start;
    ends[count] = end;
    flags[count] = escaped;
  }

  #delimiterAt(bytes: Buffer, at: number): boolean {
    for (let i = 0; i < this.#delimiter.length; i++) if (bytes[at + i] !== this.#delimiter[i]) return false;
    return true;
  }

  /** Whether the record holds nothing but spaces. */
  #blank(bytes: Buffer, start: number): boolean {
    if (this.#fields.count !== 1) return false;
    for (let at = start; at < this.#recordEnd; at++) if (bytes[at] !== SPACE && bytes[at] !== TAB) return false;
    return true;
  }
}

function afterSpaces(bytes: Buffer, at: number): number {
  let next = at;
  while (bytes[next] === SPACE) next++;
  return next;
}

/** The first place from `at` on that holds neither a space nor a tab. */
function afterBlanks(bytes: Buffer, at: number): number {
  let next = at;
  while (bytes[next] === SPACE || bytes[next] === TAB) next++;
  return next;
}

/** Where the line after the one at `start` begins; -1 when its end is not in sight and more is to come. */
function lineEnd(bytes: Buffer, start: number, final: boolean): number {
  for (let at = start; at < bytes.length; at++) {
    if (bytes[at] === LF) return at + 1;
    if (bytes[at] !== CR) continue;
    if (at + 1 >= bytes.length && !final) return -1;
    return bytes[at + 1] === LF ? at + 2 : at + 1;
  }
  return final ? bytes.length : -1;
}

function grow(fields: Fields): void {
  const length = 2 * fields.starts.length;
  const starts = new Int32Array(length);
  const ends = new Int32Array(length);
  const escaped = new Uint8Array(length);
  starts.set(fields.starts);
  ends.set(fields.ends);
  escaped.set(fields.escaped);
  Object.assign(fields, { starts, ends, escaped });
}

/** The field as text, doubled quotes undone; Latin-1 where it is not valid UTF-8. */
export function fieldText(
  bytes: Buffer,
  fields: Fields,
  index: number,
  { quote = '"', backslash = false }: Partial<Dialect> = {},
): string {
  const field = bytes.subarray(fields.starts[index], fields.ends[index]);
  const text = field.toString(isUtf8(field) ? "utf8" : "latin1");
  if (fields.escaped[index] !== 1) return text;
  return backslash ? text.replace(/\\(.)|""/gs, (two, next) => next ?? two[0]) : text.replaceAll(quote + quote, quote);
}
