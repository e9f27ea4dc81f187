import { alternative, columnName, otherPairs, otherReadings, type ReadingOptions } from "./alternatives.ts";
import { isFactAbout } from "./dependence.ts";
import { type Column, isKind, type Pair } from "./id-scores.ts";
import type { ReadOptions } from "./options.ts";
import type { ColumnProfile } from "./profile.ts";
import type { Warning } from "./report.ts";
import { isLifeTime, nameFit } from "./role-names.ts";
import type { Assignment, RoleGuess, RoleGuesses } from "./roles.ts";
import type { TimeForm } from "./times.ts";
import type { ValueForm } from "./values.ts";

/** A source as it is understood, before it is read. */
export interface Reading {
  readonly path: string;
  readonly columns: readonly Column[];
  readonly assignment: Assignment;
  readonly time: TimeForm | undefined;
  readonly value: ValueForm | undefined;
  readonly options: ReadOptions;
}

/** Below this the user or the item is a guess that has to be told. */
const SURE = 0.45;
/** A second pair this close to the best one is as good. */
const CLOSE = 0.95;
const FIT = 0.6;

/** What is not sure about the columns, each with the command for the other reading. */
export function doubtsOf(reading: Reading): Warning[] {
  return [...idDoubts(reading), ...timeDoubts(reading), ...valueDoubts(reading)];
}

/** "penchant import FILE …" with these options beside the given ones. */
function command({ path, options }: Reading, change: ReadingOptions): string {
  return alternative(path, options, change, "").command;
}

function idDoubts(reading: Reading): Warning[] {
  const { columns, assignment } = reading;
  const [best] = assignment.pairs;
  const [second] = otherPairs(columns, assignment);
  if (best === undefined) return [];
  const isWeak = Math.min(best.user.confidence, best.item.confidence) < SURE;
  const isClose = second !== undefined && second.score > CLOSE * best.score && !isCoarser(columns, second, best);
  const warnings: Warning[] = [];
  if (isWeak || isClose) {
    const taken = `the user (${columns[best.user.column]?.name}) and the item (${columns[best.item.column]?.name})`;
    warnings.push({ code: "unsure-columns", message: `Which columns are ${taken} is a guess.${otherwise(reading)}` });
  }
  const item = columns[best.item.column];
  if (item && item.profile.wordy >= 0.5) {
    const message = `The item column ${item.name} holds lists or long texts, and each of them counts as one item. Where lists are meant, write a line for each of their items.`;
    warnings.push({ code: "wordy-items", message });
  }
  return warnings;
}

/** Whether the items of another reading are facts about these: shows beside episodes. */
function isCoarser(columns: readonly Column[], other: Pair, best: Pair): boolean {
  const cells = (at: number): readonly string[] => columns[at]?.cells ?? [];
  return other.user.column === best.user.column && isFactAbout(cells(other.item.column), cells(best.item.column));
}

/** The best other readings as a sentence. */
export function otherwise({ path, columns, assignment, options }: Reading): string {
  const commands = otherReadings(path, columns, assignment, options).map(({ command }) => command);
  return commands.length === 0 ? "" : ` If it is wrong: ${commands.join(", or ")}`;
}

function timeDoubts(reading: Reading): Warning[] {
  const { columns, assignment, time, options } = reading;
  const guess = assignment.roles.time;
  const free = freeColumns(columns, assignment.roles);
  if (guess !== undefined && time !== undefined) {
    return [...formDoubts(reading, guess.column, time), ...otherTimes(reading, guess, free)];
  }
  if (options.time === false) return [];
  const warnings: Warning[] = [];
  for (const { name, column, profile } of free) {
    if (profile.distinct === 0) continue;
    const shown = examples(column);
    if (profile.time === undefined && nameFit(name, "time") >= FIT && profile.numeric < FIT) {
      const message = `The column ${name} is called a time, but its values cannot be read as one (${shown}): nothing has a time. Times are read as unix numbers and as dates such as 2024-05-31 10:00:00, 31/05/2024 or May 31, 2024.`;
      warnings.push({ code: "unreadable-times", message });
    } else if (profile.temporal > 0 && isLifeTime(name)) {
      const taken = command(reading, { time: columnName(columns, columns.indexOf(column)) });
      const message = `The column ${name} holds times, but not of what happened between user and item: it is not used. If it is wrong: ${taken}`;
      warnings.push({ code: "time-not-used", message });
    }
  }
  return warnings;
}

type Free = ReturnType<typeof freeColumns>;

