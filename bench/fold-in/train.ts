import { type Engine, fit, modelNamed } from "../penchant.ts";
import { type Artifact, type Recommender, toArtifact } from "./penchant.ts";
import type { Met, Rows } from "./people.ts";

/** A run with the model's defaults; users are named u0, u1 …, items by their index. */
export async function train(name: string, rows: Rows, items: number, engine: Engine): Promise<Artifact> {
  const sorted = rows.map((row) => row.toSorted((a, b) => a.item - b.item));
  const all = sorted.flat();
  const offsets = new Int32Array(rows.length + 1);
  for (const [user, row] of sorted.entries()) offsets[user + 1] = (offsets[user] ?? 0) + row.length;
  const itemCounts = new Float32Array(items);
  for (const { item } of all) itemCounts[item] = (itemCounts[item] ?? 0) + 1;
  const meanValue = all.reduce((sum, { value }) => sum + value, 0) / all.length;
  const data = {
    users: { size: rows.length, id: (index: number) => `u${index}` },
    items: { size: items, id: (index: number) => `${index}` },
    byUser: {
      offsets,
      items: Int32Array.from(all, ({ item }) => item),
      values: Float32Array.from(all, ({ value }) => value),
    },
    catalog: () => ({ users: rows.length, items, meanValue, itemCounts }),
  };
  const run = await fit(modelNamed(name)(), data, { engine, progress: "none", seed: 1 });
  return toArtifact(run, data, { split: { kind: "none" } });
}

export const ratingsOf = (known: readonly Met[]): Map<string, number> =>
  new Map(known.map(({ item, value }) => [`${item}`, value]));

/** Scores of all items for somebody of whom these are known, or for a user of the run. */
export async function scoresFor(
  recommender: Recommender,
  who: readonly Met[] | string,
  items: number,
): Promise<Float64Array> {
  const asked = typeof who === "string" ? who : { ratings: ratingsOf(who) };
  const answer = await recommender.recommend(asked, { k: items, exclude: "none" });
  const found = new Float64Array(items);
  for (const { item, score } of answer.items) found[Number(item)] = score;
  return found;
}
