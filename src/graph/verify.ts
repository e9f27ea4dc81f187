import { fail } from "../core/errors.ts";
import { infer } from "./infer.ts";
import type { Instruction, Plan } from "./plan.ts";
import { type OpAttrs, type OpName, Tensor } from "./tensor.ts";

/**
 * Checks that a plan is well formed: operands come before their use, shapes and dtypes are what the ops infer, names are
 * unique, outputs exist. Throws GRAPH_PLAN or GRAPH_SHAPE. The native core checks again on receipt.
 */
export function verify(plan: Plan): void {
  if (plan.version !== 1) reject(`plan version ${String(plan.version)}`, "version 1");
  const names = new Set<string>();
  const tensors: Tensor[] = [];
  for (const [slot, instruction] of plan.instructions.entries()) {
    tensors.push(rebuild(instruction, slot, tensors));
    if (instruction.op === "input" || instruction.op === "param") checkName(instruction, names);
  }
  for (const [name, slot] of Object.entries(plan.outputs)) {
    if (!tensors[slot]) reject(`output "${name}" at slot ${slot}`, `a slot below ${tensors.length}`);
  }
}

function rebuild({ op, attrs, inputs, dtype, shape }: Instruction, slot: number, earlier: readonly Tensor[]): Tensor {
  if (!Object.hasOwn(infer, op)) reject(`op "${op}" at slot ${slot}`, `one of ${Object.keys(infer).join(", ")}`);
  const operands = inputs.map((i) => earlier[i] ?? reject(`operand %${i} at slot ${slot}`, "an earlier slot"));
  if (op !== "input" && op !== "param") {
    const rule = infer[op] as (
      inputs: readonly Tensor[],
      attrs: OpAttrs[OpName],
    ) => { dtype: string; shape: readonly unknown[] };
    const inferred = rule(operands, attrs);
    if (inferred.dtype !== dtype || inferred.shape.join() !== shape.join()) {
      reject(`${dtype}[${shape.join()}] for ${op} at slot ${slot}`, `${inferred.dtype}[${inferred.shape.join()}]`);
    }
  }
  return new Tensor(op, attrs, operands, dtype, shape);
}

function checkName({ attrs }: Instruction, names: Set<string>): void {
  const { name } = attrs as OpAttrs["input"];
  if (typeof name !== "string" || names.has(name)) reject(`name "${name}" twice`, "unique names");
  names.add(name);
}

function reject(received: string, expected: string): never {
  return fail("GRAPH_PLAN", { what: "The plan is not well formed", expected, received });
}
