/** What the time of an event tells: known of every event that has a time, without a column of its own. */
import { fail } from "../core/errors.ts";
import { isMissing } from "./cells.ts";
import type { Cell, FeatureColumn, Kind } from "./types.ts";

/** When something happens, and how that lies in time. */
export interface Moment {
  /** Unix seconds; NaN where unknown. */
  readonly time: number;
  /** The same of what the user did last before; NaN where that is unknown. */
  readonly last: number;
  /** Days from then to the end of the training data, below 0 afterwards; NaN where unknown. */
  readonly age: number;
}

interface Hand {
  readonly kind: Kind;
  readonly why: string;
  of(moment: Moment): Cell;
  /** What it may say, where that is so many things. */
  readonly among?: readonly string[];
}

const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;
const numbered = (first: number, last: number): readonly string[] =>
  Array.from({ length: last - first + 1 }, (_, i) => `${first + i}`);
const known = (value: number): Cell => (Number.isNaN(value) ? null : value);
const dated = (time: number, of: (date: Date) => Cell): Cell => (Number.isNaN(time) ? null : of(new Date(time * 1000)));

/**
 * By name: hours, days of the week and months of UTC; hours since the last event of the user; the age of the example in days (Covington et al.
 * 2016, section 3.3), which tells what was in fashion when, and is about 0 when somebody asks.
 */
const clock = {
  hour: {
    kind: "categorical",
    why: "hour of the day, UTC",
    of: ({ time }) => dated(time, (d) => `${d.getUTCHours()}`),
    among: numbered(0, 23),
  },
  weekday: {
    kind: "categorical",
    why: "day of the week, UTC",
    of: ({ time }) => dated(time, (d) => WEEKDAYS[d.getUTCDay()] as string),
    among: WEEKDAYS,
  },
  month: {
    kind: "categorical",
    why: "month, UTC",
    of: ({ time }) => dated(time, (d) => `${d.getUTCMonth() + 1}`),
    among: numbered(1, 12),
  },
  "since-last": {
    kind: "buckets",
    why: "hours since the user's last event",
    of: ({ time, last }) => known((time - last) / 3600),
  },
  age: { kind: "buckets", why: "days to the end of the training data", of: ({ age }) => known(age) },
} as const satisfies Record<string, Hand>;

export type ClockName = keyof typeof clock;
export const CLOCK = Object.keys(clock) as readonly ClockName[];
export const isClockName = (name: string): name is ClockName => Object.hasOwn(clock, name);

/** What one of them says at a moment; null where that is not known. */
export const clockCell = (name: ClockName, moment: Moment): Cell => clock[name].of(moment);

/** What somebody says that one of them shows, as it is said here: `08` is hour 8, `Monday` monday. Throws FEATURE_VALUE for what it never shows. */
export function clockGiven(name: ClockName, cell: Cell): Cell {
  const { among }: Hand = clock[name];
  if (!among || isMissing(cell)) return cell;
  const text = String(cell).trim().toLowerCase();
  const plain = /^\d+$/.test(text) ? String(Number(text)) : text;
  if (among.includes(plain)) return plain;
  return fail("FEATURE_VALUE", {
    what: `"${name}" has a value that no clock shows`,
    expected: among.length > 7 ? `a whole number from ${among[0]} to ${among.at(-1)}` : among.join(", "),
    received: JSON.stringify(cell)?.slice(0, 80),
    fix: "Correct the value, or say the time of the request instead.",
    details: { feature: name },
  });
}

/** One of them for moments, as a column. */
export function clockColumn(name: ClockName, moments: readonly Moment[]): FeatureColumn {
  const { kind, why } = clock[name];
  return { name, kind, why, values: moments.map((moment) => clockCell(name, moment)) };
}
