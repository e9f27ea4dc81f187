import type { OpAttrs } from "../graph/tensor.ts";
import type { Catalog, Model } from "../nn/model.ts";
import { initialParameters, scorePlan } from "../nn/plans.ts";

/**
 * First values for a catalogue that has grown: what was learned stays, and rows of new users and items begin at the average row,
 * scattered as first draws are. Statistics of the data (fixed popularity) are those of the new data.
 */
export function grownParameters(
  model: Model,
  catalog: Catalog,
  seed: number,
  learned: Readonly<Record<string, Float32Array>>,
): Record<string, Float32Array> {
  if (model.solve) return {}; // it is solved for anew, from all there is
  const plan = scorePlan(model, catalog);
  const drawn = initialParameters(plan, catalog, seed);
  const grown: Record<string, Float32Array> = {};
  for (const { op, attrs, shape } of plan.instructions) {
    if (op !== "param") continue;
    const { name, init, trainable } = attrs as OpAttrs["param"];
    const [old, first] = [learned[name], drawn[name]];
    if (!old || !first || (!trainable && init.kind === "data")) continue;
    grown[name] = old.length === first.length ? old : withNewRows(old, first, Number(shape[0]));
  }
  return grown;
}

function withNewRows(old: Float32Array, drawn: Float32Array, rows: number): Float32Array {
  const width = drawn.length / rows;
  const [mean, usual] = [meanRow(old, width), meanRow(drawn, width)];
  const all = drawn.map((value, at) => (mean[at % width] as number) + value - (usual[at % width] as number));
  all.set(old);
  return all;
}

function meanRow(table: Float32Array, width: number): Float64Array {
  const sums = new Float64Array(width);
  for (const [at, value] of table.entries()) sums[at % width] = (sums[at % width] as number) + value;
  return sums.map((sum) => (sum * width) / table.length);
}
