import { fail } from "../core/errors.ts";
import { type MatrixShape, matrixShapes, type Plan } from "../graph/plan.ts";
import { checkStructure } from "../graph/structure.ts";
import type { DataMatrices, SparseMatrix } from "./contract.ts";

export interface NamedMatrix extends SparseMatrix, MatrixShape {}

/**
 * The matrices that a plan (of anywhere) reads, in its order. Throws GRAPH_PLAN where it has not the form of a plan, ENGINE_INPUT
 * where a matrix is missing or has another number of rows.
 */
export function matricesOf(plan: Plan, given: DataMatrices = {}): NamedMatrix[] {
  checkStructure(plan);
  return matrixShapes(plan).map(({ name, rows, columns }) => {
    const matrix = given[name];
    if (matrix?.offsets.length !== rows + 1) {
      fail("ENGINE_INPUT", {
        what: `The data matrix "${name}" does not fit the plan`,
        expected: `${rows} rows`,
        received: matrix ? `${matrix.offsets.length - 1} rows` : "nothing",
      });
    }
    return { ...matrix, name, rows, columns };
  });
}
