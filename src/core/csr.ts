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

/** Columns become rows; within a row the old rows ascend. */
export function transpose({ offsets, items, values, columns }: SparseMatrix): SparseMatrix {
  const starts = new Int32Array(columns + 1);
  for (const item of items) starts[item + 1] = (starts[item + 1] as number) + 1;
  for (let column = 0; column < columns; column++)
    starts[column + 1] = (starts[column + 1] as number) + (starts[column] as number);
  const next = starts.slice();
  const [rows, moved] = [new Int32Array(items.length), values && new Float32Array(items.length)];
  for (let row = 0; row + 1 < offsets.length; row++) {
    for (let e = offsets[row] as number; e < (offsets[row + 1] as number); e++) {
      const place = next[items[e] as number] as number;
      next[items[e] as number] = place + 1;
      rows[place] = row;
      if (moved && values) moved[place] = values[e] as number;
    }
  }
  return { offsets: starts, items: rows, ...(moved && { values: moved }), columns: offsets.length - 1 };
}
