import { ROLES } from "./options.ts";
import { isNumeric, profileColumn } from "./profile.ts";
import { nameFit, namesUserAndItem, wordsOf } from "./role-names.ts";
import { guessTimeForm } from "./times.ts";

export interface HeaderGuess {
  readonly header: boolean;
  /** The line taken for names holds a number, or a value that its column repeats: it may be data. */
  readonly looksLikeData: boolean;
}

/** Tells whether the first record holds names. `forced` is the caller's word. */
export function guessHeader(records: readonly (readonly string[])[], forced?: boolean): HeaderGuess {
  const [first = [], ...rest] = records;
  if (forced === false) return { header: false, looksLikeData: false };
  if (forced === undefined && isNumbering(first)) return { header: true, looksLikeData: false };
  const header =
    forced ?? (namesUserAndItem(first) || isTextAboveNumbers(first, rest) || isNamesAboveOthers(first, rest));
  return { header, looksLikeData: header && looksLikeData(first, rest) };
}

/** `0,1,2` or `,0,1,2`: what data frames without names write above their columns. */
export function isNumbering(cells: readonly string[]): boolean {
  const numbers = cells[0] === "" ? cells.slice(1) : cells;
  return numbers.length >= 3 && numbers.every((cell, at) => cell.trim() === String(at));
}

/** Words above columns of numbers, dates or ids with digits, and none of these among the words. */
function isTextAboveNumbers(first: readonly string[], rest: readonly (readonly string[])[]): boolean {
  if (first.some((cell) => isNumeric(cell) || guessTimeForm([cell]) !== undefined) || rest.length === 0) return false;
  const hasDigits = first.some((cell) => /\d/.test(cell));
  return first.some((cell, column) => {
    if (cell.trim() === "") return false;
    const cells = rest.map((record) => record[column] ?? "");
    const { numeric, temporal, distinct } = profileColumn(cells);
    const isAboveDigits = !hasDigits && rest.length >= 3 && cells.every((other) => /\d/.test(other));
    return distinct > 0 && (numeric >= 0.9 || temporal >= 0.9 || isAboveDigits);
  });
}

/** Names of columns, one of them a key as programs write it, and none of them held by its column: `movieId,title`. */
function isNamesAboveOthers(first: readonly string[], rest: readonly (readonly string[])[]): boolean {
  const cells = first.map((cell) => cell.trim());
  const areNames = cells.some(isKeyName) && cells.every((cell) => isKeyName(cell) || isKnownName(cell));
  return areNames && rest.length > 0 && !looksLikeData(first, rest);
}

/** `movieId`, `film_id`; not `david`. */
const isKeyName = (cell: string): boolean => /^\p{L}[\p{L}_]*(_id|Id|ID)$/u.test(cell) && wordsOf(cell).length > 1;

const isKnownName = (cell: string): boolean => cell.length <= 40 && ROLES.some((role) => nameFit(cell, role) > 0);

function looksLikeData(first: readonly string[], rest: readonly (readonly string[])[]): boolean {
  return first.some(
    (cell, column) => cell !== "" && (isNumeric(cell) || rest.some((record) => record[column] === cell)),
  );
}
