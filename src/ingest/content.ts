import type { Buffer } from "node:buffer";
import { fail } from "../core/errors.ts";
import { knownContent } from "./known-content.ts";
import type { FormatName } from "./options.ts";

export type FileKind = "csv" | "jsonl" | "parquet";

export function isParquet(start: Uint8Array): boolean {
  return start[0] === 0x50 && start[1] === 0x41 && start[2] === 0x52 && start[3] === 0x31;
}

/** Tells delimited text, JSON lines and Parquet apart by content. Throws DATA_BINARY or DATA_FORMAT for anything else. */
export function detectKind(path: string, start: Buffer, format: FormatName = "auto"): FileKind {
  if (isParquet(start)) return wanted(path, format, "parquet");
  refuseKnown(path, start);
  if (format === "parquet" || (format === "auto" && /\.(parquet|pq)$/i.test(path))) {
    fail("DATA_FORMAT", { what: `${path} is not a Parquet file`, expected: "PAR1 at its start" });
  }
  refuseBinary(path, start);
  if (format === "csv" || format === "jsonl") return format;
  return /^\s*(\{|\[\s*\{)/.test(start.toString("latin1", 0, 200)) || /\.(jsonl|ndjson|json)(\.gz)?$/i.test(path)
    ? "jsonl"
    : "csv";
}

function wanted(path: string, format: FormatName, kind: FileKind): FileKind {
  if (format === "auto" || format === kind) return kind;
  return fail("DATA_FORMAT", {
    what: `${path} is a ${kind} file, not ${format}`,
    fix: `Leave --format out, or say ${kind}.`,
  });
}

/** Throws DATA_BINARY for what is known and not read, with the command that helps. */
export function refuseKnown(path: string, start: Buffer): void {
  const known = knownContent(path, start);
  if (known) fail("DATA_BINARY", { what: `${path} is ${known.name}`, fix: known.fix });
}

function refuseBinary(path: string, start: Buffer): void {
  const part = start.subarray(0, 4096);
  let odd = 0;
  for (const byte of part) if (byte === 0 || byte < 7 || (byte > 13 && byte < 27)) odd++;
  if (odd > part.length / 100) {
    fail("DATA_BINARY", { what: `${path} is binary`, received: `bytes ${part.toString("hex", 0, 16)}…` });
  }
}

/** The start without a UTF-8 byte order mark. */
export function withoutMark(start: Buffer): Buffer {
  return start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf ? start.subarray(3) : start;
}
