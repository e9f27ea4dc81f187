import { isNumeric, profileColumn } from "./profile.ts";
import { namesUserAndItem } from "./role-names.ts";

export interface HeaderGuess {
  readonly header: boolean;
  /** The line taken for names holds a number, or a value that its column repeats: it may be data. */
  readonly looksLikeData: boolean;
}

/** Tells whether the first record holds names. `forced` is the caller's word. */
export function guessHeader(records: readonly (readonly string[])[], forced?: boolean): HeaderGuess {
  const [first = [], ...rest] = records;
  if (forced === false) return { header: false, looksLikeData: false };
  const header = forced ?? (namesUserAndItem(first) || isTextAboveNumbers(first, rest));
  return { header, looksLikeData: header && looksLikeData(first, rest) };
}

/** Words above columns of numbers, and no number among them. */
function isTextAboveNumbers(first: readonly string[], rest: readonly (readonly string[])[]): boolean {
  if (first.some((cell) => isNumeric(cell)) || rest.length === 0) return false;
  return first.some((cell, column) => {
    if (cell.trim() === "") return false;
    const { numeric, temporal, distinct } = profileColumn(rest.map((record) => record[column] ?? ""));
    return distinct > 0 && (numeric >= 0.9 || temporal >= 0.9);
  });
}

function looksLikeData(first: readonly string[], rest: readonly (readonly string[])[]): boolean {
  return first.some(
    (cell, column) => cell !== "" && (isNumeric(cell) || rest.some((record) => record[column] === cell)),
  );
}
