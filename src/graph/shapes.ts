import { fail } from "../core/errors.ts";
import type { DType, Shape, Tensor } from "./tensor.ts";

export interface Signature {
  readonly dtype: DType;
  readonly shape: Shape;
}

export const f32 = (shape: Shape): Signature => ({ dtype: "f32", shape });

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((d, i) => d === b[i]);

/** Whether `suffix` equals the last dimensions of `shape`; a scalar is a suffix of everything. */
export function isSuffix(suffix: Shape, shape: Shape): boolean {
  return suffix.length <= shape.length && sameShape(suffix, shape.slice(shape.length - suffix.length));
}

/** Elements of a static shape, or elements per row of a `[batch, …]` or `[entries, …]` shape. */
export function elements(shape: Shape): number {
  return shape.reduce<number>((product, d) => (typeof d === "number" ? product * d : product), 1);
}

/** Whether there is a row for each row of the batch, or for each of their entries. */
export const isRows = (shape: Shape): boolean => shape[0] === "batch" || isEntries(shape);

export const isEntries = (shape: Shape): boolean => shape[0] === "entries";

/** The i-th operand; a missing one is a wrong number of operands. */
export function operand(op: string, inputs: readonly Tensor[], index: number): Tensor {
  return inputs[index] ?? mismatch(op, `operand ${index}`, inputs, "Pass every operand.");
}

/** The last dimension as a number; batch and scalars have none. */
export function width(op: string, x: Tensor): number {
  const last = x.shape.at(-1);
  return typeof last === "number"
    ? last
    : mismatch(op, "a last dimension of known size", [x], "Pass a [batch, width] tensor.");
}

export function mismatch(op: string, expected: string, got: readonly Tensor[], fix: string): never {
  return fail("GRAPH_SHAPE", {
    what: `${op} cannot take these operands`,
    expected,
    received: got.map(String).join(" and "),
    fix,
  });
}
