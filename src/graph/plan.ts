import { fail } from "../core/errors.ts";
import { type DType, type OpAttrs, type OpName, type Shape, type Tensor, topologicalOrder } from "./tensor.ts";

export interface Instruction<K extends OpName = OpName> {
  readonly op: K;
  readonly attrs: OpAttrs[K];
  /** Slots of the operands: indices of earlier instructions. */
  readonly inputs: readonly number[];
  readonly dtype: DType;
  readonly shape: Shape;
}

/** What crosses to an executor: instructions in execution order with slot numbers in place of references. Plain JSON. */
export interface Plan {
  readonly version: 1;
  readonly instructions: readonly Instruction[];
  readonly outputs: Readonly<Record<string, number>>;
}

/** Turns the graph that `outputs` reach into a plan. Throws GRAPH_NAME where two parameters or inputs share a name. */
export function lower(outputs: Readonly<Record<string, Tensor>>): Plan {
  const order = topologicalOrder(Object.values(outputs));
  checkNames(order);
  const slots = new Map(order.map((tensor, slot) => [tensor, slot]));
  const slot = (tensor: Tensor) => slots.get(tensor) as number;
  return {
    version: 1,
    instructions: order.map(({ op, attrs, inputs, dtype, shape }) => ({
      op,
      attrs,
      inputs: inputs.map(slot),
      dtype,
      shape,
    })),
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, slot(tensor)])),
  };
}

function checkNames(order: readonly Tensor[]): void {
  const owners = new Map<string, Tensor>();
  for (const tensor of order) {
    if (tensor.op !== "param" && tensor.op !== "input") continue;
    const { name } = tensor.attrs as OpAttrs["input"];
    const other = owners.get(name);
    if (other && other !== tensor) {
      fail("GRAPH_NAME", {
        what: `Two nodes are named "${name}"`,
        received: `${other.op} ${other} and ${tensor.op} ${tensor}`,
      });
    }
    owners.set(name, tensor);
  }
}

/** A data matrix as a plan asks for it. */
export interface MatrixShape {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
}

/** The data matrices that a plan reads, in its order. */
export function matrixShapes({ instructions }: Plan): MatrixShape[] {
  return instructions
    .filter(({ op }) => op === "data")
    .map(({ attrs, shape: [rows, columns] }) => {
      const { name } = attrs as OpAttrs["data"];
      return { name, rows: rows as number, columns: columns as number };
    });
}

/** One line per instruction, as in a compiler dump: `%4:f32[batch,8] = gather(%2, %3)`. */
export function format(plan: Plan): string {
  const lines = plan.instructions.map((x, slot) => {
    const attrs = Object.keys(x.attrs).length > 0 ? ` ${JSON.stringify(x.attrs)}` : "";
    return `%${slot}:${x.dtype}[${x.shape.join(",")}] = ${x.op}(${x.inputs.map((i) => `%${i}`).join(", ")})${attrs}`;
  });
  const outputs = Object.entries(plan.outputs).map(([name, slot]) => `${name} = %${slot}`);
  return [...lines, ...outputs].join("\n");
}
