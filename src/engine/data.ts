import { fail } from "../core/errors.ts";
import type { Plan } from "../graph/plan.ts";
import { checkStructure } from "../graph/structure.ts";
import type { OpAttrs } from "../graph/tensor.ts";
import type { DataMatrices, SparseMatrix } from "./contract.ts";

export interface NamedMatrix extends SparseMatrix {
  readonly name: string;
  readonly rows: number;
}

/**
 * The matrices that a plan (of anywhere) reads, in its order. Throws GRAPH_PLAN where it has not the form of a plan, ENGINE_INPUT
 * where a matrix is missing or has another number of rows.
 */
export function matricesOf(plan: Plan, given: DataMatrices = {}): NamedMatrix[] {
  checkStructure(plan);
  const wanted = plan.instructions.filter(({ op }) => op === "data");
  return wanted.map(({ attrs, shape }) => {
    const { name } = attrs as OpAttrs["data"];
    const [rows, columns] = shape as readonly [number, number];
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
