import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import { type ColumnChoice, ROLES, type Role } from "./options.ts";
import type { ColumnProfile } from "./profile.ts";
import { nameFit } from "./role-names.ts";

/** A column before it has a role. */
export interface Column {
  readonly name: string;
  readonly profile: ColumnProfile;
}

export interface RoleGuess {
  /** Position from 0. */
  readonly column: number;
  /** 0..1; 1 when chosen by the caller. */
  readonly confidence: number;
  readonly why: string;
}

export type RoleGuesses = Partial<Record<Role, RoleGuess>>;
export type RoleChoices = Partial<Record<Role, ColumnChoice | undefined>>;

/** A column is of a kind when nearly all its cells are. */
const NEARLY_ALL = 0.95;

/**
 * Gives columns their roles: what the caller chose, then what names say (where the values allow it), then what values and
 * positions suggest. Throws DATA_COLUMN for a choice that does not exist, DATA_COLUMNS without a user and an item.
 */
export function assignRoles(columns: readonly Column[], named: boolean, choices: RoleChoices): RoleGuesses {
  const names = columns.map(({ name }) => name);
  const guesses: RoleGuesses = {};
  const open = new Set<Role>(ROLES);
  for (const role of ROLES) {
    const choice = choices[role];
    if (choice === undefined) continue;
    open.delete(role);
    if (choice !== false) guesses[role] = { column: findColumn(names, choice, role), confidence: 1, why: "chosen" };
  }
  refuseTwice(guesses, names);
  if (named) byName(columns, guesses, open);
  byContent(columns, guesses, open, named);
  if (guesses.user === undefined || guesses.item === undefined) noRoles(names, guesses);
  return guesses;
}

/** Position of the column with a name (case ignored when nothing fits exactly) or a number from 1. */
export function findColumn(names: readonly string[], choice: string | number, role: Role): number {
  const exact = names.indexOf(String(choice));
  if (exact >= 0) return exact;
  const loose = names.findIndex((name) => name.toLowerCase() === String(choice).toLowerCase());
  if (loose >= 0) return loose;
  const number = typeof choice === "number" || /^\d+$/.test(choice) ? Number(choice) : Number.NaN;
  if (Number.isInteger(number) && number >= 1 && number <= names.length) return number - 1;
  const close = nearest(String(choice), names);
  return fail("DATA_COLUMN", {
    what: `There is no column "${choice}" to take the ${role} from`,
    expected: `one of ${names.join(", ")}, or a number from 1 to ${names.length}`,
    fix: close ? `Did you mean "${close}"?` : "Use one of the columns listed.",
    details: { role, choice, columns: names },
  });
}

function refuseTwice(guesses: RoleGuesses, names: readonly string[]): void {
  const taken = new Map<number, Role>();
  for (const role of ROLES) {
    const column = guesses[role]?.column;
    if (column === undefined) continue;
    const other = taken.get(column);
    if (other !== undefined) {
      fail("DATA_COLUMN", {
        what: `The column "${names[column]}" cannot be both the ${other} and the ${role}`,
        fix: "Choose another column for one of them.",
        details: { roles: [other, role], columns: names },
      });
    }
    taken.set(column, role);
  }
}

function byName(columns: readonly Column[], guesses: RoleGuesses, open: Set<Role>): void {
  const fits = [...open].flatMap((role) =>
    columns.map(({ name, profile }, column) => ({
      role,
      column,
      fit: allows(profile, role) ? nameFit(name, role) : 0,
    })),
  );
  fits.sort((a, b) => b.fit - a.fit || a.column - b.column);
  for (const { role, column, fit } of fits) {
    if (fit === 0 || !open.has(role) || isTaken(guesses, column)) continue;
    guesses[role] = { column, confidence: fit, why: `called "${columns[column]?.name}"` };
    open.delete(role);
  }
}

/** Whether the values of a column can be what its name says. */
function allows(profile: ColumnProfile, role: Role): boolean {
  if (profile.distinct === 0) return role === "time";
  if (role === "value") return profile.numeric >= 0.5;
  if (role === "time") return profile.temporal >= 0.5 || profile.numeric >= 0.5;
  return role !== "event" || profile.numeric < NEARLY_ALL || profile.distinct <= 20;
}

function byContent(columns: readonly Column[], guesses: RoleGuesses, open: Set<Role>, named: boolean): void {
  const free = (): number[] => columns.map((_, column) => column).filter((column) => !isTaken(guesses, column));
  const profile = (column: number): ColumnProfile | undefined => columns[column]?.profile;
  const give = (role: Role, column: number | undefined, confidence: number, why: string): void => {
    if (column === undefined || !open.delete(role)) return;
    guesses[role] = { column, confidence, why };
  };
  const idsMissing = Number(open.has("user")) + Number(open.has("item"));
  if (open.has("time") && free().length > idsMissing) {
    give(
      "time",
      free().findLast((column) => isTime(profile(column))),
      0.8,
      "its values are dates or unix times",
    );
  }
  for (const role of ["user", "item"] as const) {
    const why = named ? "by position: its name says nothing" : "by position";
    give(role, free().find((column) => isIdLike(profile(column))) ?? free()[0], named ? 0.4 : 0.7, why);
  }
  const values = free().filter((column) => isValueLike(profile(column)));
  if (!named || values.length === 1)
    give("value", values[0], named ? 0.4 : 0.7, "its values are numbers in a small range");
  const events = free().filter((column) => isEventLike(profile(column)));
  if (!named) give("event", events[0], 0.5, "few different words");
}

function isTime(profile: ColumnProfile | undefined): boolean {
  return profile !== undefined && profile.temporal >= NEARLY_ALL && profile.distinct > 0;
}

function isIdLike(profile: ColumnProfile | undefined): boolean {
  return profile !== undefined && (profile.integer >= NEARLY_ALL || profile.numeric < NEARLY_ALL);
}

/** Numbers that are no times and repeat: ratings, counts, hours. */
function isValueLike(profile: ColumnProfile | undefined): boolean {
  if (profile === undefined || profile.numeric < NEARLY_ALL || isTime(profile)) return false;
  const fractions = profile.integer < NEARLY_ALL;
  return fractions || profile.distinct <= Math.max(20, Math.sqrt(profile.cells));
}

function isEventLike(profile: ColumnProfile | undefined): boolean {
  return profile !== undefined && profile.numeric < 0.05 && profile.empty < 0.5 && repeats(profile);
}

/** Two or more kinds, each of them often. */
function repeats({ distinct, cells }: ColumnProfile): boolean {
  return distinct >= 2 && distinct <= Math.min(20, cells / 5);
}

function isTaken(guesses: RoleGuesses, column: number): boolean {
  return ROLES.some((role) => guesses[role]?.column === column);
}

function noRoles(names: readonly string[], guesses: RoleGuesses): never {
  const missing = (["user", "item"] as const).filter((role) => guesses[role] === undefined);
  return fail("DATA_COLUMNS", {
    what: `No column is left for the ${missing.join(" and the ")}`,
    expected: "at least two columns: a user and an item",
    received: names.length === 1 ? `one column (${names[0]})` : `the columns ${names.join(", ")}`,
    details: { columns: names },
  });
}
