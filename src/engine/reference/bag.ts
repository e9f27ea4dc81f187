import { hash, STREAM, unit } from "../../core/random.ts";
import type { EntryDropout } from "../../graph/tensor.ts";
import type { Csr } from "../contract.ts";
import type { Moment, Value } from "./kernels.ts";

const at = (x: ArrayLike<number>, i: number): number => x[i] as number;

/** An entry of a data matrix that row `row` of the batch adds up. */
export interface Entry {
  readonly row: number;
  readonly column: number;
  readonly weight: number;
}

/** The entries that a bag, or what flows back from it, goes through: operands are something, the matrix, ids, ids left out. */
export function* entries(
  [, matrix, ids, without]: readonly Value[],
  dropout: EntryDropout | undefined,
  { seed, epoch, step }: Moment,
): Generator<Entry> {
  const { offsets, items, values } = matrix as Csr;
  for (const [row, id] of (ids as Int32Array).entries()) {
    for (let e = at(offsets, id); e < at(offsets, id + 1); e++) {
      const column = at(items, e);
      if (without !== undefined && column === (without as Int32Array)[row]) continue;
      const weight = values?.[e] ?? 1;
      if (!dropout) yield { row, column, weight };
      else if (unit(hash(seed, STREAM.dropout, epoch, step, dropout.id, row, column)) >= dropout.rate)
        yield { row, column, weight: weight / (1 - dropout.rate) };
    }
  }
}
