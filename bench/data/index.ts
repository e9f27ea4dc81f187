import { join } from "node:path";
import type { DataSet } from "./dataset.ts";
import { readMovieLens } from "./movielens.ts";
import { synthetic } from "./synthetic.ts";

/** MovieLens 1M from PENCHANT_DATA/ml-1m (default: shared/data beside the project's folder), else made-up data. */
export function loadData(root: string, env: NodeJS.ProcessEnv = process.env): DataSet {
  return readMovieLens(env["PENCHANT_DATA"] ?? join(root, "..", "shared", "data")) ?? synthetic();
}
