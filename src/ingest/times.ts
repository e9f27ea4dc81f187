import type { Buffer } from "node:buffer";
import { secondsOf } from "./calendar.ts";
import { DATE_FORMS, DAY_FIRST, type DateForm, MONTH_FIRST } from "./date-forms.ts";
import { isNothing, parseNumber, TICKS, type TimeUnit, timeUnit } from "./numbers.ts";

/** How the times of a column are written. `number`: small numbers, which give an order and no date. */
export const TIME_FORMATS = [
  ...["seconds", "milliseconds", "microseconds", "nanoseconds", "spreadsheet-days", "number"],
  ...["Ymd", "YmdH", "YmdHM", "YmdHMS"],
  ...DATE_FORMS.map(({ name }) => name),
] as readonly string[];

/** Reads the cells of one column of times. */
export interface TimeForm {
  /** One of TIME_FORMATS. */
  readonly name: string;
  /** Unix seconds of `bytes[start .. end)`; undefined where nothing is written, NaN for what is written otherwise. */
  readonly read: (bytes: Buffer, start: number, end: number) => number | undefined;
  /** What a number is divided by to be seconds; only where cells are plain numbers. */
  readonly ticks?: number;
}

export interface TimeGuess {
  readonly form: TimeForm;
  /** Share of the non-empty cells that can be read. */
  readonly share: number;
  /** Numbers that could be anything: only the name of the column makes them times. */
  readonly needsName: boolean;
  /** The form that reads the column as well, where nothing tells the two apart. */
  readonly other?: string | undefined;
}

const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;
const ENOUGH = 0.9;
/** Days from 1899-12-30, the spreadsheets' zero, to 1970-01-01. */
const SERIAL_ZERO = 25569;
/** 1990-01-01 and 2100-01-01 in unix seconds. */
const [FROM, TO] = [631152000, 4102444800];

/** The form of a column's times, told from all of a sample. Undefined when no form reads nine tenths of the cells. */
export function guessTimeForm(cells: readonly string[]): TimeGuess | undefined {
  const filled = cells.filter((cell) => !isNothing(cell));
  if (filled.length === 0) return undefined;
  const numbers = filled.filter((cell) => NUMBER.test(cell));
  return numbers.length >= ENOUGH * filled.length ? guessNumeric(numbers, filled.length) : guessText(filled);
}