/** Columns beside the one of times that say more about when, or say it differently. */
function otherTimes(reading: Reading, guess: RoleGuess, free: Free): Warning[] {
  const name = reading.columns[guess.column]?.name;
  const clock = free.find(({ column }) =>
    column.cells.every((cell) => /^\s*(\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?\s*$/.test(cell)),
  );
  if (clock && clock.profile.distinct > 0) {
    const message = `The column ${clock.name} holds times of the day, which are not used: times come from ${name} alone. Write both in one column (2024-05-31 10:00:00) to have them.`;
    return [{ code: "time-of-day-not-used", message }];
  }
  const other = free.find(({ name: one, profile }) => profile.temporal >= 0.9 && !isLifeTime(one));
  if (guess.why.startsWith("called") || guess.confidence === 1 || other === undefined) return [];
  const taken = command(reading, { time: columnName(reading.columns, reading.columns.indexOf(other.column)) });
  const message = `That the column ${name} holds the times is a guess: ${other.name} holds some too. If it is wrong: ${taken}`;
  return [{ code: "unsure-time", message }];
}

function formDoubts(reading: Reading, at: number, { name }: TimeForm): Warning[] {
  const { columns, options } = reading;
  const column = columns[at] as Column;
  const other = options.timeFormat === undefined ? column.profile.time?.other : undefined;
  const time = columnName(columns, at);
  if (other !== undefined) {
    const message = `Times such as ${examples(column)} were read as ${name}, and could be ${other} as well: no day is above 12. If it is wrong: ${command(reading, { time, timeFormat: other })}`;
    return [{ code: "ambiguous-times", message }];
  }
  if (/^(milli|micro|nano)seconds$/.test(name)) {
    return [{ code: `times-in-${name}`, message: `Times are in ${name} and have been converted to seconds.` }];
  }
  if (name === "spreadsheet-days") {
    const message = `Times such as ${examples(column)} were read as a spreadsheet's days since 1899-12-30. If it is wrong: ${command(reading, { time, timeFormat: "number" })}`;
    return [{ code: "times-in-spreadsheet-days", message }];
  }
  if (name === "number" && column.profile.distinct > 0) {
    const message = `Times such as ${examples(column)} are no dates: they give an order, and nothing else. If they are no times: ${command(reading, { time: false })}`;
    return [{ code: "times-are-numbers", message }];
  }
  return [];
}

function valueDoubts(reading: Reading): Warning[] {
  const { columns, assignment, value, options } = reading;
  const guess = assignment.roles.value;
  if (guess !== undefined) {
    const column = columns[guess.column] as Column;
    if (value?.words) return [wordsDoubt(reading, column, value.words)];
    if (guess.confidence > 0.4 || guess.why.startsWith("called")) return [];
    const message = `That the column ${column.name} holds the values is a guess. If it is wrong: ${command(reading, { value: false })}`;
    return [{ code: "unsure-value", message }];
  }
  if (options.value === false || options.eventValues !== undefined) return [];
  return freeColumns(columns, assignment.roles).flatMap(({ name, column, profile }) => {
    if (profile.distinct === 0 || profile.temporal >= 0.5 || nameFit(name, "value") < FIT) return [];
    const at = columnName(columns, columns.indexOf(column));
    if (profile.value.share >= 0.5) {
      if (profile.empty <= 0.5) return [];
      const message = `The column ${name} is empty in ${Math.round(100 * profile.empty)} % of the rows: it is not used, and nothing has a value. If it is wrong: ${command(reading, { value: at })}`;
      return [{ code: "value-mostly-empty", message }];
    }
    if (!isScaleOfWords(profile, column.cells)) return [];
    const message = `The column ${name} is called a value, but holds no numbers (${examples(column)}): nothing has a value.${asEvents(reading, column, at)}`;
    return [{ code: "unreadable-values", message }];
  });
}

function wordsDoubt(reading: Reading, column: Column, meanings: Readonly<Record<string, number>>): Warning {
  const at = columnName(reading.columns, reading.columns.indexOf(column));
  const eventValues = Object.fromEntries(Object.keys(meanings).map((word) => [word, Math.max(0, meanings[word] ?? 0)]));
  const counted = Object.entries(meanings).map(([word, value]) => `${word} as ${value}`);
  const other = command(reading, { event: at, value: false, eventValues });
  const message = `The words of the column ${column.name} count as numbers: ${counted.join(", ")}. For other numbers: ${other}`;
  return { code: "words-as-values", message };
}

function asEvents(reading: Reading, column: Column, event: string | number): string {
  const kinds = [...new Set(column.cells.filter((cell) => cell !== ""))];
  if (
    kinds.some((kind) => /\d/.test(kind)) ||
    kinds.length > 20 ||
    (!isKind(column.profile) && column.cells.length > 20)
  )
    return "";
  const eventValues = Object.fromEntries(kinds.map((kind) => [kind, 1]));
  return ` Say what each word counts as: ${command(reading, { event, eventValues })}`;
}

/** Words or numbers with something beside them, rather than remarks. */
function isScaleOfWords({ distinct, wordy }: ColumnProfile, cells: readonly string[]): boolean {
  const numbers = cells.filter((cell) => /^\s*\W?\d/.test(cell)).length;
  return (distinct <= 20 && wordy < 0.5 && cells.every((cell) => cell.length < 25)) || numbers > cells.length / 2;
}

function freeColumns(columns: readonly Column[], roles: RoleGuesses) {
  const taken = new Set(Object.values(roles).map(({ column }) => column));
  return columns.flatMap((column, at) => (taken.has(at) ? [] : [{ ...column, column }]));
}

function examples({ cells }: Column): string {
  return [...new Set(cells.filter((cell) => cell.trim() !== ""))].slice(0, 2).join(", ");
}
