import type { Buffer } from "node:buffer";
import { namesUserAndItem } from "./role-names.ts";
import { type Sample, type SampleOptions, sampleRecords } from "./sample.ts";
import type { Dialect } from "./tokenizer.ts";

/** In order of preference where nothing else decides; a space separates only where none of these does. */
const CANDIDATES = ["::", "\t", ";", ",", "|"] as const;

/** Below this share of agreeing lines a delimiter is not one. */
const LEAST = 0.05;
/** Records among which the names may stand: titles come before them. */
const HEAD = 10;

export interface DialectGuess extends Dialect {
  /** Fields of a well-formed record. A record may have one more that is empty: a delimiter at its end. */
  readonly width: number;
  readonly sample: Sample;
  /** Share of the sampled lines that have `width` fields. */
  readonly agreement: number;
  /** Position in the sample of the record that names a user and an item; -1 where there is none. */
  readonly namesAt: number;
}

/**
 * The delimiter under which a line names the columns, the first line has as many fields as others, and most lines do. Of equals the one that leaves no
 * quotes inside fields, then the one that makes more fields. Undefined when no delimiter makes two fields.
 */
export function guessDialect(start: Buffer, options: SampleOptions, delimiter?: string): DialectGuess | undefined {
  const guesses = (delimiter === undefined ? CANDIDATES : [delimiter]).map((one) => tryDialect(start, options, one));
  if (delimiter === undefined && !guesses.some(isUsable)) guesses.push(trySpaces(start, options));
  let best: DialectGuess | undefined;
  for (const guess of guesses) if (isUsable(guess) && (best === undefined || isBetter(guess, best))) best = guess;
  return best;
}

const isUsable = ({ width, agreement }: DialectGuess): boolean => width >= 2 && agreement >= LEAST;

/** Compared one after another; the first that differs decides. */
function merits(guess: DialectGuess): readonly number[] {
  return [
    Number(guess.namesAt >= 0),
    // names of any kind stand in the first line, and are cut as the lines below
    Number(fits(guess.sample.records[0] ?? [], guess.width)),
    Math.round(guess.agreement * 20),
    -Math.round(strayQuotes(guess) * 10),
    guess.width,
  ];
}

function isBetter(a: DialectGuess, b: DialectGuess): boolean {
  const [x, y] = [merits(a), merits(b)];
  const at = x.findIndex((merit, i) => merit !== y[i]);
  return at >= 0 && (x[at] ?? 0) > (y[at] ?? 0);
}

/** Share of the records with a double quote inside a field: a sign that fields were cut at the wrong places. */
function strayQuotes({ sample: { records } }: DialectGuess): number {
  return records.filter((record) => record.some((cell) => cell.includes('"'))).length / Math.max(1, records.length);
}

/**
 * Quotes count unless they break lines that make sense without. With commas and semicolons, where quoting is the standard,
 * they must break a tenth of all lines for that. Elsewhere, and there, quotes still count where they open and close a
 * field in its line, be it far behind the sample.
 */
function tryDialect(start: Buffer, options: SampleOptions, delimiter: string): DialectGuess {
  const isStandard = delimiter === "," || delimiter === ";";
  const inLine = measure(start, options, { delimiter, quoted: "in-line" });
  const full = start.includes(0x22)
    ? measure(start, options, { delimiter, quoted: true })
    : { ...inLine, quoted: isStandard || ("in-line" as const) };
  const escaped = start.includes('\\"') ? measure(start, options, { delimiter, quoted: true, backslash: true }) : full;
  if (escaped.agreement > full.agreement && escaped.agreement >= inLine.agreement) return escaped;
  const best = inLine.agreement - full.agreement > (isStandard ? 0.1 : 0) ? inLine : full;
  const single = start.includes(0x27) ? trySingleQuotes(start, options, delimiter) : undefined;
  return single && (single.agreement > best.agreement || (single.isUsual && single.agreement === best.agreement))
    ? single.guess
    : best;
}

/** Single quotes count where they make more lines agree, or where a whole column stands in them. */
function trySingleQuotes(start: Buffer, options: SampleOptions, delimiter: string) {
  const guess = measure(start, options, { delimiter, quoted: "in-line", quote: "'" });
  const plain = sampleRecords(start, { delimiter, quoted: false }, options).records;
  const quoted = plain.filter((record) => record.some((cell) => /^\s*'[^']*'\s*$/.test(cell))).length;
  return { guess, agreement: guess.agreement, isUsual: quoted > 0.9 * plain.length };
}

/** One space, or runs of spaces and tabs where the columns are aligned by them. */
function trySpaces(start: Buffer, options: SampleOptions): DialectGuess {
  const one = tryDialect(start, options, " ");
  const runs = measure(start, options, { delimiter: " ", quoted: "in-line", runs: true });
  return runs.agreement > one.agreement || (runs.agreement === one.agreement && runs.width < one.width) ? runs : one;
}

function measure(start: Buffer, options: SampleOptions, dialect: Dialect): DialectGuess {
  const sample = sampleRecords(start, dialect, options);
  const lines = Math.max(1, sample.records.length + sample.malformed);
  const namesAt = sample.records.slice(0, HEAD).findIndex(namesUserAndItem);
  const width = recordWidth(sample, sample.records[namesAt]?.length);
  const agreeing = sample.records.filter((record) => fits(record, width)).length;
  return { ...dialect, width, sample, agreement: agreeing / lines, namesAt };
}

/** Whether a record has `width` fields, a last empty one not counted. */
export function fits(record: readonly string[], width: number): boolean {
  return record.length === width || (record.length === width + 1 && record[width]?.trim() === "");
}

/**
 * As many fields as the line of names has, or one more where all others have one more in front: the names of rows, as R
 * writes them. Without a line of names, the most frequent number of fields above one.
 */
function recordWidth({ records }: Sample, names: number | undefined): number {
  const counts = new Map<number, number>();
  for (const { length } of records) if (length > 1) counts.set(length, (counts.get(length) ?? 0) + 1);
  let width = 1;
  for (const [length, count] of counts) {
    const most = counts.get(width) ?? 0;
    if (count > most || (count === most && length > width)) width = length;
  }
  if (names === undefined) return width;
  const isRowNames =
    width === names + 1 && records.every((record) => record.length === names || record[names]?.trim() !== "");
  return isRowNames ? width : names;
}
