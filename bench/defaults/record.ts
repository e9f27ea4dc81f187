import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Trained } from "./measure.ts";

/** One model on one data set. */
export interface DefaultsRow {
  readonly set: string;
  readonly users: number;
  readonly items: number;
  /** Interactions of the training part. */
  readonly trained: number;
  readonly model: string;
  readonly metric: "ndcg@10" | "rmse";
  /** The defaults first; values on the validation part. */
  readonly tried: readonly Omit<Trained, "test">[];
  /** Settings of the best of them beside the defaults; none: the defaults themselves. */
  readonly best: Trained["settings"];
  /** On the test part, after training and validation were learned from; null: the best are the defaults. */
  readonly test: { readonly defaults: number; readonly best: number | null };
}

export const resultsFile = (root: string): string => join(root, "bench", "results", "defaults", "defaults.json");

export function readRows(file: string): DefaultsRow[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as DefaultsRow[]) : [];
}

/** The rows with this one in the place of an earlier one of its set and model, by set and then by model as they came. */
export function withRow(rows: readonly DefaultsRow[], row: DefaultsRow): DefaultsRow[] {
  const at = rows.findIndex(({ set, model }) => set === row.set && model === row.model);
  if (at >= 0) return rows.map((old, place) => (place === at ? row : old));
  const last = rows.findLastIndex(({ set }) => set === row.set);
  return last < 0 ? [...rows, row] : [...rows.slice(0, last + 1), row, ...rows.slice(last + 1)];
}
