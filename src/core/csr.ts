import { fail } from "./errors.ts";

/** Rows of ascending column indices: `items[offsets[r] .. offsets[r+1])` belong to row r. */
export interface Csr {
  /** Length rows + 1, starting with 0. */
  readonly offsets: Int32Array;
  readonly items: Int32Array;
  /** One value (rating, weight) per entry; absent when every value is 1. */
  readonly values?: Float32Array | undefined;
}

/** Rows over so many columns. */
export interface SparseMatrix extends Csr {
  readonly columns: number;
}

/** Sparse matrices that a plan reads, by the names it gives them. Their shapes are the plan's. */
export type DataMatrices = Readonly<Record<string, Csr>>;

/** Indices of the rows that are not empty. */
export function filledRows({ offsets }: Pick<Csr, "offsets">): Int32Array {
  const filled: number[] = [];
  for (let row = 0; row + 1 < offsets.length; row++) {
    if ((offsets[row + 1] as number) > (offsets[row] as number)) filled.push(row);
  }
  return Int32Array.from(filled);
}

/** The items of one row; a view, not a copy. */
export function rowOf({ offsets, items }: Pick<Csr, "offsets" | "items">, row: number): Int32Array {
  return items.subarray(offsets[row] ?? 0, offsets[row + 1] ?? 0);
}

/** A single row. `items` ascending and distinct. */
export function oneRow(items: Int32Array, values?: Float32Array): Csr {
  return { offsets: Int32Array.of(0, items.length), items, ...(values && { values }) };
}

/** Rows from one array per row. */
export function stack(parts: readonly Int32Array[]): Csr {
  const offsets = offsetsOf(Int32Array.from(parts, ({ length }) => length));
  const items = new Int32Array(offsets[parts.length] as number);
  for (const [i, part] of parts.entries()) items.set(part, offsets[i]);
  return { offsets, items };
}

/** Position of a column in a row that ascends (a binary search), or -1. */
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

/** The row of each entry. */
export function rowNumbers({ offsets, items }: Pick<Csr, "offsets" | "items">): Int32Array {
  const rows = new Int32Array(items.length);
  for (let row = 0; row + 1 < offsets.length; row++) rows.fill(row, offsets[row], offsets[row + 1]);
  return rows;
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

/** Columns become rows; within a row the old rows ascend. `from`: where each entry was. */
export function turned({ offsets, items, columns }: Omit<SparseMatrix, "values">): {
  readonly offsets: Int32Array;
  readonly items: Int32Array;
  readonly from: Int32Array;
} {
  const starts = offsetsOf(columnCounts(items, columns));
  const next = starts.slice(0, columns);
  const [rows, from] = [new Int32Array(items.length), new Int32Array(items.length)];
  for (let row = 0; row + 1 < offsets.length; row++) {
    for (let at = offsets[row] as number; at < (offsets[row + 1] as number); at++) {
      const column = items[at] as number;
      const to = next[column] as number;
      next[column] = to + 1;
      rows[to] = row;
      from[to] = at;
    }
  }
  return { offsets: starts, items: rows, from };
}

/** Columns become rows; within a row the old rows ascend. */
export function transpose({ values, ...matrix }: SparseMatrix): SparseMatrix {
  const { offsets, items, from } = turned(matrix);
  const moved = values && Float32Array.from(from, (at) => values[at] as number);
  return { offsets, items, ...(moved && { values: moved }), columns: matrix.offsets.length - 1 };
}
