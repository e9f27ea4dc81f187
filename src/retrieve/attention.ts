import { type Artifact, dataOf } from "../artifact/types.ts";
import type { Engine } from "../engine/contract.ts";
import type { Plan } from "../graph/plan.ts";
import type { Attending } from "../graph/tensor.ts";

/** The attention of a plan's score to what a user did, where it is a mean by inner products: slots of the query and the keys. */
function attentionOf({ instructions }: Plan): { readonly query: number; readonly keys: number } | undefined {
  const isMean = (attrs: Attending): boolean => attrs.units !== true && (attrs.smoothing ?? 1) === 1;
  const [query, keys] =
    instructions.find(({ op, attrs }) => op === "crossAttention" && isMean(attrs as Attending))?.inputs ?? [];
  return query === undefined || keys === undefined ? undefined : { query, keys };
}

/** Whether the run weighs a history by attention. */
export const attends = ({ plans }: Pick<Artifact, "plans">): boolean => attentionOf(plans.score) !== undefined;

/** The weights that each item gives to the past ones: `[item][past item]`, summing to 1. */
export async function attentionWeights(
  { plans, parameters, ...data }: Pick<Artifact, "plans" | "parameters" | "history" | "matrices">,
  engine: Engine,
  past: Int32Array,
  items: Int32Array,
): Promise<Float64Array[]> {
  const slots = attentionOf(plans.score);
  if (!slots) return [];
  const outputs = await engine.evaluate(cut(plans.score, slots), parameters, { item: items }, 0, dataOf(data));
  const { query, keys } = outputs as { readonly query: Float32Array; readonly keys: Float32Array };
  const width = query.length / items.length;
  return Array.from(items, (_, i) => {
    const logits = Float64Array.from(past, (item) => dot(query, i * width, keys, item * width, width));
    const most = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const powers = logits.map((logit) => Math.exp(logit - most));
    const total = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / total);
  });
}

/** What some slots of a plan are made of, as a plan of its own. */
function cut({ version, instructions }: Plan, roots: Readonly<Record<string, number>>): Plan {
  const needed = new Set(Object.values(roots));
  for (let slot = instructions.length - 1; slot >= 0; slot--) {
    if (needed.has(slot)) for (const input of instructions[slot]?.inputs ?? []) needed.add(input);
  }
  const slots = [...needed].sort((a, b) => a - b);
  const place = new Map(slots.map((slot, i) => [slot, i]));
  const placed = (slot: number) => place.get(slot) as number;
  return {
    version,
    instructions: slots.map((slot) => {
      const x = instructions[slot] as Plan["instructions"][number];
      return { ...x, inputs: x.inputs.map(placed) };
    }),
    outputs: Object.fromEntries(Object.entries(roots).map(([name, slot]) => [name, placed(slot)])),
  };
}

function dot(a: Float32Array, i: number, b: Float32Array, j: number, width: number): number {
  let sum = 0;
  for (let c = 0; c < width; c++) sum += (a[i + c] as number) * (b[j + c] as number);
  return sum;
}
