import type { Csr } from "../contract.ts";

const at = (x: ArrayLike<number>, i: number): number => x[i] as number;

/** Rows of `from` numbers times a data matrix, or its transpose: rows of `to`. */
export function through(
  transpose: boolean,
  to: number,
  from: number,
  x: Float64Array,
  { offsets, items, values }: Csr,
): Float64Array {
  const out = new Float64Array((x.length / from) * to);
  for (let i = 0; i < x.length / from; i++) {
    for (let row = 0; row + 1 < offsets.length; row++) {
      for (let e = at(offsets, row); e < at(offsets, row + 1); e++) {
        const [target, source] = transpose ? [row, at(items, e)] : [at(items, e), row];
        const place = i * to + target;
        out[place] = at(out, place) + (values?.[e] ?? 1) * at(x, i * from + source);
      }
    }
  }
  return out;
}
