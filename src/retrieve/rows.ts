import type { Csr } from "../engine/contract.ts";

/** The items of one row, ascending; a view, not a copy. */
export function rowOf(rows: Csr, row: number): Int32Array {
  return rows.items.subarray(rows.offsets[row] ?? 0, rows.offsets[row + 1] ?? 0);
}

/** A single row. `items` ascending and distinct. */
export function oneRow(items: Int32Array, values?: Float32Array): Csr {
  return { offsets: Int32Array.of(0, items.length), items, ...(values && { values }) };
}

/** Union of two ascending, distinct lists; so is the result. */
export function union(a: Int32Array, b: Int32Array): Int32Array {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const both = new Int32Array(a.length + b.length);
  let [i, j, to] = [0, 0, 0];
  while (i < a.length || j < b.length) {
    const [x, y] = [a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY];
    both[to++] = Math.min(x, y);
    if (x <= y) i++;
    if (y <= x) j++;
  }
  return both.subarray(0, to);
}

/** Rows from one array per row. */
export function stack(parts: readonly Int32Array[]): Csr {
  const offsets = new Int32Array(parts.length + 1);
  for (const [i, part] of parts.entries()) offsets[i + 1] = (offsets[i] as number) + part.length;
  const items = new Int32Array(offsets[parts.length] as number);
  for (const [i, part] of parts.entries()) items.set(part, offsets[i]);
  return { offsets, items };
}

/** Swaps rows and columns: row i of the result holds the rows that contain item i. */
export function transpose({ offsets, items }: Csr, itemCount: number): Csr {
  const starts = new Int32Array(itemCount + 1);
  for (const item of items) starts[item + 1] = (starts[item + 1] as number) + 1;
  for (let i = 0; i < itemCount; i++) starts[i + 1] = (starts[i + 1] as number) + (starts[i] as number);
  const ends = starts.slice(0, itemCount);
  const rows = new Int32Array(items.length);
  for (let row = 0; row + 1 < offsets.length; row++) {
    for (let at = offsets[row] as number; at < (offsets[row + 1] as number); at++) {
      const item = items[at] as number;
      rows[ends[item] as number] = row;
      ends[item] = (ends[item] as number) + 1;
    }
  }
  return { offsets: starts, items: rows };
}
