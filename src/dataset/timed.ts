import { type Csr, degrees, offsetsOf, turned } from "../core/csr.ts";
import { fail } from "../core/errors.ts";

/** Rows whose entries have times. */
export interface TimedCsr extends Csr {
  /** One time per entry, unix seconds, NaN where unknown; absent when no time is known. */
  readonly times?: Float64Array | undefined;
  /**
   * Place of each entry in its source (the number of the event it comes from), so that later places are later in time:
   * what decides between equal times. Absent where the source is in no order of time, or has no times (see `sourceOrder`).
   */
  readonly order?: Int32Array | undefined;
  /** Row of each entry in what is known of events besides (`Features.context`), or `NO_CONTEXT`. Absent where nothing is. */
  readonly context?: Int32Array | undefined;
}

/** Stands for the row of an entry of which nothing is known, where others have one. */
export const NO_CONTEXT = -1;

/** Throws DATA_INTERACTIONS unless the arrays form a matrix of that size with ascending, distinct columns. */
export function checkTimed(csr: TimedCsr, rows: number, columns: number): void {
  const problem = lengthProblem(csr, rows) ?? orderProblem(csr, columns);
  if (problem !== undefined) fail("DATA_INTERACTIONS", { what: problem });
}

function lengthProblem({ offsets, items, values, times, order, context }: TimedCsr, rows: number): string | undefined {
  if (offsets.length !== rows + 1) return `There are ${offsets.length} offsets for ${rows} rows, not ${rows + 1}`;
  if (offsets[0] !== 0 || offsets[rows] !== items.length) return "Offsets do not run from 0 to the number of items";
  if (values && values.length !== items.length) return `There are ${values.length} values for ${items.length} items`;
  if (times && times.length !== items.length) return `There are ${times.length} times for ${items.length} items`;
  if (order && order.length !== items.length) return `There are ${order.length} places for ${items.length} items`;
  if (context && context.length !== items.length)
    return `There are ${context.length} rows of context for ${items.length} items`;
  return undefined;
}

function orderProblem({ offsets, items }: TimedCsr, columns: number): string | undefined {
  for (let row = 0; row + 1 < offsets.length; row++) {
    const end = offsets[row + 1] ?? 0;
    let before = -1;
    let at = offsets[row] ?? 0;
    if (at > end) return `The offsets of row ${row} run backwards`;
    for (; at < end; at++) {
      const item = items[at] ?? 0;
      if (item <= before) return `The items of row ${row} are not ascending and distinct`;
      before = item;
    }
    if (before >= columns) return `Row ${row} holds item ${before}, but there are only ${columns}`;
  }
  return undefined;
}

/** Other rows of the same entries: entry e of the result is entry `from[e]`. */
export function pick(
  { items, values, times, order, context }: Omit<TimedCsr, "offsets">,
  offsets: Int32Array,
  from: Int32Array,
): TimedCsr {
  const picked = <T extends Int32Array | Float32Array | Float64Array>(all: T): T => {
    const some = new (all.constructor as new (length: number) => T)(from.length);
    for (let at = 0; at < from.length; at++) some[at] = all[from[at] as number] as number;
    return some;
  };
  return {
    offsets,
    items: picked(items),
    ...(values && { values: picked(values) }),
    ...(times && { times: picked(times) }),
    ...(order && { order: picked(order) }),
    ...(context && { context: picked(context) }),
  };
}

/** The same entries by columns; within a column rows ascend. */
export function byColumns(csr: TimedCsr, columns: number): TimedCsr {
  const { offsets, items, from } = turned({ ...csr, columns });
  return { ...pick(csr, offsets, from), items };
}

/** Distributes entries over matrices of the same size: entry e goes to `part[e]`, those beyond `parts` nowhere. */
export function partition(csr: TimedCsr, part: Uint8Array, parts: number): TimedCsr[] {
  return Array.from({ length: parts }, (_, wanted) => chosen(csr, (at) => part[at] === wanted));
}

/** The entries that are wanted, by their place. */
export function chosen(csr: TimedCsr, isWanted: (at: number) => boolean): TimedCsr {
  const { offsets, items } = csr;
  const lengths = new Int32Array(offsets.length - 1);
  const from = new Int32Array(items.length);
  let to = 0;
  for (let row = 0; row < lengths.length; row++) {
    const start = to;
    for (let at = offsets[row] as number; at < (offsets[row + 1] as number); at++) if (isWanted(at)) from[to++] = at;
    lengths[row] = to - start;
  }
  return pick(csr, offsetsOf(lengths), from.subarray(0, to));
}

/** Without one of the rows. */
export function withoutRow(csr: TimedCsr, row: number): TimedCsr {
  const [from, to] = [csr.offsets[row] as number, csr.offsets[row + 1] as number];
  const lengths = degrees(csr.offsets).filter((_, at) => at !== row);
  return { ...chosen(csr, (at) => at < from || at >= to), offsets: offsetsOf(lengths) };
}

/** Without one of the columns: those after it move up. */
export function withoutColumn(csr: TimedCsr, column: number): TimedCsr {
  const rest = chosen(csr, (at) => csr.items[at] !== column);
  return { ...rest, items: rest.items.map((item) => (item > column ? item - 1 : item)) };
}

/** The same entries with empty rows at the end. */
export function withRows<T extends Csr>(csr: T, rows: number): T {
  const offsets = new Int32Array(rows + 1).fill(csr.items.length);
  offsets.set(csr.offsets);
  return { ...csr, offsets };
}

/** Unknown times come before all others. */
export function isBefore(time: number, other: number): boolean {
  return time < other || (Number.isNaN(time) && !Number.isNaN(other));
}

/**
 * The one order of what a user did, for splits as for models of order: by time, unknown times first; of equal times by place in the source.
 * Where the source says nothing (see `sourceOrder`), `ordered` draws places first; without any, what is given first comes first.
 */
export function inTime({ times, order }: Pick<TimedCsr, "times" | "order">): (a: number, b: number) => number {
  return (a, b) => {
    const [x, y] = [times?.[a] ?? Number.NaN, times?.[b] ?? Number.NaN];
    if (isBefore(x, y)) return -1;
    if (isBefore(y, x)) return 1;
    return (order?.[a] ?? 0) - (order?.[b] ?? 0) || a - b;
  };
}
