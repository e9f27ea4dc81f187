import type { Row } from "../row-file.ts";
import type { Trained } from "./measure.ts";

/** One model on one data set. */
export interface DefaultsRow extends Row {
  readonly users: number;
  readonly items: number;
  /** Interactions of the training part. */
  readonly trained: number;
  readonly metric: "ndcg@10" | "rmse";
  /** The defaults first; values on the validation part. */
  readonly tried: readonly Omit<Trained, "test">[];
  /** Settings of the best of them beside the defaults; none: the defaults themselves. */
  readonly best: Trained["settings"];
  /** On the test part, after training and validation were learned from; null: the best are the defaults. */
  readonly test: { readonly defaults: number; readonly best: number | null };
}
