import { Buffer, isUtf8 } from "node:buffer";
import type { SchemaElement } from "hyparquet";
import { parseFloat16 } from "hyparquet/src/convert.js";
import { parseNumber } from "./numbers.ts";

/** A cell as the file holds it, before its logical type is looked at. */
export type Raw = number | bigint | boolean | Uint8Array;

/** What the cells of a column mean. Numbers as `parseNumber` gives them: NaN stands for no number, Infinity for not finite. */
export interface Values {
  text(raw: Raw): string;
  number(raw: Raw): number | undefined;
  /** Unix seconds; only where the column holds dates. */
  date?(raw: Raw): number;
  /** The text as UTF-8 into a buffer with room for `room(raw)` bytes; returns the end. */
  write(raw: Raw, into: Buffer, at: number): number;
}

/** Bytes that `write` needs at most. */
export const room = (raw: Raw): number => (raw instanceof Uint8Array ? 4 * raw.length + 8 : 64);

/** The meaning of a column by its physical, converted and logical type (LogicalTypes.md of the Parquet format). */
export function valuesOf(element: SchemaElement): Values {
  const { type, converted_type: converted, logical_type: logical } = element;
  if (converted === "DECIMAL" || logical?.type === "DECIMAL") return decimals(element);
  if (converted === "DATE" || logical?.type === "DATE") return dates((raw) => BigInt(Number(raw)) * 86_400n, 1n);
  if (type === "INT96") return dates(julian, TICKS.NANOS);
  const unit = logical?.type === "TIMESTAMP" || logical?.type === "TIME" ? logical.unit : unitOf(converted);
  if (unit !== undefined) {
    const ofDay = logical?.type === "TIME" || converted?.startsWith("TIME_");
    return ofDay ? timesOfDay(TICKS[unit]) : dates((raw) => BigInt(raw as number | bigint), TICKS[unit]);
  }
  if (logical?.type === "UUID") return binary(uuid);
  if (logical?.type === "FLOAT16") return floats((raw) => parseFloat16(raw as Uint8Array) ?? Number.NaN, String);
  const unsigned = converted?.startsWith("UINT_") || (logical?.type === "INTEGER" && !logical.isSigned);
  switch (type) {
    case "INT32":
      return integers(unsigned ? (raw) => Number(raw) >>> 0 : undefined);
    case "INT64":
      return integers(unsigned ? (raw) => BigInt.asUintN(64, raw as bigint) : undefined);
    case "FLOAT":
      return floats(Number, shortest);
    case "DOUBLE":
      return floats(Number, String);
    case "BOOLEAN":
      return written({ text: String, number: () => Number.NaN });
    default:
      return isText(element) ? strings : binary(textOrHex);
  }
}

const TICKS = { MILLIS: 1000n, MICROS: 1_000_000n, NANOS: 1_000_000_000n };

function unitOf(converted: string | undefined): keyof typeof TICKS | undefined {
  return converted === undefined
    ? undefined
    : (
        {
          TIMESTAMP_MILLIS: "MILLIS",
          TIMESTAMP_MICROS: "MICROS",
          TIME_MILLIS: "MILLIS",
          TIME_MICROS: "MICROS",
        } as const
      )[converted];
}

const isText = ({ converted_type: converted, logical_type: logical }: SchemaElement): boolean =>
  ["UTF8", "ENUM", "JSON"].includes(converted ?? "") || ["STRING", "ENUM", "JSON"].includes(logical?.type ?? "");

/** Adds `write` to values whose text is short or ASCII. */
function written(values: Omit<Values, "write">): Values {
  return { ...values, write: (raw, into, at) => at + into.write(values.text(raw), at) };
}

/** Whole numbers, exact whatever their size. */
function integers(read: (raw: Raw) => number | bigint = (raw) => raw as number | bigint): Values {
  return {
    text: (raw) => String(read(raw)),
    number: (raw) => Number(read(raw)),
    write(raw, into, at) {
      const number = read(raw);
      const small = Number(number);
      return small >= 0 && small <= Number.MAX_SAFE_INTEGER
        ? writeDigits(small, into, at)
        : at + into.write(String(number), at);
    },
  };
}