function guessNumeric(cells: readonly string[], filled: number): TimeGuess {
  const values = cells.map(Number);
  const share = (test: (value: number) => boolean): number => values.filter(test).length / filled;
  for (const name of DIGITS) {
    const read = digitForm(name);
    const found = cells.filter((cell) => read(cell.trim()) > 0).length / filled;
    if (found >= ENOUGH) return { form: textForm(name, read), share: found, needsName: false };
  }
  const typical = [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
  const unit = timeUnit(typical);
  const inRange = share((value) => value >= FROM * TICKS[unit] && value < TO * TICKS[unit]);
  if (inRange >= ENOUGH) return { form: unixForm(unit), share: inRange, needsName: false };
  const serial = share((value) => value >= 20000 && value < 80000);
  if (serial >= ENOUGH) return { form: serialForm, share: serial, needsName: true };
  return { form: { ...unixForm("seconds"), name: "number" }, share: share(Number.isFinite), needsName: true };
}

function guessText(filled: readonly string[]): TimeGuess | undefined {
  const counts = DATE_FORMS.map((form) => ({ form, share: readable(form, filled) }));
  const best = counts.reduce((most, one) => (one.share > most.share ? one : most));
  if (best.share < ENOUGH) return undefined;
  const [days, months] = [DAY_FIRST, MONTH_FIRST].map((form) => counts.find((one) => one.form === form)?.share);
  const form = days === months && best.share === days ? dayOrMonth(filled) : { form: best.form };
  return { form: dateForm(form.form), share: best.share, needsName: false, other: form.other };
}

/** Share of the cells that a form reads; a few decide when it reads none of them. */
function readable({ parse }: DateForm, cells: readonly string[]): number {
  const reads = (cell: string): boolean => !Number.isNaN(parse(cell));
  if (!cells.slice(0, 50).some(reads)) return 0;
  return cells.filter(reads).length / cells.length;
}

/** No day above 12: AM and PM speak for the month first, dots for the day, and so does the one order in which a file is sorted. */
function dayOrMonth(cells: readonly string[]): { form: DateForm; other?: string } {
  if (cells.some((cell) => /\d\s*[ap]\.?m/i.test(cell))) return { form: MONTH_FIRST };
  if (cells.every((cell) => /^\s*\d+\.\d+\./.test(cell))) return { form: DAY_FIRST };
  const [days, months] = [DAY_FIRST, MONTH_FIRST].map((form) => isSorted(cells.map(form.parse)));
  if (days !== months) return { form: days ? DAY_FIRST : MONTH_FIRST };
  return { form: DAY_FIRST, other: MONTH_FIRST.name };
}

/** In ascending or descending order, with five different times at least. */
function isSorted(times: readonly number[]): boolean {
  const steps = times.map((time, i) => Math.sign(time - (times[i - 1] ?? time)));
  return new Set(times).size >= 5 && (steps.every((step) => !(step < 0)) || steps.every((step) => !(step > 0)));
}

const DIGITS = ["Ymd", "YmdHMS", "YmdHM", "YmdH"] as const;
const DIGIT_COUNTS = { Ymd: 8, YmdH: 10, YmdHM: 12, YmdHMS: 14 } as const;

function digitForm(name: keyof typeof DIGIT_COUNTS): (text: string) => number {
  return (text) => {
    if (text.length !== DIGIT_COUNTS[name] || !/^(19[7-9]|20)\d+$/.test(text)) return Number.NaN;
    const part = (from: number): string => text.slice(from, from + 2) || "0";
    const date = { year: text.slice(0, 4), month: part(4), day: part(6) };
    return secondsOf({ ...date, hour: part(8), minute: part(10), second: part(12) });
  };
}

/** The form of a name; undefined for an unknown one. */
export function timeFormOf(name: string): TimeForm | undefined {
  if (name === "spreadsheet-days") return serialForm;
  if (name === "number") return { ...unixForm("seconds"), name };
  if (name in TICKS) return unixForm(name as TimeUnit);
  if (name in DIGIT_COUNTS) return textForm(name, digitForm(name as keyof typeof DIGIT_COUNTS));
  const form = DATE_FORMS.find((one) => one.name === name);
  return form && dateForm(form);
}

function unixForm(unit: TimeUnit): TimeForm {
  const ticks = TICKS[unit];
  return {
    name: unit,
    ticks,
    read(bytes, start, end) {
      const number = parseNumber(bytes, start, end);
      return number === undefined || Number.isFinite(number)
        ? number && number / ticks
        : unknown(bytes, start, end, number);
    },
  };
}

const serialForm: TimeForm = {
  name: "spreadsheet-days",
  read(bytes, start, end) {
    const days = parseNumber(bytes, start, end);
    if (days === undefined || !Number.isFinite(days)) return days && unknown(bytes, start, end, days);
    // a spreadsheet's seconds are rounded fractions of a day
    return Math.round((days - SERIAL_ZERO) * 86_400_000) / 1000;
  },
};

function textForm(name: string, parse: (text: string) => number): TimeForm {
  return {
    name,
    read(bytes, start, end) {
      const time = parse(bytes.toString("latin1", start, end).trim());
      return Number.isNaN(time) ? unknown(bytes, start, end, time) : time;
    },
  };
}

const dateForm = ({ name, parse }: DateForm): TimeForm => textForm(name, parse);

/** What a cell means that holds no time: nothing, where that is how tools write it. */
function unknown(bytes: Buffer, start: number, end: number, otherwise: number): number | undefined {
  return isNothing(bytes.toString("latin1", start, end)) ? undefined : otherwise;
}
