import { below, hash } from "../../core/random.ts";
import { type Entry, entries } from "./bag.ts";
import type { Moment, Value } from "./kernels.ts";

/** An entry of the left row with one of the right row, and the row of the table that stands for both. */
export interface Cross {
  readonly row: number;
  readonly bucket: number;
  readonly weight: number;
}

/** The crosses of each row of the batch: operands are something, two matrices, ids of their rows, and columns of the left one left out. */
export function* crosses(
  [first, left, right, leftIds, rightIds, without]: readonly Value[],
  id: number,
  buckets: number,
  moment: Moment,
): Generator<Cross> {
  const rows = new Map<number, Entry[]>();
  const leftOperands = [first, left, leftIds, ...(without === undefined ? [] : [without])] as readonly Value[];
  for (const entry of entries(leftOperands, undefined, moment))
    rows.set(entry.row, [...(rows.get(entry.row) ?? []), entry]);
  for (const { row, column, weight } of entries([first, right, rightIds] as readonly Value[], undefined, moment))
    for (const other of rows.get(row) ?? [])
      yield { row, bucket: below(hash(id, column, other.column), buckets), weight: weight * other.weight };
}
