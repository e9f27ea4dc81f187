import { offsetsOf } from "../core/csr.ts";
import { fail } from "../core/errors.ts";
import type { Events } from "../ingest/index.ts";
import { type EventRows, eventRows } from "./event-rows.ts";
import { Interactions } from "./interactions.ts";
import { type SourceOrder, sourceOrder } from "./source-order.ts";
import { isBefore } from "./timed.ts";
import { Vocabulary } from "./vocabulary.ts";

/**
 * What becomes of several rows for one user and item. `last`: the one with the latest time, of equal times (and where no
 * time is known) the one that comes later in the file. `sum`: their values are added (a row without a value counts as
 * 1) and the latest time is kept.
 */
export type DuplicatePolicy = "last" | "sum";

export interface Built {
  readonly interactions: Interactions;
  /** Rows that were merged into others. */
  readonly duplicates: number;
  /** Absent without times. */
  readonly order?: SourceOrder | undefined;
}

/**
 * Sorts events by user and item, and merges duplicates. The events' columns are used up. An entry has the place of the
 * row whose time it has. Order depends on the events alone, unless `known` says it. Where rows repeat or have kinds, every event is kept beside.
 * Throws DATA_INTERACTIONS beyond 2^31 - 1 events.
 */
export function buildInteractions(
  events: Events,
  vocabularies: { readonly users: Vocabulary; readonly items: Vocabulary },
  policy: DuplicatePolicy = "last",
  known: { readonly order?: SourceOrder | undefined } = {},
): Built {
  const { users, items } = vocabularies;
  const { kinds } = events;
  const hasValues = events.value !== undefined;
  const { order: found, types, ...grouped } = group(events, users.size, policy);
  const direction = found && (known.order ?? found);
  const rows: Rows = { ...grouped, places: placesInTime(grouped.places, direction) };
  const recorded = types || repeats(rows, items.size) ? record(rows, { types, kinds, hasValues }) : undefined;
  const next = { to: 0 };
  const offsets = new Int32Array(users.size + 1);
  for (let user = 0; user < users.size; user++) {
    const [start, end] = [rows.offsets[user] ?? 0, rows.offsets[user + 1] ?? 0];
    if (isAscending(rows.items, start, end)) move(rows, start, end, next);
    else mergeRow(rows, { start, end, next, policy, items: items.size });
    offsets[user + 1] = next.to;
  }
  const duplicates = rows.items.length - next.to;
  const cut = <T extends Int32Array | Float32Array | Float64Array>(array: T): T =>
    duplicates > 0 ? (array.slice(0, next.to) as T) : array;
  const csr = {
    offsets,
    items: cut(rows.items),
    values: rows.values && cut(rows.values),
    times: rows.times && cut(rows.times),
    order: rows.places && cut(rows.places),
    ...(rows.context && { context: cut(rows.context) }),
  };
  return { interactions: new Interactions(users, items, csr, recorded), duplicates, order: direction };
}

/** Whether anybody has an item twice. */
function repeats({ offsets, items }: Rows, columns: number): boolean {
  const lastOwner = new Int32Array(columns).fill(-1);
  for (let row = 0; row + 1 < offsets.length; row++) {
    for (let at = offsets[row] as number; at < (offsets[row + 1] as number); at++) {
      if (lastOwner[items[at] as number] === row) return true;
      lastOwner[items[at] as number] = row;
    }
  }
  return false;
}

interface Kinds {
  readonly types: Int32Array | undefined;
  readonly kinds: readonly string[];
  readonly hasValues: boolean;
}

function record(
  { offsets, items, values, times, places, context }: Rows,
  { types, kinds, hasValues }: Kinds,
): EventRows {
  const columns = { values: hasValues ? values : undefined, times, order: places, types, ...(context && { context }) };
  return eventRows({ offsets, items, ...columns }, kinds);
}

interface Rows {
  readonly offsets: Int32Array;
  readonly items: Int32Array;
  readonly values: Float32Array | undefined;
  readonly times: Float64Array | undefined;
  /** Number of each row in the source. */
  readonly places: Int32Array | undefined;
  /** The same, where rows have context. */
  readonly context: Int32Array | undefined;
}

