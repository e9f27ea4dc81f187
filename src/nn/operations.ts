import * as ops from "../graph/ops.ts";
import type { Tensor } from "../graph/tensor.ts";
import { flatten, outer, pictures } from "./images.ts";
import { nameHash } from "./initializers.ts";
import * as layers from "./layers.ts";

/** What a model computes without weights of its own. */
export class Operations {
  readonly crossAttention = layers.crossAttention;
  /** Inner product of rows: `[batch, width] x [batch, width] → [batch]`. */
  readonly dot = ops.rowDot;
  readonly activation = layers.activation;
  readonly unitLength = layers.unitLength;
  /** Notes a name on what `build` makes, for summaries and pictures. */
  readonly scope = ops.withScope;
  readonly add = ops.add;
  readonly sub = ops.sub;
  readonly mul = ops.mul;
  readonly div = ops.div;
  readonly affine = ops.affine;
  readonly unary = ops.unary;
  readonly concat = ops.concat;
  readonly reshape = ops.reshape;
  readonly flatten = flatten;
  readonly outer = outer;
  readonly pictures = pictures;
  readonly pool = ops.pool;
  readonly slice = ops.slice;
  readonly matmul = ops.matmul;
  readonly batchMatmul = ops.batchMatmul;
  readonly gather = ops.gather;
  readonly spmm = ops.spmm;
  readonly through = ops.through;
  readonly pick = ops.pick;
  readonly broadcastTo = ops.broadcastTo;
  readonly mean = ops.mean;
  readonly sumLast = ops.sumLast;
  readonly squeezeLast = ops.squeezeLast;
  readonly expandLast = ops.expandLast;
  readonly constant = ops.constant;
  readonly stopGradient = ops.stopGradient;

  /** Coins in training, for `name`'s own stream: 1 with the probability that x says, else 0. No gradient flows through them. */
  readonly bernoulli = (name: string, x: Tensor): Tensor => ops.withScope(name, () => ops.bernoulli(x, nameHash(name)));

  /** One place of each row in training, drawn in proportion to its weights: 1 there, 0 at the others. No gradient flows through it. */
  readonly categorical = (name: string, x: Tensor): Tensor =>
    ops.withScope(name, () => ops.categorical(x, nameHash(name)));

  /** Numbers of `count` of a table's `rows`, drawn in every step for all of the batch: evenly, or by `cumulativeWeights`. */
  readonly draw = (name: string, rows: number, count: number, weights?: Tensor<"f32", "data">) =>
    ops.withScope(name, () => ops.draw(count, rows, nameHash(name), weights));
}
