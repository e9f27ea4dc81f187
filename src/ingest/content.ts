import type { Buffer } from "node:buffer";
import { fail } from "../core/errors.ts";
import type { FormatName } from "./options.ts";

export type FileKind = "csv" | "jsonl" | "parquet";

/** Files that people try, by their first bytes, and what to do with them. */
const KNOWN: readonly (readonly [bytes: readonly number[], name: string, fix: string])[] = [
  [[0x50, 0x4b, 3, 4], "a ZIP archive or an Excel workbook", "Unzip it, or save the sheet as CSV."],
  [[0xd0, 0xcf, 0x11, 0xe0], "an old Excel workbook", "Save the sheet as CSV."],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65], "an SQLite database", "Export the table as CSV."],
  [[0x28, 0xb5, 0x2f, 0xfd], "compressed with zstd", "Decompress it (zstd -d), or compress with gzip."],
  [[0x42, 0x5a, 0x68], "compressed with bzip2", "Decompress it (bunzip2), or compress with gzip."],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], "compressed with xz", "Decompress it (unxz), or compress with gzip."],
  [[0x89, 0x50, 0x4e, 0x47], "a PNG image", "Give a file of interactions."],
  [[0x25, 0x50, 0x44, 0x46], "a PDF document", "Give a file of interactions."],
  [[0xff, 0xfe], "UTF-16 text", "Save it as UTF-8."],
  [[0xfe, 0xff], "UTF-16 text", "Save it as UTF-8."],
];

export function isParquet(start: Uint8Array): boolean {
  return start[0] === 0x50 && start[1] === 0x41 && start[2] === 0x52 && start[3] === 0x31;
}

/** Tells delimited text, JSON lines and Parquet apart by content. Throws DATA_BINARY or DATA_FORMAT for anything else. */
export function detectKind(path: string, start: Buffer, format: FormatName = "auto"): FileKind {
  if (isParquet(start)) return wanted(path, format, "parquet");
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

function refuseBinary(path: string, start: Buffer): void {
  for (const [bytes, name, fix] of KNOWN) {
    if (bytes.every((byte, i) => start[i] === byte)) fail("DATA_BINARY", { what: `${path} is ${name}`, fix });
  }
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
