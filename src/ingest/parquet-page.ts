import { crc32 } from "node:zlib";
import type { CompressionCodec, DecodedArray, PageHeader, SchemaElement } from "hyparquet";
import { decompressPage } from "hyparquet/src/datapage.js";
import { deltaBinaryUnpack, deltaByteArray, deltaLengthByteArray } from "hyparquet/src/delta.js";
import { byteStreamSplit } from "hyparquet/src/encoding.js";
import { readPlain } from "hyparquet/src/plain.js";
import { compressors } from "hyparquet-compressors";
import { readRuns } from "./parquet-runs.ts";
import type { Raw } from "./parquet-values.ts";

/** Some rows of a column. */
export interface Page {
  readonly rows: number;
  readonly values: ArrayLike<Raw>;
  /** Where the value of each row is, -1 for an empty cell; absent where row i has value i. */
  readonly places?: Int32Array | undefined;
}

/** How the pages of a column chunk are stored. */
export interface PageFormat {
  readonly element: SchemaElement;
  readonly codec: CompressionCodec;
  /** Definition level of a cell that is there; 0 where every cell is. */
  readonly level: number;
  /** Bytes that the whole chunk has when decompressed. */
  readonly size: number;
}

/** The values that other pages of a column chunk refer to by number. */
export function decodeDictionary(header: PageHeader, bytes: Uint8Array, format: PageFormat): ArrayLike<Raw> {
  const count = header.dictionary_page_header?.num_values ?? 0;
  const page = inflate(header, bytes, header.uncompressed_page_size, format);
  return plain(page, count, format);
}

/** A data page of either version. It holds at most `most` rows. */
export function decodePage(
  header: PageHeader,
  bytes: Uint8Array,
  format: PageFormat,
  dictionary: ArrayLike<Raw> | undefined,
  most: number,
): Page {
  const { data_page_header: v1, data_page_header_v2: v2 } = header;
  const rows = (v1 ?? v2)?.num_values ?? -1;
  if (!(rows >= 0 && rows <= most)) throw new Error("a page holds more rows than its row group");
  const { levels, data } = v2 ? splitV2(header, bytes, format) : splitV1(header, bytes, format);
  const there = levels && readRuns(levels, bits(format.level), rows);
  const count = there ? countOf(there, format.level) : rows;
  const encoding = (v1 ?? v2)?.encoding ?? "PLAIN";
  if (encoding === "RLE_DICTIONARY" || encoding === "PLAIN_DICTIONARY") {
    const numbers = readRuns(data.subarray(1), data[0] ?? 0, count);
    return { rows, values: dictionary ?? [], places: spread(checked(numbers, dictionary), there, format.level) };
  }
  const values = decodeValues(encoding, data, count, format);
  return { rows, values, places: count === rows ? undefined : spread(undefined, there, format.level) };
}

interface Parts {
  /** Runs of definition levels, absent where no cell can be empty. */
  readonly levels: Uint8Array | undefined;
  readonly data: Uint8Array;
}

/** Version 1: levels and values compressed together, levels behind their length. */
function splitV1(header: PageHeader, bytes: Uint8Array, format: PageFormat): Parts {
  const page = inflate(header, bytes, header.uncompressed_page_size, format);
  if (format.level === 0) return { levels: undefined, data: page };
  const encoding = header.data_page_header?.definition_level_encoding;
  if (encoding !== "RLE") throw new Error(`levels encoded as ${encoding} are not supported`);
  const end = 4 + viewOf(page).getUint32(0, true);
  return { levels: page.subarray(4, end), data: page.subarray(end) };
}

/** Version 2: levels first, never compressed. */
function splitV2(header: PageHeader, bytes: Uint8Array, format: PageFormat): Parts {
  const { repetition_levels_byte_length: start = 0, definition_levels_byte_length: length = 0 } =
    header.data_page_header_v2 ?? {};
  const end = start + length;
  const rest = bytes.subarray(end);
  const isCompressed = header.data_page_header_v2?.is_compressed !== false;
  const data = isCompressed ? inflate(header, rest, header.uncompressed_page_size - end, format, bytes) : rest;
  return { levels: format.level === 0 ? undefined : bytes.subarray(start, end), data };
}

function inflate(
  { crc }: PageHeader,
  bytes: Uint8Array,
  size: number,
  { codec, size: most }: PageFormat,
  summed: Uint8Array = bytes,
): Uint8Array {
  if (crc !== undefined && crc32(summed) !== crc >>> 0) throw new Error("the checksum of a page is wrong");
  if (!(size >= 0 && size <= most)) throw new Error("a page is larger than its column");
  return size === 0 ? new Uint8Array(0) : decompressPage(bytes, size, codec, compressors);
}

function decodeValues(encoding: string, data: Uint8Array, count: number, format: PageFormat): ArrayLike<Raw> {
  const { type, type_length: length } = format.element;
  if (count === 0) return [];
  const reader = { view: viewOf(data), offset: 0 };
  const into = (output: DecodedArray, unpack: (output: never) => void): ArrayLike<Raw> => {
    unpack(output as never);
    return output;
  };
  switch (encoding) {
    case "PLAIN":
      return plain(data, count, format);
    case "RLE":
      return Array.from(readRuns(data.subarray(4), 1, count), (bit) => bit === 1);
    case "BYTE_STREAM_SPLIT":
      return byteStreamSplit(reader, count, type ?? "DOUBLE", length);
    case "DELTA_BINARY_PACKED":
      return into(type === "INT32" ? new Int32Array(count) : new BigInt64Array(count), (output) =>
        deltaBinaryUnpack(reader, count, output),
      );
    case "DELTA_LENGTH_BYTE_ARRAY":
      return into([], (output) => deltaLengthByteArray(reader, count, output));
    case "DELTA_BYTE_ARRAY":
      return into([], (output) => deltaByteArray(reader, count, output));
    default:
      throw new Error(`the encoding ${encoding} is not supported`);
  }
}

function plain(
  bytes: Uint8Array,
  count: number,
  { element: { type, type_length: length } }: PageFormat,
): ArrayLike<Raw> {
  const reader = { view: viewOf(bytes), offset: 0 };
  if (type === undefined) throw new Error("a column has no type");
  // Every value but a boolean takes a byte or more.
  if (type !== "BOOLEAN" && !(count <= bytes.length)) throw new Error("a page ends within its values");
  const values = readPlain(reader, type, count, length);
  if (reader.offset > bytes.length) throw new Error("a page ends within its values");
  return values;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
/** Bits that hold 0..value. */
const bits = (value: number): number => 32 - Math.clz32(value);

function countOf(levels: Int32Array, level: number): number {
  let count = 0;
  for (const one of levels) if (one === level) count++;
  return count;
}

/** The place of each row's value, where only the rows of full level have one. */
function spread(places: Int32Array | undefined, levels: Int32Array | undefined, level: number): Int32Array {
  if (levels === undefined) return places ?? new Int32Array(0);
  let next = 0;
  return levels.map((one) => {
    if (one !== level) return -1;
    const place = next++;
    return places ? (places[place] ?? -1) : place;
  });
}

function checked(numbers: Int32Array, dictionary: ArrayLike<Raw> | undefined): Int32Array {
  const size = dictionary?.length ?? 0;
  for (const number of numbers) {
    if (number < 0 || number >= size) throw new Error("a page refers to an entry that its dictionary does not have");
  }
  return numbers;
}
