import { Buffer } from "node:buffer";
import { type Malformation, type RecordSink, Tokenizer } from "./tokenizer.ts";

/** Receives the bytes of one object. `line` counts from 1. */
export interface ObjectSink {
  object(bytes: Buffer, start: number, end: number, line: number): void;
  malformed(reason: Malformation, bytes: Buffer, start: number, end: number, line: number): void;
}

/** Cuts a stream into the texts of objects: `push` each chunk (without byte order mark), then `end`. */
export interface ObjectSplitter {
  push(chunk: Buffer): void;
  end(): void;
}

/** JSON allows no raw control character, so a line never holds this: every line is one field. */
const LINES = { delimiter: "\u0001", quoted: false } as const;

/** One object a line. A damaged line costs itself alone. */
export function splitLines(sink: ObjectSink): ObjectSplitter {
  return new Tokenizer(LINES, {
    record: (bytes, _, line, start, end) => sink.object(bytes, start, end, line),
    malformed: (reason, line, bytes, start, end) => sink.malformed(reason, bytes, start, end, line),
  } satisfies RecordSink);
}

/** Longest object, in bytes. */
const LONGEST = 1 << 20;
const [LF, QUOTE, BACKSLASH, OPEN, CLOSE] = [10, 34, 92, 123, 125];

/**
 * The objects of a JSON array, or objects one after the other over any number of lines. Only braces and strings are looked
 * at, so that what stands between objects (brackets, commas, spaces) does not matter. A brace at the very start of a line
 * begins an object, and no string holds a line end: where either happens inside an object, that one is damaged and ends there,
 * so that the rest of the file is not lost with it.
 */
export class DocumentSplitter implements ObjectSplitter {
  readonly #sink: ObjectSink;
  #carry: Buffer = Buffer.alloc(0);
  #depth = 0;
  #inString = false;
  #escaped = false;
  #last = LF;
  #line = 1;
  /** Line on which the current object began. */
  #from = 1;

  constructor(sink: ObjectSink) {
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    const seen = this.#carry.length;
    const bytes = seen > 0 ? Buffer.concat([this.#carry, chunk]) : chunk;
    const start = this.#run(bytes, seen);
    this.#carry = bytes.subarray(start);
    if (this.#carry.length <= LONGEST) return;
    this.#sink.malformed("longer than 1 MiB", this.#carry, 0, this.#carry.length, this.#from);
    this.#carry = Buffer.alloc(0);
    this.#depth = 0;
    this.#inString = false;
  }

  end(): void {
    if (this.#depth > 0) this.#sink.object(this.#carry, 0, this.#carry.length, this.#from);
    this.#carry = Buffer.alloc(0);
  }

  /** Hands on every object that ends in the bytes, of which `seen` have been looked at; returns where the open one starts. */
  #run(bytes: Buffer, seen: number): number {
    let start = 0;
    const give = (end: number): void => {
      this.#sink.object(bytes, start, end, this.#from);
      this.#depth = 0;
      this.#inString = false;
      this.#escaped = false;
    };
    for (let at = seen; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === LF) {
        this.#line++;
        if (this.#inString) give(at);
      } else if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
      } else if (byte === OPEN) {
        if (this.#depth > 0 && this.#last === LF) give(at);
        if (this.#depth++ === 0) {
          start = at;
          this.#from = this.#line;
        }
      } else if (this.#depth > 0) {
        if (byte === QUOTE) this.#inString = true;
        else if (byte === CLOSE && --this.#depth === 0) give(at + 1);
      }
      this.#last = byte;
    }
    return this.#depth > 0 ? start : bytes.length;
  }
}
