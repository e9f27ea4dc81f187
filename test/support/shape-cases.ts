import { describe, expect, test } from "vitest";
import { infer } from "../../src/graph/infer.ts";
import * as ops from "../../src/graph/ops.ts";
import type { OpAttrs, OpName, Shape, Tensor } from "../../src/graph/tensor.ts";

export type Operands = readonly Tensor[];

/** What an op takes and gives, and what it refuses. */
export interface ShapeCase {
  readonly op: OpName;
  readonly attrs?: object;
  readonly takes: Operands;
  readonly gives: Shape;
  /** Operands by what is wrong with them, with other attributes where these are it. */
  readonly refuses: Readonly<Record<string, Operands | readonly [Operands, object]>>;
}

export const x = (...shape: Shape): Tensor => ops.input("x", "f32", shape);
export const ids = (...shape: Shape): Tensor => ops.input("ids", "i32", shape.length > 0 ? shape : ["batch"]);
export const table = (...shape: readonly number[]): Tensor => ops.param("table", shape, { kind: "zeros" });
export const data = (rows: number, columns: number): Tensor => ops.data("data", rows, columns);
export const sequence = ops.data("sequence", 5, 9, true);
/** Entries of `sequence`, three of a row at most. */
export const entries = (part: "column" | "next" | "position") =>
  ops.unroll(sequence, ops.input("user", "i32"), { part, newest: 3, ahead: part === "next" });
/** An id, and four numbers, per row of the batch. */
export const [user, rows] = [ids(), x("batch", 4)];

/** One test for what each op gives, and one for each of what it refuses: GRAPH_SHAPE with the op, what it takes, what it got, and a way out. */
export function describeShapes(cases: readonly ShapeCase[]): void {
  const named = cases.map((each, i) => [`${each.op}, ${i}`, each] as const);
  describe.each(named)("%s", (_, { op, attrs = {}, takes, gives, refuses }) => {
    const rule = infer[op] as (inputs: Operands, attrs: OpAttrs[OpName]) => { readonly shape: Shape };
    const shape = (inputs: Operands, other: object = attrs) => rule(inputs, other as never).shape;

    test("gives its shape", () => expect(shape(takes)).toEqual(gives));
    test.each(Object.entries(refuses))("refuses %s", (_, given) => {
      const [operands, other] = Array.isArray(given[0]) ? (given as [Operands, object]) : [given as Operands, attrs];
      const received = operands.length > 0 ? "; received .*(f32|i32)\\[" : "";
      const told = new RegExp(`^[a-zA-Z]+ cannot take these operands: expected .+${received}`);
      const refusal = {
        code: "GRAPH_SHAPE",
        message: expect.stringMatching(told),
        fix: expect.stringMatching(/^[A-Z].+\.$/),
      };
      expect(() => shape(operands, other)).toThrow(expect.objectContaining(refusal));
    });
  });
}
