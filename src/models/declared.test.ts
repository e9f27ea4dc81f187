import { expect, test } from "vitest";
import type { Instruction, Plan } from "../graph/plan.ts";
import { verify } from "../graph/verify.ts";
import type { Catalog } from "../nn/model.ts";
import { learnsByGradient, scorePlan, trainingPlan } from "../nn/plans.ts";
import { models } from "./index.ts";

const catalog: Catalog = {
  ...{ users: 5, items: 7, meanValue: 3.5, itemCounts: Float32Array.of(9, 7, 5, 4, 3, 2, 1) },
  features: { users: 3, items: 16 },
};
const declared = new Set(["input", "param", "data"]);
/** Ops that take one or more operands, and those whose last ones may be missing. */
const anyNumber = new Set(["concat", "sparseSum"]);
const optional = new Set([
  "bag",
  "scatterBag",
  "crossBag",
  "crossBagGrad",
  "crossAttention",
  "crossAttentionGrad",
  "draw",
]);

/** A plan that ends with one of its instructions, changed: nothing behind it can notice. */
const endingWith = (plan: Plan, slot: number, change: Partial<Instruction>): Plan => ({
  version: plan.version,
  instructions: [...plan.instructions.slice(0, slot), { ...plan.instructions[slot], ...change } as Instruction],
  outputs: {},
});

/** Each op of all models' plans, in as many shapes as they use it. */
function everyOp(): Map<string, readonly [Plan, number]> {
  const found = new Map<string, readonly [Plan, number]>();
  for (const factory of models) {
    const model = factory();
    const plans = [scorePlan(model, catalog), ...(learnsByGradient(model) ? [trainingPlan(model, catalog)] : [])];
    for (const plan of plans) {
      for (const [slot, { op, inputs, dtype, shape }] of plan.instructions.entries()) {
        const name = `${op} of ${inputs.length} to ${dtype}[${shape.map((size) => (typeof size === "number" ? "n" : size))}]`;
        if (!found.has(name)) found.set(name, [plan, slot]);
      }
    }
  }
  return found;
}

const ops = [...everyOp()];
/** The most operands that each op has anywhere. */
const most = new Map<string, number>();
for (const [, [plan, slot]] of ops) {
  const { op, inputs } = plan.instructions[slot] as Instruction;
  most.set(op, Math.max(most.get(op) ?? 0, inputs.length));
}

test.each(ops)("%s: a declaration of another shape or dtype is refused, and operands more or less", (_, at) => {
  const [plan, slot] = at;
  const { op, inputs, dtype, shape } = plan.instructions[slot] as Instruction;
  expect(() => verify(endingWith(plan, slot, {}))).not.toThrow();
  if (declared.has(op)) return;
  const wrong: Partial<Instruction>[] = [
    { dtype: dtype === "f32" ? "i32" : "f32" },
    { shape: [...shape, 1] },
    ...shape.map((size, i) => ({ shape: shape.with(i, typeof size === "number" ? size + 1 : 2) })),
    ...(shape.length > 0 ? [{ shape: shape.slice(0, -1) }, { shape: ["batch" as const] }, { shape: [] }] : []),
  ];
  for (const change of wrong.filter((one) => one.shape?.join() !== shape.join())) {
    const refusal = { code: "GRAPH_PLAN", message: expect.stringContaining(`${op} at slot ${slot}`) as string };
    expect(() => verify(endingWith(plan, slot, change)), JSON.stringify(change)).toThrow(
      expect.objectContaining(refusal),
    );
  }
  const refused = expect.objectContaining({ code: expect.stringMatching(/^GRAPH_(PLAN|SHAPE)$/) as string });
  const less = (count: number) => () => verify(endingWith(plan, slot, { inputs: inputs.slice(0, count) }));
  if (inputs.length > 0 && op !== "draw") expect(less(0), "no operand").toThrow(refused);
  if (inputs.length > 0 && !optional.has(op) && !anyNumber.has(op))
    expect(less(-1), "one operand less").toThrow(refused);
  if (anyNumber.has(op)) return;
  const padding = inputs.at(-1) ?? Math.max(0, slot - 1);
  const more = Array.from({ length: (most.get(op) ?? 0) + 1 }, (_, i) => inputs[i] ?? padding);
  const words = expect.stringContaining(`${more.length} operands of ${op}`) as string;
  const tooMany = expect.objectContaining({ code: "GRAPH_PLAN", message: words });
  expect(() => verify(endingWith(plan, slot, { inputs: more })), "one operand more").toThrow(tooMany);
});
