import type { Buffer } from "node:buffer";

const [SPACE, TAB, PLUS, MINUS, DOT, ZERO, NINE] = [32, 9, 43, 45, 46, 48, 57];
/** Mantissas of up to 15 digits and powers of ten up to 10^15 are exact, so their quotient is rounded correctly. */
const DIGITS = 15;
const POWERS = Array.from({ length: DIGITS + 1 }, (_, i) => 10 ** i);

/**
 * A number written in `bytes[start .. end)`, surrounding spaces ignored. Infinity stands for every spelling that is not
 * finite (NaN, Inf, 1e400), NaN for what is not a number at all, undefined for an empty field. A decimal comma is understood before one or two digits.
 */
export function parseNumber(bytes: Buffer, start: number, end: number): number | undefined {
  let at = start;
  let stop = end;
  while (at < stop && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
  while (stop > at && (bytes[stop - 1] === SPACE || bytes[stop - 1] === TAB)) stop--;
  if (at === stop) return undefined;
  const negative = bytes[at] === MINUS;
  let mantissa = 0;
  let decimals = -1;
  let digits = 0;
  for (let i = negative || bytes[at] === PLUS ? at + 1 : at; i < stop; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === DOT && decimals < 0) decimals = 0;
    else if (byte >= ZERO && byte <= NINE && digits < DIGITS) {
      mantissa = mantissa * 10 + (byte - ZERO);
      digits++;
      if (decimals >= 0) decimals++;
    } else return parseText(bytes.toString("latin1", at, stop));
  }
  if (digits === 0) return parseText(bytes.toString("latin1", at, stop));
  const value = decimals > 0 ? mantissa / (POWERS[decimals] ?? 1) : mantissa;
  return negative ? -value : value;
}

/** The slow path: exponents, many digits, decimal commas, words. */
function parseText(text: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : Number.POSITIVE_INFINITY;
  }
  if (/^[+-]?\d+,\d{1,2}$/.test(text)) return Number(text.replace(",", "."));
  if (/^[+-]?(nan|inf|infinity)$/i.test(text)) return Number.POSITIVE_INFINITY;
  return /^(null|none|na|n\/a|\\n)$/i.test(text) ? undefined : Number.NaN;
}

/** Spellings of "there is nothing here" in a column of numbers or times. */
export function isNothing(cell: string): boolean {
  return /^\s*(|-+|null|none|na|n\/a|\\n|nat|0000-00-00( 00:00:00)?)\s*$/i.test(cell);
}

export type TimeUnit = "seconds" | "milliseconds" | "microseconds" | "nanoseconds";
export const TICKS = { seconds: 1, milliseconds: 1e3, microseconds: 1e6, nanoseconds: 1e9 } as const;

/**
 * The unit that a typical time is in. Seconds since 1970 stay below 10^11 until the year 5138, and the same instants in the
 * next unit are a thousand times larger, so that magnitude alone tells.
 */
export function timeUnit(typical: number): TimeUnit {
  const size = Math.abs(typical);
  if (size < 1e11) return "seconds";
  if (size < 1e14) return "milliseconds";
  return size < 1e17 ? "microseconds" : "nanoseconds";
}
