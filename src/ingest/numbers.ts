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

const DATE =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/i;

/**
 * Unix seconds of an ISO 8601 date or date-time ("2024-05-01", "2024-05-01 10:30:00.5+02:00"); UTC where no zone is given.
 * NaN for anything else.
 */
export function parseDate(text: string): number {
  const parts = DATE.exec(text.trim());
  if (!parts) return Number.NaN;
  const [, year = "", month = "", day = "", hour = "0", minute = "0", second = "0", fraction = "0", zone = "Z"] = parts;
  const whole = Date.UTC(+year, +month - 1, +day, +hour, +minute, +second) / 1000;
  const check = new Date(whole * 1000);
  const inRange = +hour < 24 && +minute < 60 && +second < 60;
  if (!inRange || check.getUTCMonth() !== +month - 1 || check.getUTCDate() !== +day) return Number.NaN;
  return whole + Number(`0.${fraction}`) - zoneOffset(zone);
}

function zoneOffset(zone: string): number {
  if (!/^[+-]/.test(zone)) return 0;
  const sign = zone.startsWith("-") ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 3600 + Number(zone.slice(-2)) * 60);
}

/** A time as written in a file: a number in an unknown unit, or an ISO date in seconds. Meanings as in `parseNumber`. */
export function parseTime(bytes: Buffer, start: number, end: number): number | undefined {
  const number = parseNumber(bytes, start, end);
  return Number.isNaN(number) ? parseDate(bytes.toString("latin1", start, end)) : number;
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
