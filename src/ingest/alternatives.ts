import { isFactAbout } from "./dependence.ts";
import type { Column, Pair } from "./id-scores.ts";
import { type ReadOptions, ROLES } from "./options.ts";
import type { Assignment } from "./roles.ts";
import { shellWord } from "./shell-word.ts";

/** Options that name columns and forms: what a reading of a file consists of. */
export type ReadingOptions = Pick<
  ReadOptions,
  | "user"
  | "item"
  | "value"
  | "time"
  | "event"
  | "context"
  | "eventValues"
  | "header"
  | "delimiter"
  | "encoding"
  | "timeFormat"
  | "format"
  | "command"
>;

/** Another way to read a file, ready to be given. */
export interface Alternative {
  /** All options of that reading, the given ones included. */
  readonly options: ReadingOptions;
  /** What it takes for what, in a clause. */
  readonly why: string;
  /** The same as a command line. */
  readonly command: string;
}

/** Alternatives shown. */
const SHOWN = 2;

/** The two best readings with another user or item, for a file whose columns are not sure. */
export function otherReadings(
  path: string,
  columns: readonly Column[],
  assignment: Assignment,
  given: ReadingOptions,
): Alternative[] {
  return otherPairs(columns, assignment)
    .slice(0, SHOWN)
    .map(({ user, item }) => {
      const name = (column: number): string | number => columnName(columns, column);
      const why = `user ${columns[user.column]?.name}, item ${columns[item.column]?.name}`;
      return alternative(path, given, { user: name(user.column), item: name(item.column) }, why);
    });
}

/** A column that surely has another role comes into question for none. */
const SURE = 0.5;

/**
 * The pairs after the best one that say something else: no column of theirs surely has another role, and none only writes
 * the chosen one's ids in another way, as names beside keys do.
 */
export function otherPairs(columns: readonly Column[], { roles, pairs }: Assignment): Pair[] {
  const [best, ...others] = pairs;
  const taken = ROLES.flatMap((role) => {
    const guess = roles[role];
    return role === "user" || role === "item" || guess === undefined || guess.confidence < SURE ? [] : [guess.column];
  });
  const repeats = (at: number, chosen: number): boolean => at !== chosen && areOne(columns[at], columns[chosen]);
  return others.filter(
    ({ user, item }) =>
      !taken.includes(user.column) &&
      !taken.includes(item.column) &&
      !(best && (repeats(user.column, best.user.column) || repeats(item.column, best.item.column))),
  );
}

/** Whether two columns write the same ids in two ways. */
function areOne(one: Column | undefined, other: Column | undefined): boolean {
  const [a, b] = [one?.cells ?? [], other?.cells ?? []];
  return isFactAbout(a, b) && isFactAbout(b, a);
}

export function alternative(path: string, given: ReadingOptions, change: ReadingOptions, why: string): Alternative {
  const options = { ...readingOf(given), ...change };
  return { options, why, command: importCommand(path, { ...options, command: given.command }) };
}

/** A column by its name, or by its number where the name does not tell. */
export function columnName(columns: readonly { readonly name: string }[], column: number): string | number {
  const name = columns[column]?.name ?? "";
  const isPlain = name !== "" && !/^(column )?\d+$|^none$/.test(name);
  return isPlain && columns.findIndex((one) => one.name === name) === column ? name : column + 1;
}

const READING = [
  ...(["format", "user", "item", "value", "time", "event", "context"] as const),
  ...(["eventValues", "timeFormat", "header", "delimiter", "encoding"] as const),
];

function readingOf(given: ReadingOptions): ReadingOptions {
  return Object.fromEntries(READING.flatMap((key) => (given[key] === undefined ? [] : [[key, given[key]]])));
}

/** The command that reads a file so. */
export function importCommand(path: string, options: ReadingOptions): string {
  const words = READING.flatMap((key) => {
    const value = options[key];
    const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === undefined || (key === "format" && value === "auto")) return [];
    if (key === "header") return [value ? flag : "--no-header"];
    if (value === false) return [flag, "none"];
    if (Array.isArray(value)) return value.length === 0 ? [] : [flag, shellWord(value.join(","))];
    if (typeof value === "object")
      return [
        flag,
        shellWord(
          Object.entries(value)
            .map((pair) => pair.join("="))
            .join(","),
        ),
      ];
    return [flag, shellWord(String(value))];
  });
  return [options.command ?? `penchant import ${shellWord(path)}`, ...words].join(" ");
}
