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
