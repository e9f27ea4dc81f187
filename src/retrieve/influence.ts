/**
 * Why an item is recommended, by first-order influence. A gradient step on the loss of past item j moves the user's own rows by
 * -η · dL/ds(u,j) · ∇s(u,j), and with them the score of item i by η times
 *
 *     w(j → i) = -dL/ds(u,j) · ∇s(u,j) · ∇s(u,i),
 *
 * slopes taken along the user's rows: how much learning from j raises i. Summed over training, these are the terms of TracIn
 * (Pruthi et al., NeurIPS 2020). The steps of training are gone, so the sum goes over a few points on the straight line from
 * the average user's rows to this user's. (At the user's own rows alone it would be noise: what is learned has no error left.)
 *
 * For matrix factorization ∇s(u,i) is the item's vector, and w its inner product with that of j times how much j had to teach:
 * for ratings, how far above expectation it was rated; else how unexpected it was that the user would take it.
 */
import type { Engine } from "../engine/contract.ts";
import type { Plan } from "../graph/plan.ts";
import type { LossName } from "./learning.ts";
import { withUsers } from "./tables.ts";

/** Points on the line, both ends included. */
const POINTS = 4;

type Tables = Readonly<Record<string, Float32Array>>;

/** Somebody who has rows of the model's user tables. */
export interface Learned {
  /** The user's row of every user table. */
  readonly rows: Tables;
  /** Where learning began: the average user's rows. */
  readonly start: Tables;
  /** What was learned from: item indices. */
  readonly past: Int32Array;
  /** The rating of each, or 1. */
  readonly values: Float32Array;
}

export interface InfluenceModel {
  readonly engine: Engine;
  /** user, item → `score`, `gradient`. */
  readonly plan: Plan;
  readonly parameters: Tables;
  readonly loss: LossName;
  /** Items that stand for the sampled ones in pairwise losses. */
  readonly opponents: Int32Array;
}

/** w(j → i) for every past item j (columns) and every item i (rows), in one evaluation of the plan. */
export function influences(
  model: InfluenceModel,
  { rows, start, past, values }: Learned,
  items: Int32Array,
): Float64Array[] {
  const { engine, plan, parameters, loss, opponents } = model;
  const each = Int32Array.from([...past, ...items, ...opponents]);
  const item = Int32Array.from({ length: POINTS * each.length }, (_, i) => each[i % each.length] as number);
  const user = Int32Array.from(item, (_, i) => Math.floor(i / each.length));
  const line = withUsers(plan, Object.keys(rows), POINTS);
  const outputs = engine.evaluate(line, { ...parameters, ...lineBetween(start, rows) }, { user, item });
  const { score, gradient } = outputs as Record<"score" | "gradient", Float32Array>;
  const width = gradient.length / item.length;
  const sums = Array.from(items, () => new Float64Array(past.length));
  for (let from = 0; from < item.length; from += each.length) {
    const others = score.subarray(from + past.length + items.length, from + each.length);
    for (const [j, value] of values.entries()) {
      const strength = push(loss, score[from + j] as number, value, others);
      for (const [i, sum] of sums.entries()) {
        const slopes = dot(gradient, (from + j) * width, (from + past.length + i) * width, width);
        sum[j] = (sum[j] as number) + strength * slopes;
      }
    }
  }
  return sums;
}

/** Tables whose rows are the points of the line. */
function lineBetween(start: Tables, end: Tables): Record<string, Float32Array> {
  const at = (from: number, to: number, point: number) => from + ((to - from) * point) / (POINTS - 1);
  return Object.fromEntries(
    Object.entries(end).map(([name, row]) => {
      const from = start[name] as Float32Array;
      const points = Array.from({ length: POINTS }, (_, point) =>
        [...row].map((to, i) => at(from[i] as number, to, point)),
      );
      return [name, Float32Array.from(points.flat())];
    }),
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
