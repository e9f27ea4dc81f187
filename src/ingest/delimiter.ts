import type { Buffer } from "node:buffer";
import { namesUserAndItem } from "./role-names.ts";
import { type Sample, sampleRecords } from "./sample.ts";
import type { Dialect } from "./tokenizer.ts";

/** In order of preference where nothing else decides; a space separates only where none of these does. */
const CANDIDATES = ["::", "\t", ",", ";", "|"] as const;

/** Below this share of agreeing lines a delimiter is not one. */
const LEAST = 0.05;

export interface DialectGuess extends Dialect {
  /** Fields of a well-formed record. */
  readonly width: number;
  readonly sample: Sample;
  /** Share of the sampled lines that have `width` fields. */
  readonly agreement: number;
}

/**
 * The delimiter that cuts the most lines into the same number of fields; of equals the one that makes more fields.
 * Undefined when no delimiter makes two fields.
 */
export function guessDialect(start: Buffer, whole: boolean, delimiter?: string): DialectGuess | undefined {
  const guesses = (delimiter === undefined ? CANDIDATES : [delimiter]).map((one) => tryDialect(start, whole, one));
  if (delimiter === undefined && !guesses.some(isUsable)) guesses.push(tryDialect(start, whole, " "));
  let best: DialectGuess | undefined;
  for (const guess of guesses) if (isUsable(guess) && (best === undefined || isBetter(guess, best))) best = guess;
  return best;
}

const isUsable = ({ width, agreement }: DialectGuess): boolean => width >= 2 && agreement >= LEAST;

function isBetter(a: DialectGuess, b: DialectGuess): boolean {
  const [x, y] = [Math.round(a.agreement * 10), Math.round(b.agreement * 10)];
  return x !== y ? x > y : a.width > b.width;
}

/**
 * Quotes count unless they break lines that make sense without. With commas and semicolons, where quoting is the
 * standard, they must break a tenth of all lines for that, and they are expected later in the file if none is seen.
 */
function tryDialect(start: Buffer, whole: boolean, delimiter: string): DialectGuess {
  const plain = measure(start, whole, { delimiter, quoted: false });
  const isStandard = delimiter === "," || delimiter === ";";
  if (!start.includes(0x22)) return { ...plain, quoted: isStandard };
  const quoted = measure(start, whole, { delimiter, quoted: true });
  return plain.agreement - quoted.agreement > (isStandard ? 0.1 : 0) ? plain : quoted;
}

function measure(start: Buffer, whole: boolean, dialect: Dialect): DialectGuess {
  const sample = sampleRecords(start, dialect, whole);
  const lines = Math.max(1, sample.records.length + sample.malformed);
  const width = recordWidth(sample);
  const agreeing = sample.records.filter(({ length }) => length === width).length;
  return { ...dialect, width, sample, agreement: agreeing / lines };
}

/** As many fields as a line of names has; otherwise the most frequent number of fields above one. */
function recordWidth({ records }: Sample): number {
  const [first] = records;
  if (first && namesUserAndItem(first)) return first.length;
  const counts = new Map<number, number>();
  for (const { length } of records) if (length > 1) counts.set(length, (counts.get(length) ?? 0) + 1);
  let width = 1;
  for (const [length, count] of counts) {
    const most = counts.get(width) ?? 0;
    if (count > most || (count === most && length > width)) width = length;
  }
  return width;
}
