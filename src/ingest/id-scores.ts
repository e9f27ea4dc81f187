import { isFactAbout } from "./dependence.ts";
import type { ColumnProfile } from "./profile.ts";
import { isKey, isRowName, nameFit } from "./role-names.ts";

/** A column before it has a role. */
export interface Column {
  readonly name: string;
  readonly profile: ColumnProfile;
  /** The sampled cells. */
  readonly cells: readonly string[];
}

/** How well a column would do as the user or as the item. */
export interface IdScore {
  readonly column: number;
  /** 0..1, to be compared with other columns. */
  readonly score: number;
  /** 0..1, for people. */
  readonly confidence: number;
  readonly why: string;
}

/** A column is of a kind when nearly all its cells are. */
export const NEARLY_ALL = 0.95;

/** In fewer rows than these, ids can look like stars. */
const FEW = 20;

/** What a column is worth whose name says nothing, beside names that say something, and where no column has a name. */
const NAMELESS = { named: 0.25, headerless: 0.5 } as const;

/** Scores a column for a role by what it holds and by its name. */
export function scoreId(column: Column, at: number, role: "user" | "item", named: boolean): IdScore {
  const fit = named ? nameFit(column.name, role) : 0;
  const content = idContent(column.profile, fit > 0 || (named && isKey(column.name))) ** (1 - 0.6 * fit);
  const score = content * looks(column.profile) ** (1 - 0.6 * fit);
  if (fit > 0) {
    const why = `called "${column.name}"`;
    return { column: at, score: (0.25 + 0.75 * fit) * score, confidence: fit * Math.sqrt(content), why };
  }
  const base = named ? NAMELESS.named * (1 - otherMeaning(column, role)) : NAMELESS.headerless;
  // where nothing else decides, users stand before items, and both before what is said of them
  const why = named ? "by position: its name says nothing" : "by position";
  return { column: at, score: base * score * 0.9 ** at, confidence: (named ? 0.4 : 0.7) * Math.sqrt(content), why };
}

/** 0..1: how surely a name says that the column is something else. */
function otherMeaning({ name }: Column, role: "user" | "item"): number {
  if (isRowName(name)) return 0.8;
  const others = (["user", "item", "time", "value", "event"] as const).filter((other) => other !== role);
  return 0.8 * Math.max(...others.map((other) => nameFit(name, other)));
}

/** 1 for what ids look like, less for whatever speaks against it. */
function idContent(profile: ColumnProfile, isNamedId: boolean): number {
  const { cells, distinct, empty, numeric, integer, temporal, wordy, value } = profile;
  let content = Math.max(0.05, (1 - empty) ** 2);
  const filled = cells * (1 - empty);
  if (temporal >= NEARLY_ALL) content *= numeric < 0.5 ? 0.05 : isNamedId ? 1 : 0.1;
  if (numeric >= NEARLY_ALL && integer < NEARLY_ALL) content *= 0.1;
  if (wordy >= 0.5) content *= 0.15;
  if (value.form.words && value.share >= NEARLY_ALL) content *= 0.1;
  if (cells < 3) return content;
  if (distinct === filled) content *= Math.max(0.1, 1 / (1 + cells / 20)) * (profile.counting ? 0.5 : 1);
  if (profile.events >= 0.8) content *= 0.1;
  else if (distinct <= 1) content *= 0.3;
  return content;
}

/** Less for what looks like stars or kinds of events: that decides between columns, and is no reason for doubt. */
function looks(profile: ColumnProfile): number {
  if (profile.distinct < 2 || !(isScale(profile) || isKind(profile))) return 1;
  return profile.cells < FEW ? 0.7 : 0.4;
}

/** Few small numbers: stars, yes and no. */
export function isScale({ numeric, distinct, min, max }: ColumnProfile): boolean {
  return numeric >= NEARLY_ALL && distinct <= 11 && min >= -1 && max <= 10;
}

/** Few words, each of them often. */
export function isKind({ numeric, empty, distinct, cells }: ColumnProfile): boolean {
  return numeric < 0.05 && empty < 0.5 && distinct >= 2 && distinct <= Math.min(20, cells / 5);
}

/** A user and an item together. */
export interface Pair {
  readonly user: IdScore;
  readonly item: IdScore;
  readonly score: number;
}

/** Columns of each role that are looked at together; the others are far behind. */
const SEEN = 6;

/** All pairs of a user and an item, the best first. Where one repeats the other, or is a fact about it, a pair is no good. */
export function rankPairs(columns: readonly Column[], users: readonly IdScore[], items: readonly IdScore[]): Pair[] {
  const best = (scores: readonly IdScore[]): IdScore[] => [...scores].sort((a, b) => b.score - a.score).slice(0, SEEN);
  const pairs = best(users).flatMap((user) =>
    best(items).flatMap((item) => (item.column === user.column ? [] : [pairOf(columns, user, item)])),
  );
  return pairs.sort((a, b) => b.score - a.score || a.user.column - b.user.column || a.item.column - b.item.column);
}

function pairOf(columns: readonly Column[], user: IdScore, item: IdScore): Pair {
  const cells = (score: IdScore): readonly string[] => columns[score.column]?.cells ?? [];
  const facts = [isFactAbout(cells(item), cells(user)), isFactAbout(cells(user), cells(item))].filter(Boolean).length;
  const isBackwards = item.column < user.column && item.why.startsWith("by position");
  const factor = 0.3 ** facts * (isBackwards ? 0.8 : 1);
  const lower = (score: IdScore): IdScore => ({ ...score, confidence: score.confidence * 0.5 ** facts });
  return { user: lower(user), item: lower(item), score: user.score * item.score * factor };
}
