/** Ops whose rows read those of the whole batch. */
const at = (x: ArrayLike<number>, i: number): number => x[i] as number;

/** Columns `[batch]` of items and of users. */
type BatchIds = readonly Int32Array[];

const rowsOf = (ids: BatchIds): number[] => Array.from(ids[0] ?? [], (_, row) => row);
/** The rows that a row is compared with: itself, and all of another item and another user. */
const others = (ids: BatchIds, row: number): number[] =>
  rowsOf(ids).filter((i) => i === row || ids.every((x) => x[i] !== x[row]));

function inner(a: Float64Array, i: number, b: Float64Array, j: number, width: number): number {
  let sum = 0;
  for (let c = 0; c < width; c++) sum += at(a, i * width + c) * at(b, j * width + c);
  return sum;
}

export function logSumExp(width: number, queries: Float64Array, keys: Float64Array, ids: BatchIds): Float64Array {
  return Float64Array.from(rowsOf(ids), (row) => {
    const scores = others(ids, row).map((other) => inner(queries, row, keys, other, width));
    const most = Math.max(...scores);
    return most + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - most), 0));
  });
}

/** The gradient of one operand: its own rows, those of the other operand, the value and its gradient. */
export function gradient(
  of: "queries" | "keys",
  width: number,
  [own, rest, lse, dy]: readonly [Float64Array, Float64Array, Float64Array, Float64Array],
  ids: BatchIds,
): Float64Array {
  const out = new Float64Array(own.length);
  for (const row of rowsOf(ids)) {
    for (const other of others(ids, row)) {
      const query = of === "queries" ? row : other;
      const p = at(dy, query) * Math.exp(inner(own, row, rest, other, width) - at(lse, query));
      for (let c = 0; c < width; c++) out[row * width + c] = at(out, row * width + c) + p * at(rest, other * width + c);
    }
  }
  return out;
}
