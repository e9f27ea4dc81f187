import type { Row } from "../row-file.ts";
import type { Reasons } from "./reasons.ts";

/** Known items, where less than all are. */
export const COUNTS = [1, 5, 10, 20, 50];

/** One model on one data set, asked by people whom it has not seen. */
export interface FoldInRow extends Row {
  /** Models of ratings: RMSE with each of COUNTS known, beside a ridge on the same item vectors. */
  readonly rmse?: readonly number[];
  readonly ridge?: readonly number[];
  /** The others: NDCG@10 with each of COUNTS and with all known, beside a run that was trained on the same items of them. */
  readonly ndcg?: readonly number[];
  readonly trained?: number;
  readonly reasons?: Reasons;
}

export const round = (value: number): number => Number(value.toFixed(4));
