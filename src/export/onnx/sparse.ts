/** Data matrices in ONNX: what a file is told instead (`sums`), or tables of its own (`matrices`). */
import { dataName, isIdOf } from "../../graph/named.ts";
import type { Instruction, Plan } from "../../graph/plan.ts";
import type { OpAttrs } from "../../graph/tensor.ts";
import type { Emission } from "./emit.ts";
import { int } from "./graph.ts";
import { transposed } from "./images.ts";
import type { Operand } from "./operators.ts";

type Sparse = Pick<Emission, "graph" | "plan" | "sums" | "matrices">;

/** The value of an op that reads a data matrix; undefined of other ops, and of matrices that the file does not have. */
export function emitSparse(
  emission: Sparse,
  { op, attrs, inputs }: Instruction,
  operand: (slot: number) => Operand,
): string | undefined {
  const { graph, plan, sums } = emission;
  if (op === "data") {
    const { name } = attrs as OpAttrs["data"];
    return sums?.[name] || emission.matrices ? "" : undefined; // whoever reads it says what stands for it
  }
  const slots = inputs as readonly [number, number, number];
  const value = (slot: number) => tableOf(emission, slot) ?? operand(slot);
  if (op === "bag") {
    const name = nameOf(plan, slots[1]);
    const sum = name === undefined ? undefined : sums?.[name];
    const table = () => value(slots[0]);
    if (sum && isIdOf("user", plan.instructions[slots[2]])) return sum(table());
    const matrix = tableOf(emission, slots[1]);
    if (!matrix) return sum?.(table());
    const rows = graph.node("Gather", [matrix.name, operand(slots[2]).name], { axis: int(0) });
    return graph.node("MatMul", [rows, table().name]);
  }
  if (op !== "through" && op !== "spmm") return undefined;
  const [x, by] = op === "spmm" ? [slots[1], slots[0]] : [slots[0], slots[1]];
  const matrix = tableOf(emission, by);
  if (!matrix) return undefined;
  const { transpose } = attrs as OpAttrs["through"];
  const side = transpose ? transposed(graph, matrix) : matrix.name;
  return graph.node("MatMul", op === "spmm" ? [side, value(x).name] : [value(x).name, side]);
}

const nameOf = ({ instructions }: Plan, slot: number): string | undefined =>
  dataName(instructions[slot] as Instruction);

/** A data matrix as a table, where the file has it. */
function tableOf({ plan, matrices }: Sparse, slot: number): Operand | undefined {
  const name = nameOf(plan, slot);
  return name === undefined ? undefined : matrices?.(name, plan.instructions[slot]?.shape as readonly [number, number]);
}
