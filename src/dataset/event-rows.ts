import { type Csr, degrees, offsetsOf, position } from "../core/csr.ts";
import { fail } from "../core/errors.ts";
import { inTime, NO_CONTEXT, pick, type TimedCsr } from "./timed.ts";

/** Every event, repeats included: rows in order of time, unknown times first, equal ones in the order of the source. */
export interface EventRows extends TimedCsr {
  /** Number of each event's kind in `kinds`; absent where the source has none. */
  readonly types?: Int32Array | undefined;
  /** Names of kinds, such as `view`. */
  readonly kinds: readonly string[];
}

/**
 * Events in order of time. Of equal times (and where no time is known) their places in the source decide, and where those say nothing
 * the order in which they are given.
 */
export function eventRows(events: Omit<EventRows, "kinds">, kinds: readonly string[] = []): EventRows {
  const { offsets } = events;
  const isEarlier = inTime(events);
  const from = Int32Array.from(events.items.keys());
  for (let row = 0; row + 1 < offsets.length; row++) from.subarray(offsets[row], offsets[row + 1]).sort(isEarlier);
  return taken({ ...events, kinds }, offsets, from);
}

function taken({ types, kinds, ...events }: EventRows, offsets: Int32Array, from: Int32Array): EventRows {
  return { ...pick(events, offsets, from), ...(types && { types: from.map((at) => types[at] as number) }), kinds };
}

/** Throws DATA_INTERACTIONS unless there are so many rows, items are below `columns` and every column is as long. */
export function checkEvents(
  { offsets, items, values, times, types, context }: EventRows,
  rows: number,
  columns: number,
): void {
  const fits = offsets.length === rows + 1 && offsets[0] === 0 && offsets[rows] === items.length;
  const isFull = [values, times, types, context].every((column) => !column || column.length === items.length);
  const ascends = offsets.every((start, row) => row === 0 || start >= (offsets[row - 1] as number));
  if (fits && isFull && ascends && items.every((item) => item >= 0 && item < columns)) return;
  fail("DATA_INTERACTIONS", { what: "The recorded events do not fit the users and items" });
}

/** The events of the pairs that a matrix with the same rows holds. */
export function eventsWithin(events: EventRows, pairs: Csr): EventRows {
  return eventsWhere(events, (row, item) => position(pairs, row, item) >= 0);
}

/** Pairs, and what was recorded of these and perhaps of others. */
export interface Recorded {
  readonly byUser: TimedCsr;
  readonly recorded?: EventRows | undefined;
}

/** Every event of the pairs; the pairs themselves in order of time where nothing more was recorded. */
export const eventsOf = ({ byUser, recorded }: Recorded): EventRows =>
  recorded ? eventsWithin(recorded, byUser) : eventRows(byUser);

/** What was recorded of two parts together; parts of one data set share it. */
export function recordedOf(a: Recorded, b: Recorded): EventRows | undefined {
  return a.recorded === b.recorded ? a.recorded : mergeEvents(eventsOf(a), eventsOf(b));
}

/** Without one of the rows. */
export function withoutEvents(events: EventRows, row: number): EventRows {
  const rest = eventsWhere(events, (other) => other !== row);
  return { ...rest, offsets: rest.offsets.filter((_, at) => at !== row) };
}

/** The events of some rows and items. */
export function eventsWhere(events: EventRows, isWanted: (row: number, item: number) => boolean): EventRows {
  const { offsets, items } = events;
  const lengths = degrees(offsets);
  const from = new Int32Array(items.length);
  let to = 0;
  for (let row = 0; row < lengths.length; row++) {
    const start = to;
    for (let at = offsets[row] as number; at < (offsets[row + 1] as number); at++)
      if (isWanted(row, items[at] as number)) from[to++] = at;
    lengths[row] = to - start;
  }
  return to === items.length ? events : taken(events, offsetsOf(lengths), from.subarray(0, to));
}

/** Both, of the same rows, in order of time; of equal times those of the second come later. */
export function mergeEvents(a: EventRows, b: EventRows): EventRows {
  if (a === b) return a;
  const kinds = [...new Set([...a.kinds, ...b.kinds])];
  const rows = a.offsets.length - 1;
  const more = degrees(b.offsets);
  const lengths = degrees(a.offsets).map((length, row) => length + (more[row] as number));
  const offsets = offsetsOf(lengths);
  const size = offsets[rows] as number;
  const merged = {
    offsets,
    items: new Int32Array(size),
    ...((a.values || b.values) && { values: new Float32Array(size).fill(1) }),
    ...((a.times || b.times) && { times: new Float64Array(size).fill(Number.NaN) }),
    ...((a.types || b.types) && { types: new Int32Array(size).fill(-1) }),
    ...((a.context || b.context) && { context: new Int32Array(size).fill(NO_CONTEXT) }),
  };
  const next = offsets.slice(0, rows);
  for (const events of [a, b]) {
    const numbers = events.kinds.map((kind) => kinds.indexOf(kind));
    for (let row = 0; row < rows; row++) {
      for (let at = events.offsets[row] as number; at < (events.offsets[row + 1] as number); at++) {
        const to = next[row] as number;
        next[row] = to + 1;
        merged.items[to] = events.items[at] as number;
        if (merged.values && events.values) merged.values[to] = events.values[at] as number;
        if (merged.times && events.times) merged.times[to] = events.times[at] as number;
        if (merged.context && events.context) merged.context[to] = events.context[at] as number;
        if (merged.types && events.types) merged.types[to] = numbers[events.types[at] as number] ?? -1;
      }
    }
  }
  return eventRows(merged, kinds);
}
