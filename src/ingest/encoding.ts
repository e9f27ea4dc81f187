import { Buffer } from "node:buffer";
import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";

/** What people call encodings, without case and punctuation, where the web's own labels do not have it already. */
const ALIASES: Readonly<Record<string, string>> = {
  utf8sig: "utf-8",
  utf8bom: "utf-8",
  utf16: "utf-16",
  utf16le: "utf-16le",
  utf16be: "utf-16be",
  ucs2: "utf-16le",
  latin: "latin1",
  ansi: "windows-1252",
  ascii: "windows-1252",
};
const COMMON = ["utf-8", "utf-16", "utf-16le", "utf-16be", "latin-1", "iso-8859-15", "windows-1252", "windows-1251"];
const MORE = ["koi8-r", "shift_jis", "euc-jp", "gbk", "gb18030", "big5", "euc-kr"];

/**
 * The label that `TextDecoder` has for an encoding named as people name it: `latin1`, `Latin-1`, `utf8`, `cp1252`, `UTF_16`.
 * Latin-1 is its superset Windows-1252, as everywhere on the web. Throws CONFIG_UNKNOWN, with the nearest name.
 */
export function encodingNamed(name: string): string {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, "");
  const page = /^(?:cp|win|windows|ms)(\d{3,4})$/.exec(plain)?.[1];
  const part = /^(?:iso)?8859(\d{1,2})$/.exec(plain)?.[1];
  const tries = [ALIASES[plain], page && `windows-${page}`, part && `iso-8859-${part}`, name.trim(), plain];
  for (const label of tries) {
    const found = label && (label === "utf-16" ? label : labelOf(label));
    if (found) return found;
  }
  const close = nearest(name, [...COMMON, ...MORE]);
  return fail("CONFIG_UNKNOWN", {
    what: `There is no encoding "${name}"`,
    expected: `one of ${[...COMMON, ...MORE].join(", ")}`,
    fix: close ? `Did you mean "${close}"?` : "Use one of the encodings listed.",
  });
}

function labelOf(label: string): string | undefined {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}

/**
 * The encoding that the first bytes of a text have to be decoded from, or undefined for UTF-8, which is what everything
 * after this sees. A byte order mark is believed; without one, `named` (as `encodingNamed` gives it) is.
 * Throws CONFIG_VALUE where that is UTF-16 and cannot be.
 */
export function encodingOf(start: Uint8Array, named: string | undefined): string | undefined {
  if (start[0] === 0xff && start[1] === 0xfe) return "utf-16le";
  if (start[0] === 0xfe && start[1] === 0xff) return "utf-16be";
  if (named?.startsWith("utf-16") && !start.subarray(0, 4096).includes(0)) {
    fail("CONFIG_VALUE", {
      what: "The text is not in UTF-16: it has no zero byte",
      received: `the encoding ${named}`,
      fix: "Leave --encoding out, or name another one.",
    });
  }
  if (named === "utf-16") return "utf-16le";
  return named === "utf-8" ? undefined : (named ?? unmarked(start));
}

/** UTF-16 without a mark: in text of any European language every other byte is 0. */
function unmarked(start: Uint8Array): string | undefined {
  const part = start.subarray(0, 4096);
  if (part.length < 4) return undefined;
  const zeros = [0, 0];
  part.forEach((byte, at) => {
    if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  });
  const most = (0.4 * part.length) / 2;
  const [even = 0, odd = 0] = zeros;
  if (odd > most && even < most / 10) return "utf-16le";
  return even > most && odd < most / 10 ? "utf-16be" : undefined;
}

/** Chunks as UTF-8, without a byte order mark. */
export async function* decoded(chunks: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }), "utf8");
  yield Buffer.from(decoder.decode(), "utf8");
}
