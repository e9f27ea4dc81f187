import { fail } from "../../core/errors.ts";
import type { Instruction, Plan } from "../../graph/plan.ts";
import type { OpAttrs } from "../../graph/tensor.ts";
import type { Csr, DataMatrices } from "../contract.ts";
import { countOf, type Entries, entriesOf } from "./entries.ts";
import { kernels, type Moment, type SparseRows, size, toDense, type Value } from "./kernels.ts";

export type { Value };
export type Arrays = Readonly<Record<string, ArrayLike<number>>>;

const still: Moment = { seed: 0, epoch: 0, step: 0 };

/** Executes every instruction in order and returns the outputs; row-sparse gradients stay sparse. */
export function run(
  plan: Plan,
  batch: number,
  parameters: Arrays,
  feeds: Arrays,
  moment = still,
  data: DataMatrices = {},
): Record<string, Value> {
  const entries = entriesOf(plan, feeds, data);
  const lengths = { batch, entries: countOf(entries) };
  const shapes = plan.instructions.map(({ shape }) => shape.map((d) => (typeof d === "number" ? d : lengths[d])));
  const values: Value[] = [];
  for (const [slot, instruction] of plan.instructions.entries()) {
    const shape = shapes[slot] ?? [];
    if (instruction.op === "data") {
      values.push(data[(instruction.attrs as OpAttrs["data"]).name] as Csr);
      continue;
    }
    values.push(
      instruction.op === "input" || instruction.op === "param"
        ? bound(instruction, shape, instruction.op === "input" ? feeds : parameters)
        : compute(instruction, shape, shapes, values, { moment, entries }),
    );
  }
  // A parameter that is an output is copied, as its own array changes while outputs are used.
  const given = new Set<unknown>(Object.values(parameters));
  const own = (value: Value): Value => (given.has(value) ? dense(value) : value);
  return Object.fromEntries(Object.entries(plan.outputs).map(([name, slot]) => [name, own(values[slot] as Value)]));
}

function compute(
  x: Instruction,
  shape: readonly number[],
  shapes: readonly (readonly number[])[],
  values: readonly Value[],
  state: { readonly moment: Moment; readonly entries: Entries },
): Value {
  const all = x.inputs.map((i) => values[i] as Value);
  const call = {
    attrs: x.attrs,
    shape,
    shapes: x.inputs.map((i) => shapes[i] ?? []),
    isEntries: x.shape[0] === "entries",
    ...state,
  };
  // The table is typed per op; here the op is only known at run time.
  const kernel = kernels[x.op as keyof typeof kernels] as (c: typeof call, ...operands: unknown[]) => Value;
  return kernel(call, all[0], all[1], all[2], all);
}

function bound({ attrs, dtype }: Instruction, shape: readonly number[], source: Arrays): Float64Array | Int32Array {
  const { name } = attrs as OpAttrs["input"];
  const array = source[name];
  if (array?.length !== size(shape)) {
    fail("ENGINE_INPUT", {
      what: `"${name}" does not fit the plan`,
      expected: `[${shape.join()}]`,
      received: `${array?.length ?? "nothing"}`,
    });
  }
  if (dtype === "i32") return array instanceof Int32Array ? array : Int32Array.from(array);
  return array instanceof Float64Array ? array : Float64Array.from(array);
}

const isSparse = (value: Value): value is SparseRows => "ids" in value;

/** Any value as a dense float64 array. */
export const dense = (value: Value): Float64Array =>
  isSparse(value) ? toDense(value) : Float64Array.from(value as Float64Array | Int32Array);
