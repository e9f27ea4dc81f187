import { IdTable } from "./id-table.ts";

const CHUNK = 1 << 18;

type Numbers = Int32Array | Float32Array | Float64Array;

/** A column that grows in chunks, so that growth never copies it. */
export class Column<T extends Numbers> {
  readonly chunks: T[] = [];
  readonly #make: (length: number) => T;
  #length = 0;

  constructor(make: (length: number) => T) {
    this.#make = make;
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    const at = this.#length & (CHUNK - 1);
    if (at === 0) this.chunks.push(this.#make(CHUNK));
    (this.chunks[this.chunks.length - 1] as T)[at] = value;
    this.#length++;
  }

  at(index: number): number {
    return this.chunks[Math.floor(index / CHUNK)]?.[index & (CHUNK - 1)] ?? Number.NaN;
  }

  /** Replaces every value. */
  update(change: (value: number) => number): void {
    for (const chunk of this.chunks) for (let i = 0; i < chunk.length; i++) chunk[i] = change(chunk[i] ?? 0);
  }

  /** One array with every value. The chunks are gone afterwards. */
  take(): T {
    const all = this.#make(this.#length);
    for (let c = 0; this.chunks.length > 0; c++) {
      const chunk = this.chunks.shift() as T;
      const rest = this.#length - c * CHUNK;
      all.set(rest < CHUNK ? chunk.subarray(0, rest) : chunk, c * CHUNK);
    }
    return all;
  }
}

/** What a column of the source says of each event besides, as it is written there: empty where it says nothing. */
export interface ContextCells {
  readonly name: string;
  readonly cells: string[];
}

/** Interactions in the order of their source, with dense indices for ids. */
export interface Events {
  readonly users: IdTable;
  readonly items: IdTable;
  readonly user: Column<Int32Array>;
  readonly item: Column<Int32Array>;
  /** NaN where there is none. Absent when the source has no values: each counts as 1. */
  readonly value?: Column<Float32Array> | undefined;
  /** Unix seconds; NaN where unknown. Absent when the source has no times. */
  readonly time?: Column<Float64Array> | undefined;
  /** Number of each event's kind in `kinds`. Absent when the source has no kinds. */
  readonly kind?: Column<Int32Array> | undefined;
  /** In order of their first appearance. */
  readonly kinds: string[];
  /** What else is known of each event, where columns of it were asked for. */
  readonly context?: readonly ContextCells[] | undefined;
}

export function createEvents(
  columns: {
    readonly value: boolean;
    readonly time: boolean;
    readonly kind?: boolean;
    /** Names of what else is known of events. Default: none. */
    readonly context?: readonly string[] | undefined;
  },
  tables: { readonly users: IdTable; readonly items: IdTable } = { users: new IdTable(), items: new IdTable() },
): Events {
  return {
    ...tables,
    user: new Column((length) => new Int32Array(length)),
    item: new Column((length) => new Int32Array(length)),
    value: columns.value ? new Column((length) => new Float32Array(length)) : undefined,
    time: columns.time ? new Column((length) => new Float64Array(length)) : undefined,
    kind: columns.kind ? new Column((length) => new Int32Array(length)) : undefined,
    kinds: [],
    context: columns.context?.map((name) => ({ name, cells: [] })),
  };
}
