/**
 * The safetensors format: 8 bytes with the header's length N (u64, little-endian), N bytes of JSON, then the tensors' bytes
 * without holes. The header maps each name to `{ dtype, shape, data_offsets: [begin, end] }`, offsets counted from the end of
 * the header, and `__metadata__` to strings. https://huggingface.co/docs/safetensors
 */
import { fail } from "../core/errors.ts";

/** One tensor of a file; `K`: the types of numbers that are read, by the format's names. */
export interface Entry<K extends string> {
  readonly name: string;
  readonly kind: K;
  readonly shape: readonly number[];
  /** Bytes [begin, end) after the header. */
  readonly begin: number;
  readonly end: number;
}

export interface Header<K extends string> {
  /** In the order in which they are stored. */
  readonly entries: readonly Entry<K>[];
  readonly metadata: Readonly<Record<string, string>>;
}

export const METADATA = "__metadata__";
/** As the format's own library: nobody needs a larger header, and it would be read into memory. */
const LARGEST_HEADER = 100_000_000;

/** Reads the length that the first 8 bytes announce and checks it against the file. Throws ARTIFACT_CORRUPT. */
export function headerLength(prefix: Uint8Array, fileBytes: number): number {
  if (fileBytes < 8) corrupt("it is too short", "at least 8 bytes", `${fileBytes} bytes`);
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true));
  const most = Math.min(LARGEST_HEADER, fileBytes - 8);
  if (length > most) corrupt("its header does not fit", `at most ${most} bytes`, `${length} bytes`);
  return length;
}

/**
 * Reads and checks a header: types of those that are given with their bytes, sizes that fit the shapes, neither holes nor overlaps nor missing
 * bytes. Throws ARTIFACT_CORRUPT.
 */
export function decodeHeader<K extends string>(
  text: Uint8Array,
  dataBytes: number,
  types: Readonly<Record<K, number>>,
): Header<K> {
  const { [METADATA]: metadata, ...tensors } = parseJson(text);
  const entries = Object.entries(tensors)
    .map(([name, value]) => readEntry(name, value, types))
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

function readEntry<K extends string>(name: string, value: unknown, types: Readonly<Record<K, number>>): Entry<K> {
  const { dtype, shape, data_offsets: offsets } = isObject(value) ? value : {};
  if (typeof dtype !== "string" || !Object.hasOwn(types, dtype)) {
    return corrupt(`"${name}" has an unknown type`, Object.keys(types).join(", "), JSON.stringify(dtype));
  }
  if (!isSizes(shape)) return corrupt(`"${name}" has no valid shape`, "whole numbers", JSON.stringify(shape));
  if (!isSizes(offsets) || offsets.length !== 2) return corrupt(`"${name}" has no valid offsets`);
  const kind = dtype as K;
  const [begin, end] = offsets as [number, number];
  const expected = shape.reduce((product, size) => product * size, types[kind]);
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
