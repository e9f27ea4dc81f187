import { fail } from "../../core/errors.ts";
import type { Instruction, Plan } from "../../graph/plan.ts";
import type { OpAttrs } from "../../graph/tensor.ts";

/** Throws ENGINE_INPUT where a plan has neither a score per pair nor a row of scores per user. */
export function checkScoringPlan(plan: Plan, items: number): void {
  const score = outputOf(plan, "score");
  const shape = score?.shape.join();
  if (score?.dtype === "f32" && (shape === "batch" || shape === `batch,${items}`)) return;
  fail("ENGINE_INPUT", {
    what: 'A scoring plan has an output "score"',
    expected: `f32[batch] or f32[batch,${items}]`,
    received: form(score),
  });
}

/** Whether the score of a plan is a row with a number per item. */
export const givesRows = (plan: Plan): boolean => outputOf(plan, "score")?.shape.length === 2;

/** Throws ENGINE_INPUT where a plan has no loss, or gradients or new values that do not fit a parameter. */
export function checkTrainingPlan(plan: Plan): void {
  const loss = outputOf(plan, "loss");
  if (loss?.dtype !== "f32" || loss.shape.length > 0) {
    fail("ENGINE_INPUT", { what: 'A training plan has an output "loss"', expected: "f32[]", received: form(loss) });
  }
  for (const output of Object.keys(plan.outputs)) {
    const name = /^(?:grad|assign):(.*)$/s.exec(output)?.[1];
    if (name !== undefined) checkFits(plan, output, name);
    if (output.startsWith("assign:") && Object.hasOwn(plan.outputs, `grad:${name}`)) {
      fail("ENGINE_INPUT", { what: `The plan both learns and assigns "${name}"`, expected: "one of the two" });
    }
  }
}

function checkFits(plan: Plan, output: string, name: string): void {
  const isNamed = ({ op, attrs }: Instruction) => op === "param" && (attrs as OpAttrs["param"]).name === name;
  const found = plan.instructions.find(isNamed);
  const parameter = found ?? fail("ENGINE_INPUT", { what: `The plan has no parameter "${name}"` });
  const value = outputOf(plan, output);
  const sizeOf = ({ shape }: Instruction) => shape.reduce<number>((product, d) => product * Number(d), 1);
  // NaN, where the shape has a batch, fits nothing.
  if (value?.dtype === "f32" && sizeOf(value) === sizeOf(parameter)) return;
  fail("ENGINE_INPUT", { what: `"${output}" does not fit it`, expected: form(parameter), received: form(value) });
}

function outputOf({ instructions, outputs }: Plan, name: string): Instruction | undefined {
  return instructions[Object.hasOwn(outputs, name) ? (outputs[name] as number) : -1];
}

const form = (x: Instruction | undefined): string => (x ? `${x.dtype}[${x.shape.join()}]` : "nothing");
