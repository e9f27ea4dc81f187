/** What shape rules of several ops ask of their operands. */
import { isEntries, isRows, mismatch, operand, sameShape, width } from "./shapes.ts";
import type { OpAttrs, Shape, Tensor } from "./tensor.ts";

export const isMatrix = ({ shape }: Tensor): boolean => shape.length === 2 && !isRows(shape);

/** The shape of a bag's ids, those of its rows and of the columns left out; undefined where they are no ids of the same rows. */
export function bagIds(op: string, inputs: readonly Tensor[], rows: number): Shape | undefined {
  const ids = operand(op, inputs, 2);
  const fits = inputs.slice(2).every(({ dtype, shape }) => dtype === "i32" && sameShape(shape, ids.shape));
  checkRange(op, ids, rows);
  return fits && ids.shape.length === 1 && isRows(ids.shape) ? ids.shape : undefined;
}

/** `"batch"`, `"entries"`, or undefined of a static shape. */
export const rowsOf = (shape: Shape) => (isRows(shape) ? shape[0] : undefined);
/** `["batch"]`, where the first two operands are equal rows of a batch and all others a number per row. */
export function batchOf(op: string, inputs: readonly Tensor[]): Shape {
  const [a, b, ...rest] = [operand(op, inputs, 0), operand(op, inputs, 1), ...inputs.slice(2)];
  const isColumn = ({ shape }: Tensor) => sameShape(shape, ["batch"]);
  if (a.shape.length !== 2 || a.shape[0] !== "batch" || !sameShape(a.shape, b.shape) || !rest.every(isColumn))
    return mismatch(op, "two f32[batch,width] and columns [batch]", inputs, "Pass vectors of one width and ids.");
  return ["batch"];
}

export const lead = (x: Tensor): Shape => x.shape.slice(0, -1);

/** Ids of entries are known to be below a number; those of inputs are looked at when they come. */
export function checkRange(op: string, ids: Tensor, rows: number): void {
  if (ids.op !== "unroll") return;
  const { part, newest } = ids.attrs as OpAttrs["unroll"];
  const bound = part === "position" ? newest : ((ids.inputs[0] as Tensor).shape[1] as number);
  if (rows < bound) mismatch(op, `a table of at least ${bound} rows`, [ids], `Give it a row for each ${part}.`);
}

export const isOrdered = (x: Tensor): boolean => x.op === "data" && (x.attrs as OpAttrs["data"]).ordered === true;

/** The width of queries, keys and values, which the heads share out among them. */
export function attended(op: string, inputs: readonly Tensor[], heads: number): number {
  const first = operand(op, inputs, 0);
  const fits =
    isEntries(first.shape) && first.shape.length === 2 && inputs.every((x) => sameShape(x.shape, first.shape));
  if (!fits || width(op, first) % heads !== 0)
    mismatch(
      op,
      `f32[entries,width] each, the width a multiple of ${heads} heads`,
      inputs,
      "Choose another number of heads.",
    );
  return width(op, first);
}

/** Two data matrices with ids of their rows, and perhaps of columns of the first that are left out: what is crossed. */
export function areCrossed(op: string, inputs: readonly Tensor[]): boolean {
  const [left, right, leftIds, rightIds, ...without] = inputs.slice(1) as [Tensor, Tensor, Tensor, Tensor, ...Tensor[]];
  const ofLeft = bagIds(op, [left, left, leftIds, ...without], left.shape[0] as number);
  const ofRight = bagIds(op, [right, right, rightIds], right.shape[0] as number);
  return [left, right].every((x) => x.op === "data") && [ofLeft, ofRight].every((ids) => ids?.[0] === "batch");
}

/** `["batch", width]` of the values that a query per row attends to, by the entries of a data matrix. */
export function crossAttended(op: string, inputs: readonly Tensor[]): Shape {
  const [query, keys] = [operand(op, inputs, 0), operand(op, inputs, 1)];
  const [values, matrix] = [operand(op, inputs, 2), operand(op, inputs, 3)];
  const ids = bagIds(op, inputs.slice(2), matrix.shape[0] as number);
  const tables = [keys, values].every((x) => isMatrix(x) && x.shape[0] === matrix.shape[1]);
  if (!tables || matrix.op !== "data" || ids?.[0] !== "batch" || !sameShape(query.shape, ["batch", width(op, keys)]))
    mismatch(
      op,
      "f32[batch,d], f32[columns,d], f32[columns,width], data f32[rows,columns] and i32[batch] once or twice",
      inputs,
      "Give keys and values a row for each column of the data matrix, and the query the width of the keys.",
    );
  return ["batch", width(op, values)];
}
