import type { Csr } from "../core/csr.ts";
import { eventsOf, type Recorded } from "./event-rows.ts";

/** Kinds that are told apart, at most: a column with more of them is no column of kinds. */
export const MOST_KINDS = 32;

/**
 * The pairs of some parts that have an event of a kind, by the kind's name; rows ascend, and hold each item once. The parts have equally many rows.
 * Undefined where no event has a kind, and of more than `MOST_KINDS`.
 */
export function pairsByKind(parts: readonly Recorded[]): Readonly<Record<string, Csr>> | undefined {
  const events = parts.filter(({ recorded }) => recorded?.types).map(eventsOf);
  const names = [...new Set(events.flatMap(({ kinds }) => kinds))];
  if (names.length === 0 || names.length > MOST_KINDS) return undefined;
  const rows = (events[0]?.offsets.length ?? 1) - 1;
  const found = names.map(() => new Pairs(rows));
  for (let row = 0; row < rows; row++) {
    for (const { offsets, items, types, kinds } of events) {
      for (let at = offsets[row] as number; at < (offsets[row + 1] as number); at++) {
        const kind = kinds[types?.[at] ?? -1];
        if (kind !== undefined) found[names.indexOf(kind)]?.add(items[at] as number);
      }
    }
    for (const pairs of found) pairs.end(row);
  }
  const kept = names.flatMap((name, at) => {
    const pairs = (found[at] as Pairs).take();
    return pairs.items.length > 0 ? [[name, pairs] as const] : [];
  });
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

/** Rows that are filled one after the other. */
class Pairs {
  readonly #offsets: Int32Array;
  readonly #row = new Set<number>();
  #items = new Int32Array(1024);
  #size = 0;

  constructor(rows: number) {
    this.#offsets = new Int32Array(rows + 1);
  }

  add(item: number): void {
    this.#row.add(item);
  }

  end(row: number): void {
    if (this.#row.size > 0) {
      const size = this.#size + this.#row.size;
      if (size > this.#items.length) {
        const more = new Int32Array(Math.max(size, 2 * this.#items.length));
        more.set(this.#items.subarray(0, this.#size));
        this.#items = more;
      }
      this.#items.set(Int32Array.from(this.#row).sort(), this.#size);
      this.#size = size;
      this.#row.clear();
    }
    this.#offsets[row + 1] = this.#size;
  }

  take(): Csr {
    return { offsets: this.#offsets, items: this.#items.slice(0, this.#size) };
  }
}
