import { parseDate } from "./numbers.ts";

/** What the values of a column look like; shares are of its non-empty cells. */
export interface ColumnProfile {
  readonly cells: number;
  /** Share of all cells that are empty. */
  readonly empty: number;
  readonly numeric: number;
  readonly integer: number;
  /** ISO dates, or numbers in the range of unix times of 1990–2100 in s, ms, us or ns. */
  readonly temporal: number;
  readonly distinct: number;
  /** Of the numeric cells; NaN where there is none. */
  readonly min: number;
  readonly max: number;
}

const NUMBER = /^\s*[+-]?(\d+([.,]\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i;
const INTEGER = /^\s*[+-]?\d+\s*$/;

function isTemporal(cell: string): boolean {
  if (!NUMBER.test(cell)) return !Number.isNaN(parseDate(cell));
  const value = Number(cell);
  return [1, 1e3, 1e6, 1e9].some((ticks) => value >= 631152000 * ticks && value < 4102444800 * ticks);
}

export function isNumeric(cell: string): boolean {
  return NUMBER.test(cell) || /^[+-]?(nan|inf|infinity)$/i.test(cell.trim());
}

/** Profiles one column of the sampled records. */
export function profileColumn(cells: readonly string[]): ColumnProfile {
  const filled = cells.filter((cell) => cell.trim() !== "");
  const share = (test: (cell: string) => boolean): number => filled.filter(test).length / Math.max(1, filled.length);
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const cell of filled) {
    if (!NUMBER.test(cell)) continue;
    const value = Number(cell.replace(",", "."));
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return {
    cells: cells.length,
    empty: 1 - filled.length / Math.max(1, cells.length),
    numeric: share(isNumeric),
    integer: share((cell) => INTEGER.test(cell)),
    temporal: share(isTemporal),
    distinct: new Set(filled).size,
    min: min <= max ? min : Number.NaN,
    max: min <= max ? max : Number.NaN,
  };
}
