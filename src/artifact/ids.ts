import { fail } from "../core/errors.ts";

/** About so many bytes are parsed at a time: a file of ids may be longer than a string can be. */
const CHUNK = 1 << 24;
const NEWLINE = 0x0a;
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Ids as JSON strings, one a line: whatever a string can hold ("007", unicode, line breaks, even half a surrogate pair) comes
 * back as it was, and people and other programs can read it.
 */
export function* encodeIds(ids: readonly string[]): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  for (let start = 0; start < ids.length; start += 4096) {
    const lines = ids.slice(start, start + 4096).map((id) => `${JSON.stringify(id)}\n`);
    yield encoder.encode(lines.join(""));
  }
}

/** Throws ARTIFACT_CORRUPT where a line is no JSON string or an id comes twice. */
export function decodeIds(bytes: Uint8Array): string[] {
  const ids: string[] = [];
  for (let start = 0; start < bytes.length; ) {
    const limit = start + CHUNK;
    const end = limit >= bytes.length ? bytes.length : bytes.lastIndexOf(NEWLINE, limit) + 1;
    // An id longer than a chunk does not exist: they are names, not texts.
    if (end <= start || bytes[end - 1] !== NEWLINE) return corrupt("the last line is not complete");
    for (const id of parseLines(bytes.subarray(start, end - 1))) ids.push(id);
    start = end;
  }
  if (new Set(ids).size !== ids.length) return corrupt("an id comes twice");
  return ids;
}

/** JSON escapes line breaks inside strings, so those in the file are separators. */
function parseLines(bytes: Uint8Array): string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(`[${decoder.decode(bytes).replaceAll("\n", ",")}]`);
  } catch (cause) {
    return corrupt("a line is not a JSON string", cause);
  }
  if (Array.isArray(parsed) && parsed.every((id) => typeof id === "string")) return parsed;
  return corrupt("a line is not a JSON string");
}

function corrupt(problem: string, cause?: unknown): never {
  return fail("ARTIFACT_CORRUPT", { what: `A list of ids is damaged: ${problem}`, cause });
}
