/** Errors of predicted ratings, beside what can be had without a model's own way of taking newcomers in. */
import type { Engine } from "../penchant.ts";
import { type Artifact, cholesky, type FoldIn, solve } from "./penchant.ts";
import { drawn, type Met, type People, type Rows } from "./people.ts";
import { COUNTS, round } from "./record.ts";

type Predict = (known: readonly Met[]) => Promise<ArrayLike<number>>;

/** RMSE over all other ratings of the people left out, with each number of known ones. */
export async function ratingErrors({ rows, left }: People, predict: Predict): Promise<number[]> {
  const found: number[] = [];
  for (const count of COUNTS) {
    let [squares, number] = [0, 0];
    for (const user of left) {
      const row = rows[user] ?? [];
      if (row.length <= count) continue;
      const order = drawn(row, user);
      const predicted = await predict(order.slice(0, count));
      for (const { item, value } of order.slice(count)) {
        squares += ((predicted[item] ?? 0) - value) ** 2;
        number++;
      }
    }
    found.push(round(Math.sqrt(squares / number)));
  }
  return found;
}

/** λ = 10 on the item vectors and an intercept, around the average user's score. */
export async function ridge(artifact: Artifact, engine: Engine, folding: FoldIn): Promise<Predict> {
  const count = artifact.items.length;
  const all = Int32Array.from({ length: count }, (_, item) => item);
  const average = await folding.fit({ items: new Int32Array(0), values: new Float32Array(0) });
  const base = await folding.scores.scores([average.x], all);
  const plan = artifact.plans.itemVectors;
  const vectors = (plan && (await engine.evaluate(plan, artifact.parameters, { item: all })))?.["vector"];
  const width = (vectors?.length ?? 0) / count;
  const size = width + 1;
  const features = (item: number) => Float64Array.of(1, ...(vectors?.subarray(item * width, (item + 1) * width) ?? []));
  return async (known) => {
    const [h, g] = [new Float64Array(size * size), new Float64Array(size)];
    for (let i = 0; i < size; i++) h[i * size + i] = 10;
    for (const { item, value } of known) {
      const x = features(item);
      for (let i = 0; i < size; i++) {
        g[i] = (g[i] ?? 0) + (value - (base[item] ?? 0)) * (x[i] ?? 0);
        for (let j = 0; j <= i; j++) h[i * size + j] = (h[i * size + j] ?? 0) + (x[i] ?? 0) * (x[j] ?? 0);
      }
    }
    const weights = solve(cholesky(h, size), g);
    return base.map((value, item) => value + features(item).reduce((sum, x, i) => sum + x * (weights[i] ?? 0), 0));
  };
}

/** The mean of all where an item has none. */
export function itemMeans(rows: Rows, items: number): Predict {
  const [sums, counts] = [new Float64Array(items), new Float64Array(items)];
  for (const { item, value } of rows.flat()) {
    sums[item] = (sums[item] ?? 0) + value;
    counts[item] = (counts[item] ?? 0) + 1;
  }
  const mean = sums.reduce((a, b) => a + b) / counts.reduce((a, b) => a + b);
  const means = sums.map((sum, item) => ((counts[item] ?? 0) > 0 ? sum / (counts[item] ?? 1) : mean));
  return async () => means;
}
