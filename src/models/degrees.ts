import type { SparseMatrix } from "../core/csr.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Builder } from "../nn/builder.ts";

/** Each interaction with the weight 1 / sqrt(events of its user x events of its item); `itemCounts`: those of the items. */
export function normalizedByDegrees(
  { offsets, items, columns }: SparseMatrix,
  itemCounts: ArrayLike<number> = degreesOf({ items, columns }),
): SparseMatrix {
  const values = new Float32Array(items.length);
  for (let user = 0; user + 1 < offsets.length; user++) {
    const [from, to] = [offsets[user] as number, offsets[user + 1] as number];
    for (let e = from; e < to; e++) values[e] = 1 / Math.sqrt((to - from) * (itemCounts[items[e] as number] as number));
  }
  return { offsets, items, columns, values };
}

/** How many events each item has. */
export function degreesOf({ items, columns }: Pick<SparseMatrix, "items" | "columns">): Float64Array {
  const degrees = new Float64Array(columns);
  for (const item of items) degrees[item] = (degrees[item] as number) + 1;
  return degrees;
}

/** `1 / sqrt(x)` of numbers of events; of what nobody did, and of somebody who did nothing, as of 1. */
export const inverseRoot = (nn: Builder, x: Tensor): Tensor =>
  nn.unary("rsqrt", nn.affine(nn.unary("relu", nn.affine(x, 1, -1)), 1, 1));
