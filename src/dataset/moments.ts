/** Context by event: what columns say of each entry of a matrix, and what its time tells. One way for training, measuring and answering. */
import type { SparseMatrix } from "../core/csr.ts";
import {
  clockCell,
  clockColumn,
  Encoder,
  type FeatureColumn,
  type FeatureRow,
  type FittedContext,
  isClockName,
  type Moment,
} from "../features/index.ts";
import { chosen, inTime, type TimedCsr } from "./timed.ts";

/** Unix seconds of the last entry with a time; undefined where none has one. */
export function endOf({ times }: Pick<TimedCsr, "times">): number | undefined {
  let end = Number.NEGATIVE_INFINITY;
  for (const time of times ?? []) if (time > end) end = time;
  return Number.isFinite(end) ? end : undefined;
}

/** Unix seconds of the last entry of each row; NaN where none has a time. */
export function lastTimes({ offsets, times }: Pick<TimedCsr, "offsets" | "times">): Float64Array {
  return Float64Array.from({ length: offsets.length - 1 }, (_, row) => {
    return endOf({ times: times?.subarray(offsets[row], offsets[row + 1]) }) ?? Number.NaN;
  });
}

/**
 * What is known of each entry, by the names of columns and of what the time tells; a column is taken before what the time would tell under its
 * name. `before`: what the users did by then, of which an entry itself, and what comes after it, is left out.
 */
export function contextOf(
  names: readonly string[],
  columns: readonly FeatureColumn[],
  entries: TimedCsr,
  { before, ageOf }: { readonly before: TimedCsr; readonly ageOf: (time: number) => number },
): FeatureColumn[] {
  const byName = new Map(columns.map((column) => [column.name, column]));
  const rows = entries.context;
  let found: readonly Moment[] | undefined;
  const moments = () => {
    found ??= momentsOf(entries, before, ageOf);
    return found;
  };
  return names.flatMap((name): FeatureColumn[] => {
    const column = byName.get(name);
    if (!column) return isClockName(name) ? [clockColumn(name, moments())] : [];
    const values = Array.from(entries.items, (_, at) => column.values[rows?.[at] ?? -1] ?? null);
    return [{ ...column, values }];
  });
}

function momentsOf({ offsets, items, times }: TimedCsr, before: TimedCsr, ageOf: (time: number) => number): Moment[] {
  const moments: Moment[] = [];
  for (let user = 0; user + 1 < offsets.length; user++) {
    const [from, to] = [offsets[user] as number, offsets[user + 1] as number];
    const did = from < to ? doneBy(before, user) : [];
    for (let at = from; at < to; at++) {
      const time = times?.[at] ?? Number.NaN;
      moments.push({ time, last: lastBefore(did, time, items[at] as number), age: ageOf(time) });
    }
  }
  return moments;
}

interface Done {
  readonly item: number;
  readonly time: number;
}

/** When something else was done last, at that time or before. */
function lastBefore(did: readonly Done[], time: number, item: number): number {
  let [low, high] = [0, did.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((did[middle] as Done).time <= time) low = middle + 1;
    else high = middle;
  }
  const last = did[low - 1];
  return (last?.item === item ? did[low - 2] : last)?.time ?? Number.NaN;
}

/** What a user did at known times, in order. */
function doneBy({ offsets, items, times }: TimedCsr, user: number): Done[] {
  const did: Done[] = [];
  for (let at = offsets[user] as number; at < (offsets[user + 1] as number); at++) {
    const time = times?.[at] ?? Number.NaN;
    if (!Number.isNaN(time)) did.push({ item: items[at] as number, time });
  }
  return did.sort((a, b) => a.time - b.time);
}

/**
 * Of each user, by these names, the context of the first of their held-out events, at the age 0: what is known when they ask. Undefined where nothing is held out.
 */
export function heldOutRows(
  names: readonly string[],
  columns: readonly FeatureColumn[],
  held: TimedCsr,
  before: TimedCsr,
): (FeatureRow | undefined)[] {
  const firsts = firstOf(held);
  const known = contextOf(names, columns, firsts, { before, ageOf: () => 0 });
  return Array.from({ length: held.offsets.length - 1 }, (_, user) => {
    const at = firsts.offsets[user] as number;
    if (at === firsts.offsets[user + 1]) return undefined;
    return Object.fromEntries(known.map(({ name, values }) => [name, values[at] ?? null]));
  });
}

/** Those as rows of numbers; of others as nobody knows anything. */
export function heldOutContext(
  fitted: FittedContext,
  columns: readonly FeatureColumn[],
  held: TimedCsr,
  before: TimedCsr,
): SparseMatrix {
  const names = fitted.columns.map(({ name }) => name);
  const rows = heldOutRows(names, columns, held, before).map((row) => row ?? momentRow(fitted, NO_MOMENT));
  return new Encoder(fitted).given(rows);
}

/** The first entry of each row in time. */
function firstOf(held: TimedCsr): TimedCsr {
  const isEarlier = inTime(held);
  const { offsets } = held;
  const first = new Uint8Array(held.items.length);
  for (let row = 0; row + 1 < offsets.length; row++) {
    const [from, to] = [offsets[row] as number, offsets[row + 1] as number];
    const best = Array.from({ length: to - from }, (_, i) => from + i).sort(isEarlier)[0];
    if (best !== undefined) first[best] = 1;
  }
  return chosen(held, (at) => first[at] === 1);
}

/** Nothing is known but that it is now. */
export const NO_MOMENT: Moment = { time: Number.NaN, last: Number.NaN, age: 0 };

/** What a moment tells a run, by the names that it reads. */
export function momentRow({ columns, told }: FittedContext, moment: Moment): FeatureRow {
  const names = columns.map(({ name }) => name);
  return Object.fromEntries(
    names.flatMap((name) => (isClockName(name) && !told.includes(name) ? [[name, clockCell(name, moment)]] : [])),
  );
}

/** The same row for so many users, to whom nothing is known of the event. */
export function withoutContextOf(fitted: FittedContext, users: number): SparseMatrix {
  const row = momentRow(fitted, NO_MOMENT);
  return new Encoder(fitted).given(Array<FeatureRow>(users).fill(row));
}
