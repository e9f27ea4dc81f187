import type { Csr } from "../engine/contract.ts";
import type { Catalog } from "../nn/model.ts";

/** What training needs of a set of interactions; `Interactions` fits. */
export interface TrainingData {
  readonly users: { readonly size: number; id(index: number): string };
  readonly items: { readonly size: number; id(index: number): string };
  readonly byUser: Csr;
  catalog(): Catalog;
}

/** Per user the items of any of the matrices, ascending and distinct. All have `rows` rows. */
export function unionRows(matrices: readonly Csr[], rows: number): Csr {
  const [only] = matrices;
  if (only && matrices.length === 1) return { offsets: only.offsets, items: only.items };
  const offsets = new Int32Array(rows + 1);
  const items = new Int32Array(matrices.reduce((sum, csr) => sum + csr.items.length, 0));
  let end = 0;
  for (let row = 0; row < rows; row++) {
    const start = end;
    for (const csr of matrices) {
      const part = csr.items.subarray(csr.offsets[row], csr.offsets[row + 1]);
      items.set(part, end);
      end += part.length;
    }
    end = start + sortDistinct(items.subarray(start, end));
    offsets[row + 1] = end;
  }
  return { offsets, items: items.slice(0, end) };
}

/** Sorts in place, moves distinct values to the front and says how many there are. */
function sortDistinct(values: Int32Array): number {
  values.sort();
  let kept = 0;
  for (const [i, value] of values.entries()) if (i === 0 || value !== values[i - 1]) values[kept++] = value;
  return kept;
}