/** The decimal digits of an integer in 0..2^53 - 1: the hot path of ids. */
function writeDigits(number: number, into: Buffer, at: number): number {
  let end = at + 1;
  for (let rest = number; rest >= 10; rest = Math.floor(rest / 10)) end++;
  for (let rest = number, place = end - 1; place >= at; place--) {
    const tens = Math.floor(rest / 10);
    into[place] = 48 + rest - 10 * tens;
    rest = tens;
  }
  return end;
}

const finite = (number: number): number => (Number.isFinite(number) ? number : Number.POSITIVE_INFINITY);

function floats(read: (raw: Raw) => number, print: (number: number) => string): Values {
  return written({ text: (raw) => print(read(raw)), number: (raw) => finite(read(raw)) });
}

/** The shortest decimal that a float32 is read back from: 4.1, not 4.099999904632568. */
function shortest(number: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(number.toPrecision(digits));
    if (Math.fround(short) === number) return String(short);
  }
  return String(number);
}

/** Decimals, exact: 4.50 is 450 with scale 2. */
function decimals({ scale: old = 0, logical_type: logical }: SchemaElement): Values {
  const scale = logical?.type === "DECIMAL" ? (logical.scale ?? 0) : old;
  const text = (raw: Raw): string => {
    const unscaled = raw instanceof Uint8Array ? twosComplement(raw) : BigInt(raw);
    const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
    const point = digits.length - scale;
    return `${unscaled < 0n ? "-" : ""}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ""}`;
  };
  return written({ text, number: (raw) => Number(text(raw)) });
}

function twosComplement(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(8 * bytes.length, value);
}

/** Points in time: ISO text in UTC, seconds since 1970. */
function dates(read: (raw: Raw) => bigint, ticks: bigint): Values {
  const text = (raw: Raw): string => {
    const time = read(raw);
    const rest = ((time % ticks) + ticks) % ticks;
    const date = new Date(1000 * Number((time - rest) / ticks));
    if (Number.isNaN(date.getTime())) return String(time);
    return date.toISOString().replace(/\.000Z$/, `${fraction(rest, ticks)}Z`);
  };
  return written({ text, number: () => Number.NaN, date: (raw) => Number(read(raw)) / Number(ticks) });
}

/** A time of day names no day: it can be shown, but is no time of an event. */
function timesOfDay(ticks: bigint): Values {
  const two = (number: bigint): string => String(number).padStart(2, "0");
  const text = (raw: Raw): string => {
    const time = BigInt(raw as number | bigint);
    const seconds = time / ticks;
    return `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}${fraction(time % ticks, ticks)}`;
  };
  return written({ text, number: () => Number.NaN });
}

/** Ticks below a second as ".5", or nothing. */
function fraction(rest: bigint, ticks: bigint): string {
  if (rest === 0n) return "";
  return `.${String(rest)
    .padStart(String(ticks).length - 1, "0")
    .replace(/0+$/, "")}`;
}

/** INT96: nanoseconds of the day in the low eight bytes, the Julian day in the high four. */
function julian(raw: Raw): bigint {
  const value = raw as bigint;
  return ((value >> 64n) - 2_440_588n) * 86_400_000_000_000n + BigInt.asUintN(64, value);
}

const asBuffer = (raw: Raw): Buffer => {
  const bytes = raw as Uint8Array;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};

/** Text: its bytes are taken as they are, as in a text file. */
const strings: Values = {
  text: (raw) => asBuffer(raw).toString("utf8"),
  number: (raw) => parseNumber(asBuffer(raw), 0, (raw as Uint8Array).length),
  write(raw, into, at) {
    const bytes = raw as Uint8Array;
    for (let i = 0; i < bytes.length; i++) into[at + i] = bytes[i] ?? 0;
    return at + bytes.length;
  },
};

/** Bytes without a meaning of their own, shown by a function. */
function binary(text: (raw: Uint8Array) => string): Values {
  const as = (raw: Raw): Buffer => Buffer.from(text(raw as Uint8Array));
  return written({ text: (raw) => text(raw as Uint8Array), number: (raw) => strings.number(as(raw)) });
}

const hex = (bytes: Uint8Array): string => asBuffer(bytes).toString("hex");
const uuid = (bytes: Uint8Array): string => hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");

/** Old writers leave text without an annotation; what cannot be text is shown in hexadecimal. */
function textOrHex(bytes: Uint8Array): string {
  const isControl = (byte: number): boolean => byte < 32 || byte === 127;
  return isUtf8(bytes) && !bytes.some(isControl) ? asBuffer(bytes).toString("utf8") : hex(bytes);
}
