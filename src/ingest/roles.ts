import { fail } from "../core/errors.ts";
import { isFactAbout } from "./dependence.ts";
import { findColumn, refuseTwice } from "./find-column.ts";
import { type Column, type IdScore, isKind, isScale, NEARLY_ALL, type Pair, rankPairs, scoreId } from "./id-scores.ts";
import { type ColumnChoice, ROLES, type Role } from "./options.ts";
import type { ColumnProfile } from "./profile.ts";
import { isKey, isLasting, isLifeTime, isNoValue, nameFit, wordsOf } from "./role-names.ts";

export interface RoleGuess {
  /** Position from 0. */
  readonly column: number;
  /** 0..1; 1 when chosen by the caller. */
  readonly confidence: number;
  readonly why: string;
}

export type RoleGuesses = Partial<Record<Role, RoleGuess>>;
export type RoleChoices = Partial<Record<Role, ColumnChoice | undefined>>;

export interface Assignment {
  readonly roles: RoleGuesses;
  /** Every pair of a user and an item that could be meant, the best first. */
  readonly pairs: readonly Pair[];
}

/**
 * Gives columns their roles: what the caller chose, then user and item as the pair that fits best by what the columns hold
 * and by their names, then time, value and event among the rest, where facts about the user or the item (an age, a release
 * date) are none of them, nor is what was said to be context. Throws DATA_COLUMN for a choice that does not exist, DATA_COLUMNS without a user and an item.
 */
export function assignRoles(
  columns: readonly Column[],
  named: boolean,
  choices: RoleChoices,
  context: readonly number[] = [],
): Assignment {
  const names = columns.map(({ name }) => name);
  const chosen = chosenColumns(names, choices);
  refuseTwice(chosen, names);
  const isFree = (column: number): boolean => !Object.values(chosen).includes(column) && !context.includes(column);
  const candidates = (role: "user" | "item"): IdScore[] => {
    const column = chosen[role];
    if (column !== undefined) return [{ column, score: 1, confidence: 1, why: "chosen" }];
    if (choices[role] === false) return [];
    return columns.flatMap((one, at) => (isFree(at) ? [scoreId(one, at, role, named)] : []));
  };
  const pairs = rankPairs(columns, candidates("user"), candidates("item"));
  const [best] = pairs;
  if (best === undefined) return noRoles(names);
  const roles: RoleGuesses = { user: guessOf(best.user), item: guessOf(best.item) };
  for (const role of ["time", "value", "event"] as const) {
    const column = chosen[role];
    if (column !== undefined) roles[role] = { column, confidence: 1, why: "chosen" };
  }
  for (const role of ["time", "value", "event"] as const) {
    if (choices[role] !== undefined) continue;
    const guess = bestFor(role, columns, roles, named, isFree);
    if (guess) roles[role] = guess;
  }
  return { roles, pairs };
}

const guessOf = ({ column, confidence, why }: IdScore): RoleGuess => ({ column, confidence, why });

function chosenColumns(names: readonly string[], choices: RoleChoices): Partial<Record<Role, number>> {
  const chosen: Partial<Record<Role, number>> = {};
  for (const role of ROLES) {
    const choice = choices[role];
    if (choice !== undefined && choice !== false) chosen[role] = findColumn(names, choice, role);
  }
  return chosen;
}

type Extra = "time" | "value" | "event";

