import type { SparseMatrix } from "../core/csr.ts";
import type { StartProblem } from "../nn/model.ts";

/** Products with the matrix until the directions stand still. */
const ITERATIONS = 12;

/**
 * The directions in which features of items lie: right singular vectors of their rows, those of items that training has and no others,
 * `[columns, width]`, the largest first; zeros where there are fewer. Rows are taken as they are, not less their mean, so that products with them keep
 * the inner products of rows as well as so many numbers can (Eckart & Young 1936; of words it is latent semantic analysis, Deerwester et al.
 * 1990). Undefined where items have no features.
 */
export async function componentsOf(
  { catalog, matrices, solver, control }: StartProblem,
  width: number,
): Promise<Float32Array | undefined> {
  const rows = matrices["itemFeatures"];
  const columns = catalog.features?.items ?? 0;
  if (!rows || columns === 0) return undefined;
  const matrix = metRows({ ...rows, columns }, catalog.itemCounts);
  return solver.singularVectors({ matrix, count: width, iterations: ITERATIONS }, control);
}

/** Rows of items that nobody met are empty. */
function metRows({ offsets, items, values, columns }: SparseMatrix, counts: Float32Array): SparseMatrix {
  const starts = new Int32Array(offsets.length);
  const places: number[] = [];
  for (let row = 0; row + 1 < offsets.length; row++) {
    if ((counts[row] as number) > 0)
      for (let at = offsets[row] as number; at < (offsets[row + 1] as number); at++) places.push(at);
    starts[row + 1] = places.length;
  }
  return {
    ...{ offsets: starts, columns },
    items: Int32Array.from(places, (at) => items[at] as number),
    values: Float32Array.from(places, (at) => values?.[at] ?? 1),
  };
}
