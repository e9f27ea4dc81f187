/**
 * The safetensors format: 8 bytes with the header's length N (u64, little-endian), N bytes of JSON, then the tensors' bytes
 * without holes. The header maps each name to `{ dtype, shape, data_offsets: [begin, end] }`, offsets counted from the end of
 * the header, and `__metadata__` to strings. https://huggingface.co/docs/safetensors
 */
import { fail } from "../../core/errors.ts";
import { type KindName, kindOf, kinds, sizeOf, type Tensors } from "./types.ts";

/** One tensor of a file. */
export interface Entry {
  readonly name: string;
  readonly kind: KindName;
  readonly shape: readonly number[];
  /** Bytes [begin, end) after the header. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  /** In the order in which they are stored. */
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
}

const METADATA = "__metadata__";
/** As the format's own library: nobody needs a larger header, and it would be read into memory. */
const LARGEST_HEADER = 100_000_000;

/** Stores wide numbers first, then by name, so that every tensor is aligned and the same content gives the same bytes. */
export function layOut(tensors: Tensors): Entry[] {
  const sorted = [...tensors].map(([name, { shape, data }]) => ({ name, shape, data, kind: kindOf(data) }));
  sorted.sort((a, b) => kinds[b.kind].bytes - kinds[a.kind].bytes || (a.name < b.name ? -1 : 1));
  let begin = 0;
  return sorted.map(({ name, shape, data, kind }) => {
    if (name === METADATA || sizeOf(shape) !== data.length) {
      fail("ARTIFACT_SHAPE", {
        what: `The tensor "${name}" cannot be stored`,
        expected: `${sizeOf(shape)} numbers for shape [${shape.join(", ")}]`,
        received: `${data.length} numbers`,
      });
    }
    const end = begin + data.byteLength;
    const entry = { name, kind, shape, begin, end };
    begin = end;
    return entry;
  });
}

/** The bytes before the data, padded with spaces so that the data starts at a multiple of 8. */
export function encodeHeader({ entries, metadata }: Header): Uint8Array {
  const json: Record<string, unknown> = Object.keys(metadata).length > 0 ? { [METADATA]: metadata } : {};
  for (const { name, kind, shape, begin, end } of entries) {
    json[name] = { dtype: kind, shape, data_offsets: [begin, end] };
  }
  const text = new TextEncoder().encode(JSON.stringify(json));
  const length = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, 8);
  return bytes;
}

/** Reads the length that the first 8 bytes announce and checks it against the file. Throws ARTIFACT_CORRUPT. */
export function headerLength(prefix: Uint8Array, fileBytes: number): number {
  if (fileBytes < 8) corrupt("it is too short", "at least 8 bytes", `${fileBytes} bytes`);
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true));
  const most = Math.min(LARGEST_HEADER, fileBytes - 8);
  if (length > most) corrupt("its header does not fit", `at most ${most} bytes`, `${length} bytes`);
  return length;
}

/** Reads and checks a header: known types, sizes that fit the shapes, neither holes nor overlaps nor missing bytes. */
export function decodeHeader(text: Uint8Array, dataBytes: number): Header {
  const { [METADATA]: metadata, ...tensors } = parseJson(text);
  const entries = Object.entries(tensors)
    .map(([name, value]) => readEntry(name, value))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  for (const entry of entries) {
    if (entry.begin !== end) {
      const problem = entry.begin < end ? "overlaps another tensor" : "leaves a hole before it";
      corrupt(`"${entry.name}" ${problem}`, `an offset of ${end}`, String(entry.begin));
    }
    end = entry.end;
  }
  if (end !== dataBytes) corrupt("its size is wrong", `${end} bytes of data`, `${dataBytes}`);
  return { entries, metadata: readMetadata(metadata) };
}

function parseJson(text: Uint8Array): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
    if (isObject(json)) return json;
  } catch (cause) {
    return fail("ARTIFACT_CORRUPT", { what: "The safetensors file is damaged: its header is not JSON", cause });
  }
  return corrupt("its header is no object");
}

function readEntry(name: string, value: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = isObject(value) ? value : {};
  if (typeof dtype !== "string" || !Object.hasOwn(kinds, dtype)) {
    return corrupt(`"${name}" has an unknown type`, Object.keys(kinds).join(", "), JSON.stringify(dtype));
  }
  if (!isSizes(shape)) return corrupt(`"${name}" has no valid shape`, "whole numbers", JSON.stringify(shape));
  if (!isSizes(offsets) || offsets.length !== 2) return corrupt(`"${name}" has no valid offsets`);
  const kind = dtype as KindName;
  const [begin, end] = offsets as [number, number];
  const expected = sizeOf(shape) * kinds[kind].bytes;
  if (end - begin !== expected) {
    corrupt(`"${name}" does not fit its shape [${shape.join(", ")}]`, `${expected} bytes`, `${end - begin}`);
  }
  return { name, kind, shape, begin, end };
}

function readMetadata(value: unknown): Record<string, string> {
  if (value === undefined) return {};
  if (isObject(value) && Object.values(value).every((text) => typeof text === "string")) {
    return value as Record<string, string>;
  }
  return corrupt("its metadata holds something else than strings");
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

function corrupt(problem: string, expected?: string, received?: string): never {
  return fail("ARTIFACT_CORRUPT", { what: `The safetensors file is damaged: ${problem}`, expected, received });
}