/** A counting sort by user that keeps the order of the file within a user. Chunks are let go of as they are read. */
function group(
  events: Events,
  users: number,
  policy: DuplicatePolicy,
): Rows & { readonly order: SourceOrder | undefined; readonly types: Int32Array | undefined } {
  const count = events.user.length;
  const lengths = new Int32Array(users);
  let left = count;
  for (const chunk of events.user.chunks) {
    const length = Math.min(left, chunk.length);
    for (let i = 0; i < length; i++) lengths[chunk[i] ?? 0] = (lengths[chunk[i] ?? 0] ?? 0) + 1;
    left -= length;
  }
  const offsets = offsetsOf(lengths);
  const items = new Int32Array(count);
  const values = events.value || policy === "sum" ? new Float32Array(count) : undefined;
  const times = events.time && new Float64Array(count);
  const places = times && new Int32Array(count);
  const types = events.kind && new Int32Array(count);
  const context = events.context && new Int32Array(count);
  const next = offsets.slice(0, users);
  left = count;
  while (left > 0) {
    const [user, item] = [events.user.chunks.shift(), events.item.chunks.shift()];
    const [value, time] = [events.value?.chunks.shift(), events.time?.chunks.shift()];
    const kind = events.kind?.chunks.shift();
    const length = Math.min(left, user?.length ?? 0);
    for (let i = 0; i < length; i++) {
      const row = user?.[i] ?? 0;
      const to = next[row] ?? 0;
      next[row] = to + 1;
      items[to] = item?.[i] ?? 0;
      if (values) values[to] = value?.[i] ?? 1;
      if (times) times[to] = time?.[i] ?? Number.NaN;
      if (places) places[to] = count - left + i;
      if (context) context[to] = count - left + i;
      if (types) types[to] = kind?.[i] ?? -1;
    }
    left -= length;
  }
  return { offsets, items, values, times, places, context, types, order: times && sourceOrder(offsets, times) };
}

/** Numbers that ascend with time, or none where the source is in no such order. */
function placesInTime(places: Int32Array | undefined, order: SourceOrder | undefined): Int32Array | undefined {
  if (order === "backward") return places?.map((place) => places.length - 1 - place);
  return order === "forward" ? places : undefined;
}

function isAscending(items: Int32Array, start: number, end: number): boolean {
  for (let at = start + 1; at < end; at++) if ((items[at] ?? 0) <= (items[at - 1] ?? 0)) return false;
  return true;
}

/** Closes the gap that merged duplicates have left before a row. */
function move({ items, values, times, places, context }: Rows, start: number, end: number, next: { to: number }): void {
  if (next.to < start)
    for (const array of [items, values, times, places, context]) array?.copyWithin(next.to, start, end);
  next.to += end - start;
}

interface RowTask {
  readonly start: number;
  readonly end: number;
  readonly next: { to: number };
  readonly policy: DuplicatePolicy;
  readonly items: number;
}

/** Sorts one row by item, then by place in the file, and writes it without duplicates. */
function mergeRow(rows: Rows, { start, end, next, policy, items }: RowTask): void {
  const length = end - start;
  if (items * length > 2 ** 51) {
    fail("DATA_INTERACTIONS", { what: `One user has ${length} rows over ${items} items, which is too many to sort` });
  }
  // item and place in one number, because typed arrays sort numbers fast and by value
  const keys = new Float64Array(length);
  for (let i = 0; i < length; i++) keys[i] = (rows.items[start + i] ?? 0) * length + i;
  keys.sort();
  const values = rows.values?.slice(start, end);
  const times = rows.times?.slice(start, end);
  const places = rows.places?.slice(start, end);
  const context = rows.context?.slice(start, end);
  let last = -1;
  let { to } = next;
  for (const key of keys) {
    const item = Math.floor(key / length);
    const from = key - item * length;
    const [value, time] = [values?.[from] ?? 1, times?.[from] ?? Number.NaN];
    if (item !== last) {
      rows.items[to] = item;
      if (rows.values) rows.values[to] = value;
      if (rows.times) rows.times[to] = time;
      if (rows.places) rows.places[to] = places?.[from] ?? 0;
      if (rows.context) rows.context[to] = context?.[from] ?? 0;
      last = item;
      to++;
      continue;
    }
    const isLater = !rows.times || !isBefore(time, rows.times[to - 1] ?? Number.NaN);
    if (rows.values && policy === "sum") rows.values[to - 1] = counted(rows.values[to - 1]) + counted(value);
    // a later row without a value does not undo an earlier one's
    else if (rows.values && isLater && !Number.isNaN(value)) rows.values[to - 1] = value;
    if (rows.times && isLater) rows.times[to - 1] = time;
    if (rows.places && isLater) rows.places[to - 1] = places?.[from] ?? 0;
    if (rows.context && isLater) rows.context[to - 1] = context?.[from] ?? 0;
  }
  next.to = to;
}

/** A row without a value counts as 1 in sums. */
const counted = (value = 1): number => (Number.isNaN(value) ? 1 : value);

/** Builds interactions from events that own their id tables. */
export function fromEvents(events: Events, policy?: DuplicatePolicy): Built {
  const users = Vocabulary.fromTable(events.users);
  return buildInteractions(events, { users, items: Vocabulary.fromTable(events.items) }, policy);
}
