import { checkDataset } from "../../core/argument.ts";
import type { Dataset } from "../dataset.ts";
import { mergeParts } from "../merge.ts";
import type { Split } from "./split.ts";

/**
 * Holds out nothing: for a run that is to answer, not to be measured. Parts that a benchmark holds out are training too; the
 * test part is empty.
 */
export function noSplit(dataset: Pick<Dataset, "interactions" | "given">): Split {
  checkDataset(dataset, "noSplit(dataset)");
  const { interactions, given } = dataset;
  const parts = [given?.validation, given?.test].filter((part) => part !== undefined);
  const train = parts.reduce(mergeParts, interactions);
  return { kind: "none", seed: 0, train, test: train.filter(() => false), warnings: [] };
}
