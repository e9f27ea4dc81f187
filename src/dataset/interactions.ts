import { type Csr, columnCounts, filledRows, position, rowOf } from "../core/csr.ts";
import { fail } from "../core/errors.ts";
import { checkEvents, type EventRows, eventsOf } from "./event-rows.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { byColumns, checkTimed, partition, type TimedCsr } from "./timed.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** One interaction with dense indices. */
export interface Entry {
  readonly user: number;
  readonly item: number;
  /** 1 where the data have no values; NaN where this one has none. */
  readonly value: number;
  /** Unix seconds; NaN where unknown. */
  readonly time: number;
}

/** Sizes and statistics that a model is built from. */
export interface CatalogCounts {
  readonly users: number;
  readonly items: number;
  /** Mean of the known values; 1 where there are none. */
  readonly meanValue: number;
  /** Interactions of each item but for dislikes (values below 0), length `items`. */
  readonly itemCounts: Float32Array;
}

/** Sizes and statistics of a matrix of interactions. */
export function countsOf({ offsets, items, values }: Csr, columns: number): CatalogCounts {
  const liked = values?.some((value) => value < 0) ? items.filter((_, at) => !((values[at] as number) < 0)) : items;
  const itemCounts = Float32Array.from(columnCounts(liked, columns));
  let [sum, known] = [0, 0];
  for (const value of values ?? []) {
    if (Number.isNaN(value)) continue;
    sum += value;
    known++;
  }
  const meanValue = known > 0 ? sum / known : 1;
  return { users: offsets.length - 1, items: columns, meanValue, itemCounts };
}

/**
 * Who interacted with what: at most one interaction per user and item, kept as typed arrays by user (and, when asked for,
 * by item), ascending within a row; beside them every event, repeats and kinds included (`events`). Immutable: every change
 * gives a new object, which shares what it can.
 */
export class Interactions {
  readonly users: Vocabulary;
  readonly items: Vocabulary;
  /** Row = user, `items` = item indices. */
  readonly byUser: TimedCsr;
  #byItem: TimedCsr | undefined;
  /** What was recorded of these pairs and perhaps of others: the parts of a split share it. Absent where nothing repeats and has a kind. */
  readonly recorded: EventRows | undefined;
  #events: EventRows | undefined;
  #fingerprint: string | undefined;

  /**
   * `recorded`: every event, where pairs repeat or events have kinds. Throws DATA_INTERACTIONS unless `byUser` fits the vocabularies
   * and its rows ascend without repeats, and `recorded` fits them too.
   */
  constructor(users: Vocabulary, items: Vocabulary, byUser: TimedCsr, recorded?: EventRows) {
    checkTimed(byUser, users.size, items.size);
    if (recorded) checkEvents(recorded, users.size, items.size);
    this.users = users;
    this.items = items;
    this.byUser = byUser;
    this.recorded = recorded;
  }

  /** Every event of these pairs, by user in order of time. Built on first use. */
  get events(): EventRows {
    this.#events ??= eventsOf(this);
    return this.#events;
  }

  /** Number of interactions. */
  get size(): number {
    return this.byUser.items.length;
  }

  /** Row = item, `items` = user indices. Built on first use. */
  get byItem(): TimedCsr {
    this.#byItem ??= byColumns(this.byUser, this.items.size);
    return this.#byItem;
  }

  /** Whether the user has interacted with the item (indices): a binary search. */
  has(user: number, item: number): boolean {
    return position(this.byUser, user, item) >= 0;
  }

  /** The user's items, ascending; a view, not a copy. */
  itemsOf(user: number): Int32Array {
    return rowOf(this.byUser, user);
  }

  /** All interactions, by user and then by item. */
  *[Symbol.iterator](): Generator<Entry> {
    const { offsets, items, values, times } = this.byUser;
    for (let user = 0; user < this.users.size; user++) {
      for (let at = offsets[user] ?? 0; at < (offsets[user + 1] ?? 0); at++) {
        yield { user, item: items[at] ?? 0, value: values?.[at] ?? 1, time: times?.[at] ?? Number.NaN };
      }
    }
  }

  catalog(): CatalogCounts {
    return countsOf(this.byUser, this.items.size);
  }

  /** SHA-256 (hex) of ids and content: equal for equal data, different otherwise. */
  fingerprint(): string {
    this.#fingerprint ??= fingerprintOf(this.users, this.items, this.byUser, this.recorded && this.events);
    return this.#fingerprint;
  }

  /** The interactions that pass, with the same users and items (some may have none left). */
  filter(keep: (entry: Entry) => boolean): Interactions {
    const part = new Uint8Array(this.size);
    let at = 0;
    for (const entry of this) part[at++] = keep(entry) ? 0 : 1;
    return this.partition(part, 1)[0] as Interactions;
  }

  /**
   * Distributes the interactions, in the order of `byUser`, over `parts` objects with the same users and items: number n
   * goes to part[n]; what is not below `parts` goes nowhere.
   */
  partition(part: Uint8Array, parts: number): Interactions[] {
    if (part.length !== this.size) {
      fail("DATA_INTERACTIONS", { what: `There are ${part.length} part numbers for ${this.size} interactions` });
    }
    return partition(this.byUser, part, parts).map(
      (csr) => new Interactions(this.users, this.items, csr, this.recorded),
    );
  }

  /** Other values for the same interactions; undefined makes all of them 1. Events keep theirs. */
  withValues(values: Float32Array | undefined): Interactions {
    return new Interactions(this.users, this.items, { ...this.byUser, values }, this.recorded);
  }

  /** Without the users and items that have no interactions; the others keep their order. */
  compact(): Interactions {
    const { offsets, items, values, times, order, context } = this.byUser;
    const itemCounts = columnCounts(this.byUser.items, this.items.size);
    const users = [...filledRows(this.byUser)];
    const kept = Array.from(itemCounts.keys()).filter((item) => (itemCounts[item] ?? 0) > 0);
    const place = new Int32Array(this.items.size);
    kept.forEach((item, index) => {
      place[item] = index;
    });
    const rows = new Int32Array(users.length + 1);
    users.forEach((user, index) => {
      rows[index + 1] = offsets[user + 1] ?? 0;
    });
    const own = { values, times, order, ...(context && { context }) };
    const csr = { offsets: rows, items: items.map((item) => place[item] ?? 0), ...own };
    const recorded = this.recorded && renumbered(this.events, users, place);
    return new Interactions(this.users.pick(users), this.items.pick(kept), csr, recorded);
  }
}

/** Some of the rows, which hold all events, with other numbers of items. */
function renumbered(events: EventRows, rows: readonly number[], place: Int32Array): EventRows {
  const offsets = Int32Array.from([-1, ...rows], (row) => events.offsets[row + 1] as number);
  return { ...events, offsets, items: events.items.map((item) => place[item] as number) };
}
