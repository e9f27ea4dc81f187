import { CONTEXT, EVENT_CONTEXT, ITEM_FEATURES, USER_FEATURES } from "../graph/named.ts";
import * as ops from "../graph/ops.ts";
import type { Init, Tensor } from "../graph/tensor.ts";
import type { SparseRows } from "./inputs.ts";
import { totalWeight } from "./losses.ts";
import { type OptimizerChoice, ownRule } from "./optimizer.ts";

/** `alpha/logit` belongs to `alpha`. */
export const layerOf = (parameter: string): string => parameter.split("/").slice(0, -1).join("/") || parameter;

/** Names of data matrices that are not a model's own. */
export const RESERVED = [
  "history",
  "rated",
  "sequence",
  "targets",
  USER_FEATURES,
  ITEM_FEATURES,
  CONTEXT,
  EVENT_CONTEXT,
];

export interface EmbedOptions {
  /** Of the table. Default: `embedding/user`, `embedding/item`, then `embedding/user-2` … */
  readonly name?: string;
  /** Default N(0, 0.01), as He et al. 2017, section 4.1. */
  readonly init?: Init | undefined;
  /** L2 regularization of its own. Default: the training's. */
  readonly l2?: number | undefined;
  /** An update rule of its own. Default: the training's. */
  readonly optimizer?: OptimizerChoice | undefined;
}

export interface BagOptions extends EmbedOptions {
  /** Share of entries left out at random in training, in [0, 1); those that stay weigh 1 / (1 - dropout) times as much. Default 0. */
  readonly dropout?: number;
  /**
   * What the sum is divided by: nothing; the total weight; its square root, which leaves sums of any length about as large (with
   * weights of 1 as TensorFlow's embedding lookups); or a power of it. Without entries it is 0. Default `sum`.
   */
  readonly combiner?: "sum" | "mean" | "sqrtn" | number;
}

export interface ParamOptions {
  /** Default: unless its first values are those of the data. */
  readonly trainable?: boolean;
  /** L2 regularization of its own. Default: the training's. */
  readonly l2?: number | undefined;
  /** An update rule of its own: `"ftrl"`, or `{ kind: "ftrl", rate: 10, l1: 0.001 }`. Default: the training's. */
  readonly optimizer?: OptimizerChoice | undefined;
}

/** What is said of a parameter alone. */
export const ownTraining = ({ l2, optimizer }: ParamOptions): ops.OwnTraining => ({
  ...(l2 !== undefined && { l2 }),
  ...(optimizer && { optimizer: ownRule(optimizer) }),
});

/** One over a power of the total weight of each row; without effect where nothing is added up. */
export function shareOf(rows: SparseRows, combiner: "mean" | "sqrtn" | number): Tensor {
  const total = totalWeight(rows);
  // relu: what has no entries is divided by 1; the logarithm of their number is -infinity.
  if (typeof combiner === "number")
    return ops.unary("exp", ops.affine(ops.unary("relu", ops.unary("log", total)), -combiner));
  const root = ops.unary("rsqrt", ops.affine(total, 1, 1e-12));
  return combiner === "mean" ? ops.mul(root, root) : root;
}
