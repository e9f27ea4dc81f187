/**
 * How the log is written: groups of entries, each synced to the disk as a whole.
 *
 *     #events <bytes of the lines> <CRC-32 of the lines, 8 hex digits>
 *     {"n":1,"user":"7","item":"film-3","type":"view","time":1790000000.5}
 *     …
 *
 * A group is begun only when the one before it is on the disk. So what cannot be read at the end of the last file is a group that
 * nobody was told of, and is cut off; what cannot be read anywhere else is damage, and is refused.
 */
import { crc32 } from "node:zlib";
import { isEntry, type NumberedEntry } from "./types.ts";

const MARK = "#events ";
const HEADER = /^#events (\d{1,10}) ([0-9a-f]{8})\n/;
const HEADER_BYTES = MARK.length + 10 + 1 + 8 + 1;

export function encodeGroup(entries: readonly NumberedEntry[]): Buffer {
  const lines = Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  const sum = crc32(lines).toString(16).padStart(8, "0");
  return Buffer.concat([Buffer.from(`${MARK}${lines.length} ${sum}\n`), lines]);
}

export interface Scan {
  readonly entries: readonly NumberedEntry[];
  /** Bytes of whole groups from the start. */
  readonly sound: number;
  /** Whether a whole group follows what cannot be read: then it is no torn end. */
  readonly damaged: boolean;
}

/** Reads whole groups from the start of a file's bytes. */
export function scanGroups(bytes: Buffer): Scan {
  const entries: NumberedEntry[] = [];
  let at = 0;
  for (let group = groupAt(bytes, at); group; group = groupAt(bytes, at)) {
    for (const entry of group.entries) entries.push(entry);
    at = group.end;
  }
  return { entries, sound: at, damaged: at < bytes.length && holdsGroup(bytes, at + 1) };
}

function holdsGroup(bytes: Buffer, from: number): boolean {
  for (let at = bytes.indexOf(MARK, from); at >= 0; at = bytes.indexOf(MARK, at + 1)) {
    if (groupAt(bytes, at)) return true;
  }
  return false;
}

function groupAt(bytes: Buffer, at: number): { readonly entries: NumberedEntry[]; readonly end: number } | undefined {
  const header = HEADER.exec(bytes.toString("latin1", at, at + HEADER_BYTES));
  if (!header) return undefined;
  const start = at + header[0].length;
  const end = start + Number(header[1]);
  if (end > bytes.length) return undefined;
  const lines = bytes.subarray(start, end);
  if (crc32(lines) !== Number.parseInt(header[2] as string, 16)) return undefined;
  const entries = lines.toString("utf8").split("\n").slice(0, -1).map(parsed);
  return entries.every((entry) => entry !== undefined) ? { entries, end } : undefined;
}

function parsed(line: string): NumberedEntry | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return isEntry(entry) && "n" in entry && Number.isSafeInteger(entry.n) ? (entry as NumberedEntry) : undefined;
  } catch {
    return undefined;
  }
}
