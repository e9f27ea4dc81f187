import {
  add,
  affine,
  broadcastTo,
  concat,
  constant,
  gather,
  matmul,
  mul,
  pick,
  putBack,
  rowDot,
  squeezeLast,
  sub,
  sumLast,
  tableLogSumExp,
  unary,
} from "../graph/ops.ts";
import type { Tensor } from "../graph/tensor.ts";
import { weighted } from "./losses.ts";

type Drawn = Tensor<"f32", "draw">;

/** How often each id was drawn: ids `[batch]` of a table of `rows` → `[batch]`. */
function timesDrawn(drawn: Drawn, ids: Tensor<"i32">, rows: number): Tensor {
  const ones = broadcastTo(constant(1), [drawn.shape[0] as number, 1]);
  return squeezeLast(gather(putBack(drawn, ones, rows), ids));
}

/**
 * Softmax cross-entropy of each row's target among rows of a table that were drawn for the whole batch, a scalar: x `[batch, width]`,
 * table `[items, width]`, target `[batch]`. Where the target itself was drawn, it is no negative (no accidental hits). `logProbability`
 * `[items, 1]`: the logarithm, up to a constant, of how likely each row is to be drawn, which is taken off its logits; where all are
 * equally likely, nothing is to be corrected. Jean, Cho, Memisevic & Bengio, "On Using Very Large Target Vocabulary for Neural Machine
 * Translation", ACL 2015, equations 8 and 9.
 */
export function sampledSoftmax(
  x: Tensor,
  table: Tensor,
  target: Tensor<"i32">,
  drawn: Drawn,
  logProbability?: Tensor,
  weight?: Tensor,
): Tensor {
  const [positives, negatives] = [gather(table, target), pick(table, drawn)];
  return sampledSoftmaxOf(x, positives, negatives, {
    target,
    drawn,
    rows: table.shape[0] as number,
    logProbability,
    weight,
  });
}

/** What was drawn, of how many rows there are. */
export interface DrawnRows {
  readonly target: Tensor<"i32">;
  readonly drawn: Drawn;
  readonly rows: number;
  readonly logProbability?: Tensor | undefined;
  /** How much each row counts, `[batch]`. Default: each as 1. */
  readonly weight?: Tensor | undefined;
}

/** The same where vectors are made of the rows: those of the targets, `[batch, width]`, and of what was drawn, `[drawn, width]`. */
export function sampledSoftmaxOf(
  x: Tensor,
  targets: Tensor,
  others: Tensor,
  { target, drawn, rows, logProbability, weight }: DrawnRows,
): Tensor {
  const less = (logits: Tensor, of: Tensor) => (logProbability ? concat(logits, of) : logits);
  const minusOne = () => broadcastTo(constant(-1), [x.shape[0] as "batch", 1]);
  const queries = less(x, minusOne());
  const negatives = less(others, logProbability ? pick(logProbability, drawn) : others);
  const positives = less(targets, logProbability ? gather(logProbability, target) : targets);
  // With d the log of the sum over what was drawn, less the logit of the target, which is in that sum h times:
  // log(1 - h + e^d) = softplus(d) + log(1 - h sigmoid(-d)), which neither overflows nor cancels, as e^d >= h.
  const d = sub(tableLogSumExp(queries, negatives), rowDot(queries, positives));
  const hits = timesDrawn(drawn, target, rows);
  const rest = unary("log", affine(mul(hits, unary("sigmoid", affine(d, -1))), -1, 1));
  return weighted(add(unary("softplus", d), rest), weight);
}

/**
 * Generalized binary cross-entropy of each row's target against rows of a table that were drawn for the whole batch, a scalar. The
 * probability of the target counts to the power beta, so that scores are not overconfident for being trained on few negatives:
 * `beta = a (t (1 - 1 / a) + 1 / a)` with a the share of all negatives that are drawn and `calibration` t, 0 for plain binary
 * cross-entropy and 1 for as calibrated as with all negatives. A target that was drawn is no negative. Petrov & Macdonald, "gSASRec:
 * Reducing Overconfidence in Sequential Recommendation Trained with Negative Sampling", RecSys 2023, equations 8 and 15.
 */
export function generalizedBinaryCrossEntropy(
  x: Tensor,
  table: Tensor,
  target: Tensor<"i32">,
  drawn: Drawn,
  calibration: number,
  weight?: Tensor,
): Tensor {
  const [items, count] = [table.shape[0] as number, drawn.shape[0] as number];
  const share = count / Math.max(1, items - 1);
  const positive = rowDot(x, gather(table, target));
  const negatives = sumLast(unary("softplus", matmul(x, pick(table, drawn), { transposeB: true })));
  const hits = mul(timesDrawn(drawn, target, items), unary("softplus", positive));
  const uncertain = unary("softplus", affine(positive, -1));
  // beta = 1 - t (1 - a)
  const observed = sub(uncertain, affine(affine(uncertain, 1 - share), calibration));
  return affine(weighted(add(observed, sub(negatives, hits)), weight), 1 / (count + 1));
}

/** One for each row of a table that negatives are drawn from: `weights` added up, each with those before it, as a data matrix `[1, rows]`. */
export function cumulativeWeights(weights: ArrayLike<number>) {
  const [items, values] = [new Int32Array(weights.length), new Float32Array(weights.length)];
  let [sum, total] = [0, 0];
  for (let i = 0; i < weights.length; i++) total += weights[i] as number;
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i] as number;
    // as shares of 1, which float32 tells best
    [items[i], values[i]] = [i, total > 0 ? sum / total : 0];
  }
  return { offsets: Int32Array.of(0, items.length), items, values, columns: weights.length };
}
