/**
 * Why an item is recommended, by first-order influence: a gradient step on the loss of past item j moves the user's own rows
 * by -η · dL/ds(u,j) · ∇s(u,j), and with them the score of item i by η times
 *
 *     w(j → i) = -dL/ds(u,j) · ∇s(u,j) · ∇s(u,i),
 *
 * slopes taken along the user's rows. So w says how much learning from j raises i. For matrix factorization ∇s(u,i) is the
 * item's vector, and w is its inner product with that of j, times how much j has to teach. The terms are those of TracIn
 * (Pruthi et al., NeurIPS 2020), at the trained weights, restricted to the user's rows.
 */
import type { Engine } from "../engine/contract.ts";
import type { Plan } from "../graph/plan.ts";
import type { LossName } from "./learning.ts";

export interface InfluenceInput {
  readonly engine: Engine;
  /** user, item → `score`, `gradient`. */
  readonly plan: Plan;
  readonly parameters: Readonly<Record<string, Float32Array>>;
  /** Row of the user in the parameters. */
  readonly user: number;
  /** Past items, and what was learned from each: the rating, or 1. */
  readonly past: Int32Array;
  readonly values: Float32Array;
  readonly loss: LossName;
  /** Items that stand for the sampled ones in pairwise losses. */
  readonly opponents: Int32Array;
}

/** w(j → i) for every past item j (columns) and every item i (rows), in one evaluation of the plan. */
export function influences(input: InfluenceInput, items: Int32Array): Float64Array[] {
  const { engine, plan, parameters, user, past, opponents } = input;
  const item = Int32Array.from([...past, ...items, ...opponents]);
  const feeds = { user: new Int32Array(item.length).fill(user), item };
  const { score, gradient } = engine.evaluate(plan, parameters, feeds) as Record<"score" | "gradient", Float32Array>;
  const width = gradient.length / item.length;
  const others = score.subarray(past.length + items.length);
  const pushes = Float64Array.from(past, (_, j) =>
    push(input.loss, score[j] as number, input.values[j] as number, others),
  );
  return Array.from(items, (_, i) =>
    pushes.map((strength, j) => strength * dot(gradient, j * width, (past.length + i) * width, width)),
  );
}

/** -dL/ds of one past item; in pairwise losses averaged over the opponents. */
function push(loss: LossName, score: number, value: number, opponents: Float32Array): number {
  switch (loss) {
    case "mse":
      return 2 * (value - score);
    case "bce":
      return sigmoid(-score);
    case "bpr":
      return average(opponents, (other) => sigmoid(other - score));
    case "hinge":
      return average(opponents, (other) => (score - other < 1 ? 1 : 0));
  }
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

function average(values: Float32Array, of: (value: number) => number): number {
  let sum = 0;
  for (const value of values) sum += of(value);
  return values.length === 0 ? 0 : sum / values.length;
}

function dot(values: Float32Array, a: number, b: number, width: number): number {
  let sum = 0;
  for (let i = 0; i < width; i++) sum += (values[a + i] as number) * (values[b + i] as number);
  return sum;
}
