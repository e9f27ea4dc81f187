import { lead } from "./operands.ts";
import { f32, isRows, mismatch, operand, type Signature, sameShape, width } from "./shapes.ts";
import type { OpAttrs, Shape, Tensor } from "./tensor.ts";

type Rule<K extends keyof OpAttrs> = (inputs: readonly Tensor[], attrs: OpAttrs[K]) => Signature;

const turned = (shape: Shape, transpose: boolean): Shape => (transpose ? shape.toReversed() : shape);

/** Shape rules of products of matrices. */
export const productRules: { readonly [K in "matmul" | "batchMatmul"]: Rule<K> } = {
  matmul(inputs, { transposeA, transposeB }) {
    const [a, b] = [operand("matmul", inputs, 0), operand("matmul", inputs, 1)];
    // More than one row for each of the batch: as if each were a row of it.
    const stacked = isRows(a.shape) && a.shape.length > 2;
    if (stacked && transposeA && !transposeB && sameShape(lead(a), lead(b)))
      return f32([width("matmul", a), width("matmul", b)]);
    if (b.shape.length !== 2 || (stacked ? transposeA || isRows(b.shape) : a.shape.length !== 2))
      return mismatch("matmul", "two matrices, or rows and a matrix", [a, b], "Reshape first.");
    const [m, k] = stacked ? [undefined, width("matmul", a)] : turned(a.shape, transposeA);
    const [k2, n] = turned(b.shape, transposeB);
    if (k !== k2 || n === undefined || typeof n !== "number")
      return mismatch("matmul", "inner dimensions to agree", [a, b], "Check the width of the layer before.");
    return f32(m === undefined ? [...lead(a), n] : [m, n]);
  },
  batchMatmul(inputs, { transposeA, transposeB }) {
    const [a, b] = [operand("batchMatmul", inputs, 0), operand("batchMatmul", inputs, 1)];
    const areMatrices = [a, b].every(({ shape }) => isRows(shape) && shape.length === 3);
    const [m, k] = turned(a.shape.slice(1), transposeA);
    const [k2, n] = turned(b.shape.slice(1), transposeB);
    if (!areMatrices || a.shape[0] !== b.shape[0] || k !== k2 || m === undefined || n === undefined)
      return mismatch(
        "batchMatmul",
        "f32[batch,m,k] and f32[batch,k,n]",
        [a, b],
        "Give each row of both a matrix, with inner dimensions that agree.",
      );
    return f32([a.shape[0] as "batch", m, n]);
  },
};
