import { below, hash } from "../../src/core/random.ts";
import type { Csr } from "../../src/engine/contract.ts";

/** Rows in order of time, drawn from a seed: of `0` to `longest` events, some rows empty, some items more than once. */
export function sequences(seed: number, rows: number, columns: number, longest: number): Csr {
  const lists = Array.from({ length: rows }, (_, row) => {
    const length = row === 3 ? 0 : row === 4 ? 1 : below(hash(seed, row), longest + 1);
    return Array.from({ length }, (_event, place) => below(hash(seed, row, place), columns));
  });
  const offsets = new Int32Array(rows + 1);
  for (const [row, list] of lists.entries()) offsets[row + 1] = (offsets[row] as number) + list.length;
  return { offsets, items: Int32Array.from(lists.flat()) };
}
