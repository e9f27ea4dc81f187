import { isNothing } from "./numbers.ts";
import { guessTimeForm, type TimeGuess } from "./times.ts";
import { guessValueForm, type ValueGuess } from "./values.ts";

/** What the values of a column look like; shares are of its non-empty cells. */
export interface ColumnProfile {
  readonly cells: number;
  /** Share of all cells that are empty, or say that there is nothing. */
  readonly empty: number;
  readonly numeric: number;
  /** Numbers without a fraction; `1.0` has none. */
  readonly integer: number;
  /** Moments that need no name to be one: dates, or numbers in the range of unix times of 1990–2100. */
  readonly temporal: number;
  readonly time: TimeGuess | undefined;
  readonly value: ValueGuess;
  /** Lists, and texts of more than ten words or two hundred letters. */
  readonly wordy: number;
  /** Words for what users do: view, purchase. */
  readonly events: number;
  readonly distinct: number;
  /** Of the plain numbers; NaN where there is none. */
  readonly min: number;
  readonly max: number;
  /** Numbers that go up by one from row to row. */
  readonly counting: boolean;
}

const NUMBER = /^\s*[+-]?(\d+([.,]\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i;
const INTEGER = /^\s*[+-]?\d+([.,]0*)?\s*$/;
const LIST = /^\s*(\[.*\]|\{.*\})\s*$|^[^|]+\|[^|]+\||^[^,;]+([,;][^,;]+){3,}$/;

const EVENTS = new Set(
  `view viewed views pageview pv impression click clicked buy bought purchase purchased order ordered transaction cart addtocart
  basket checkout like liked dislike share shared save saved bookmark wishlist favorite favourite fav play played skip skipped
  rate rated watch watched read listen listened download install search comment follow remove removefromcart`.split(
    /\s+/,
  ),
);

export function isNumeric(cell: string): boolean {
  return NUMBER.test(cell) || /^[+-]?(nan|inf|infinity)$/i.test(cell.trim());
}

function isWordy(cell: string): boolean {
  return cell.length > 200 || LIST.test(cell) || (cell.length > 40 && cell.trim().split(/\s+/).length > 10);
}

/** Profiles one column of the sampled records. */
export function profileColumn(cells: readonly string[], delimiter?: string): ColumnProfile {
  const filled = cells.filter((cell) => !isNothing(cell));
  const share = (test: (cell: string) => boolean): number => filled.filter(test).length / Math.max(1, filled.length);
  const numbers = filled.filter((cell) => NUMBER.test(cell)).map((cell) => Number(cell.replace(",", ".")));
  const time = guessTimeForm(filled);
  return {
    cells: cells.length,
    empty: 1 - filled.length / Math.max(1, cells.length),
    numeric: share(isNumeric),
    integer: share((cell) => INTEGER.test(cell)),
    temporal: time === undefined || time.needsName ? 0 : time.share,
    time,
    value: guessValueForm(filled, delimiter),
    wordy: share(isWordy),
    events: share((cell) => EVENTS.has(cell.toLowerCase().replace(/[^a-z]/g, ""))),
    distinct: new Set(filled).size,
    min: numbers.length === 0 ? Number.NaN : numbers.reduce((a, b) => Math.min(a, b)),
    max: numbers.length === 0 ? Number.NaN : numbers.reduce((a, b) => Math.max(a, b)),
    counting: numbers.length === cells.length && numbers.every((n, i) => i === 0 || n === (numbers[i - 1] ?? 0) + 1),
  };
}
