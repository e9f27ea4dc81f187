import { hash } from "../../src/core/random.ts";
import type { SparseMatrix } from "../../src/engine/contract.ts";

/** A matrix drawn from a seed, with about one entry in `every`; the fourth row and the sixth column are empty. */
export function sparseMatrix(seed: number, rows: number, columns: number, every: number, ones = false): SparseMatrix {
  const offsets = new Int32Array(rows + 1);
  const items: number[] = [];
  const values: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const word = hash(seed, row, column);
      if (row === 3 || column === 5 || word % every !== 0) continue;
      items.push(column);
      values.push(1 + (word >>> 8) / 2 ** 23);
    }
    offsets[row + 1] = items.length;
  }
  const plain = { offsets, items: Int32Array.from(items), columns };
  return ones ? plain : { ...plain, values: Float32Array.from(values) };
}
