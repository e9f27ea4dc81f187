import { fail } from "../../core/errors.ts";
import type { Plan } from "../../graph/plan.ts";
import type { OpAttrs } from "../../graph/tensor.ts";

/** Float64 copies of the parameters that a plan reads. Throws ENGINE_INPUT where one is missing or has another size. */
export function bindParameters(
  plan: Plan,
  given: Readonly<Record<string, Float32Array>>,
): Record<string, Float64Array> {
  const bound: Record<string, Float64Array> = {};
  for (const { op, attrs, shape } of plan.instructions) {
    if (op !== "param") continue;
    const { name } = attrs as OpAttrs["param"];
    const size = (shape as readonly number[]).reduce((a, b) => a * b, 1);
    const values = given[name];
    if (values?.length !== size) {
      fail("ENGINE_INPUT", {
        what: `Parameter "${name}" does not fit the plan`,
        expected: `[${shape.join()}]`,
        received: `${values?.length ?? "no"} values`,
      });
    }
    bound[name] = Float64Array.from(values);
  }
  return bound;
}

export const toFloat32 = (arrays: Readonly<Record<string, Float64Array>>): Record<string, Float32Array> =>
  Object.fromEntries(Object.entries(arrays).map(([name, values]) => [name, Float32Array.from(values)]));
