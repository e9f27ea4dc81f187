import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { addFeatures, type Dataset, importDataset } from "../../dataset/index.ts";
import { joinFeatures, packVector, type Table } from "../../features/index.ts";
import type { ReproduceOptions } from "../types.ts";
import type { ColdSet } from "./sets.ts";

type Files = Pick<ColdSet, "interactions" | "features" | "vectors">;

/** A set with all that its recipe tells of items and users: the files of features in order, then the vectors. */
export async function readCold(
  { interactions, features, vectors }: Files,
  { from, signal }: Pick<ReproduceOptions, "from" | "signal">,
): Promise<Dataset> {
  let dataset = await importDataset(join(from, interactions), { signal });
  for (const source of features) {
    dataset = (await addFeatures(dataset, { ...source, path: join(from, source.path) })).dataset;
  }
  if (!vectors) return dataset;
  const { items } = dataset.interactions;
  const table = await vectorsIn(join(from, vectors.path), join(from, vectors.ids), vectors.width);
  const { columns } = joinFeatures(table, items, { side: "item", id: "id" });
  return { ...dataset, features: { ...dataset.features, items: [...(dataset.features?.items ?? []), ...columns] } };
}

async function vectorsIn(path: string, ids: string, width: number): Promise<Table> {
  const bytes = Uint8Array.from(await readFile(path)); // a copy begins where numbers may
  const numbers = new Float32Array(bytes.buffer);
  const owners = (await readFile(ids, "utf8")).trim().split(/\s+/);
  const rows = owners.map((id, row) => [id, packVector(numbers.subarray(row * width, (row + 1) * width))]);
  return { source: path, names: ["id", "poster"], rows };
}