/** The best column for a role among those that have none; undefined where none will do. */
function bestFor(
  role: Extra,
  columns: readonly Column[],
  roles: RoleGuesses,
  named: boolean,
  isFree: (column: number) => boolean,
): RoleGuess | undefined {
  const taken = new Set(ROLES.map((one) => roles[one]?.column));
  const free = columns.map((_, at) => at).filter((at) => !taken.has(at) && isFree(at));
  const cells = (at: number | undefined): readonly string[] => columns[at ?? -1]?.cells ?? [];
  const isFact = (at: number): boolean =>
    isFactAbout(cells(at), cells(roles.user?.column)) || isFactAbout(cells(at), cells(roles.item?.column));
  const guesses = free.flatMap((column) => {
    const one = columns[column] as Column;
    const guess = named ? byName(role, one, () => isFact(column)) : undefined;
    return guess ? [{ column, ...guess }] : [];
  });
  guesses.sort((a, b) => b.confidence - a.confidence);
  return (
    guesses[0] ??
    byContent(
      role,
      columns,
      free.filter((at) => !isFact(at)),
      named,
    )
  );
}

type Fit = Omit<RoleGuess, "column">;

function byName(role: Extra, { name, profile }: Column, isFact: () => boolean): Fit | undefined {
  const fit = nameFit(name, role) * allowance(role, name, profile);
  if (fit === 0) return undefined;
  // what its name says plainly is believed, where the values allow it
  const confidence = fit < 0.7 && isFact() ? fit / 3 : fit;
  return confidence < 0.25 ? undefined : { confidence, why: `called "${name}"` };
}

/** Whether the values of a column can be what its name says: 0 for no, less than 1 where they hardly can. */
function allowance(role: Extra, name: string, profile: ColumnProfile): number {
  const { distinct, empty, temporal, time, value, numeric } = profile;
  if (role === "event") return distinct > 0 && (numeric < NEARLY_ALL || distinct <= 20) && profile.wordy < 0.5 ? 1 : 0;
  if (role === "value") return distinct > 0 && empty <= 0.5 && value.share >= 0.5 && temporal < 0.5 ? 1 : 0;
  if (distinct === 0) return 1;
  if (temporal > 0) return 1;
  return time !== undefined && !isLasting(wordsOf(name)) ? 0.6 : 0;
}

/** What values alone suggest. Among columns with names, only where nothing else comes into question. */
function byContent(
  role: Extra,
  columns: readonly Column[],
  free: readonly number[],
  named: boolean,
): RoleGuess | undefined {
  const fits = free.filter((at) => {
    const { name, profile } = columns[at] as Column;
    return looksLike(role, profile) && !(named && saysOtherwise(role, name));
  });
  if (role === "time") {
    const column = named ? fits[0] : fits.at(-1);
    return column === undefined ? undefined : { column, confidence: 0.8, why: "its values are dates or unix times" };
  }
  const [column] = fits;
  if (column === undefined || (named && (role === "event" || fits.length > 1))) return undefined;
  if (role === "event") return { column, confidence: 0.5, why: "few different words" };
  return { column, confidence: named ? 0.4 : 0.7, why: "its values are numbers in a small range" };
}

function looksLike(role: Extra, profile: ColumnProfile): boolean {
  if (role === "time") return profile.temporal >= NEARLY_ALL && profile.distinct > 0;
  if (role === "event") return isKind(profile);
  const { value, temporal, empty, integer, distinct, cells, max } = profile;
  // a number that is never above 0 is a coordinate or a difference
  if (max <= 0) return false;
  if (value.share < NEARLY_ALL || temporal >= NEARLY_ALL || empty > 0.5 || value.form.words) return false;
  // numbers that repeat: ratings, counts, hours
  return isScale(profile) || integer < NEARLY_ALL || distinct <= Math.max(20, Math.sqrt(cells));
}

function saysOtherwise(role: Extra, name: string): boolean {
  if (role === "time") return isKey(name) || isLifeTime(name);
  return isNoValue(name) || isKey(name) || nameFit(name, "time") > 0 || nameFit(name, "event") > 0;
}

function noRoles(names: readonly string[]): never {
  return fail("DATA_COLUMNS", {
    what: "No column is left for the user or the item",
    expected: "at least two columns: a user and an item",
    received: names.length === 1 ? `one column (${names[0]})` : `the columns ${names.join(", ")}`,
    details: { columns: names },
  });
}
