import { fail } from "../core/errors.ts";

/** A sparse matrix by rows: the columns of row r are `items[offsets[r] .. offsets[r + 1])`, ascending and distinct. */
export interface Csr {
  /** Length rows + 1, starting with 0. */
  readonly offsets: Int32Array;
  readonly items: Int32Array;
  /** One value per entry; absent when every value is 1. */
  readonly values?: Float32Array | undefined;
  /** One time per entry, unix seconds, NaN where unknown; absent when no time is known. */
  readonly times?: Float64Array | undefined;
  /**
   * Place of each entry in its source (the number of the event it comes from), so that later places are later in time:
   * what decides between equal times. Absent where the source is in no order of time, or has no times (see `sourceOrder`).
   */
  readonly order?: Int32Array | undefined;
}

/** Throws DATA_INTERACTIONS unless the arrays form a matrix of that size with ascending, distinct columns. */
export function checkCsr(csr: Csr, rows: number, columns: number): void {
  const problem = lengthProblem(csr, rows) ?? orderProblem(csr, columns);
  if (problem !== undefined) fail("DATA_INTERACTIONS", { what: problem });
}

function lengthProblem({ offsets, items, values, times, order }: Csr, rows: number): string | undefined {
  if (offsets.length !== rows + 1) return `There are ${offsets.length} offsets for ${rows} rows, not ${rows + 1}`;
  if (offsets[0] !== 0 || offsets[rows] !== items.length) return "Offsets do not run from 0 to the number of items";
  if (values && values.length !== items.length) return `There are ${values.length} values for ${items.length} items`;
  if (times && times.length !== items.length) return `There are ${times.length} times for ${items.length} items`;
  if (order && order.length !== items.length) return `There are ${order.length} places for ${items.length} items`;
  return undefined;
}

function orderProblem({ offsets, items }: Csr, columns: number): string | undefined {
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

/** Position of a column in a row (a binary search), or -1. */
export function position({ offsets, items }: Csr, row: number, column: number): number {
  let low = offsets[row] ?? 0;
  const end = offsets[row + 1] ?? 0;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((items[middle] ?? 0) < column) low = middle + 1;
    else high = middle;
  }
  return low < end && items[low] === column ? low : -1;
}

/** Offsets of rows with the given lengths. Throws DATA_INTERACTIONS beyond 2^31 - 1 entries. */
export function offsetsOf(lengths: Int32Array): Int32Array {
  const offsets = new Int32Array(lengths.length + 1);
  let total = 0;
  for (let row = 0; row < lengths.length; row++) {
    total += lengths[row] ?? 0;
    offsets[row + 1] = total;
  }
  if (total > 0x7fffffff) fail("DATA_INTERACTIONS", { what: `${total} interactions are too many`, expected: "< 2^31" });
  return offsets;
}

/** Length of each row. */
export function degrees(offsets: Int32Array): Int32Array {
  return Int32Array.from({ length: offsets.length - 1 }, (_, row) => (offsets[row + 1] ?? 0) - (offsets[row] ?? 0));
}

/** Entries of each column. */
export function columnCounts(items: Int32Array, columns: number): Int32Array {
  const counts = new Int32Array(columns);
  for (let at = 0; at < items.length; at++) {
    const item = items[at] ?? 0;
    counts[item] = (counts[item] ?? 0) + 1;
  }
  return counts;
}

/** The same entries by columns; within a column rows ascend. */
export function transpose({ offsets, items, values, times, order }: Csr, columns: number): Csr {
  const result = {
    offsets: offsetsOf(columnCounts(items, columns)),
    items: new Int32Array(items.length),
    values: values && new Float32Array(items.length),
    times: times && new Float64Array(items.length),
    order: order && new Int32Array(items.length),
  };
  const next = result.offsets.slice(0, columns);
  for (let row = 0; row + 1 < offsets.length; row++) {
    const end = offsets[row + 1] ?? 0;
    for (let at = offsets[row] ?? 0; at < end; at++) {
      const item = items[at] ?? 0;
      const to = next[item] ?? 0;
      next[item] = to + 1;
      result.items[to] = row;
      if (result.values && values) result.values[to] = values[at] ?? 0;
      if (result.times && times) result.times[to] = times[at] ?? 0;
      if (result.order && order) result.order[to] = order[at] ?? 0;
    }
  }
  return result;
}

/** Distributes entries over matrices of the same size: entry e goes to `part[e]`, those beyond `parts` nowhere. */
export function partition({ offsets, items, values, times, order }: Csr, part: Uint8Array, parts: number): Csr[] {
  const rows = offsets.length - 1;
  return Array.from({ length: parts }, (_, wanted) => {
    let count = 0;
    for (let at = 0; at < part.length; at++) if (part[at] === wanted) count++;
    const chosen = {
      offsets: new Int32Array(rows + 1),
      items: new Int32Array(count),
      values: values && new Float32Array(count),
      times: times && new Float64Array(count),
      order: order && new Int32Array(count),
    };
    let to = 0;
    for (let row = 0; row < rows; row++) {
      const end = offsets[row + 1] ?? 0;
      for (let at = offsets[row] ?? 0; at < end; at++) {
        if (part[at] !== wanted) continue;
        chosen.items[to] = items[at] ?? 0;
        if (chosen.values && values) chosen.values[to] = values[at] ?? 0;
        if (chosen.times && times) chosen.times[to] = times[at] ?? 0;
        if (chosen.order && order) chosen.order[to] = order[at] ?? 0;
        to++;
      }
      chosen.offsets[row + 1] = to;
    }
    return chosen;
  });
}
