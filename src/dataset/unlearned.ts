import type { Csr } from "../core/csr.ts";

/**
 * Every entry of any part that `learned` does not hold, with its value (that of the last part that has it); without times. The
 * matrices have equally many rows, which ascend. Undefined values stay so where no part has any.
 */
export function unlearnedOf(learned: Csr, parts: readonly Csr[]): Csr {
  const rows = learned.offsets.length - 1;
  const most = parts.reduce((sum, { items }) => sum + items.length, 0);
  const offsets = new Int32Array(rows + 1);
  const items = new Int32Array(most);
  const values = parts.some((part) => part.values) ? new Float32Array(most) : undefined;
  const heads = new Int32Array(parts.length);
  let to = 0;
  for (let row = 0; row < rows; row++) {
    let at = learned.offsets[row] ?? 0;
    const end = learned.offsets[row + 1] ?? 0;
    for (const [p, part] of parts.entries()) heads[p] = part.offsets[row] ?? 0;
    for (let next = least(parts, heads, row); next < Infinity; next = least(parts, heads, row)) {
      const value = takeValue(parts, heads, row, next);
      while (at < end && (learned.items[at] ?? 0) < next) at++;
      if (at < end && learned.items[at] === next) continue;
      items[to] = next;
      if (values) values[to] = value;
      to++;
    }
    offsets[row + 1] = to;
  }
  return { offsets, items: items.slice(0, to), ...(values && { values: values.slice(0, to) }) };
}

/** The lowest item that any part still has in this row; Infinity where none has one. */
function least(parts: readonly Csr[], heads: Int32Array, row: number): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (let p = 0; p < parts.length; p++) {
    const { offsets, items } = parts[p] as Csr;
    const at = heads[p] as number;
    if (at < (offsets[row + 1] as number)) lowest = Math.min(lowest, items[at] as number);
  }
  return lowest;
}

/** Moves every part that stands at the item past it; returns its value. */
function takeValue(parts: readonly Csr[], heads: Int32Array, row: number, item: number): number {
  let value = 1;
  for (let p = 0; p < parts.length; p++) {
    const { offsets, items, values } = parts[p] as Csr;
    const at = heads[p] as number;
    if (at >= (offsets[row + 1] as number) || items[at] !== item) continue;
    value = values?.[at] ?? 1;
    heads[p] = at + 1;
  }
  return value;
}
