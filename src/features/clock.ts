/** What the time of an event tells: known of every event that has a time, without a column of its own. */
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
}

const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;
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
  },
  weekday: {
    kind: "categorical",
    why: "day of the week, UTC",
    of: ({ time }) => dated(time, (d) => WEEKDAYS[d.getUTCDay()] as string),
  },
  month: { kind: "categorical", why: "month, UTC", of: ({ time }) => dated(time, (d) => `${d.getUTCMonth() + 1}`) },
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

/** One of them for moments, as a column. */
export function clockColumn(name: ClockName, moments: readonly Moment[]): FeatureColumn {
  const { kind, why } = clock[name];
  return { name, kind, why, values: moments.map((moment) => clockCell(name, moment)) };
}
