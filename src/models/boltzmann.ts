/**
 * Contrastive divergence: the free energy of the data less that of its reconstruction, which is held constant, so that its gradient is the
 * learning rule of restricted Boltzmann machines (Hinton, "Training products of experts by minimizing contrastive divergence", 2002).
 */
import type { Tensor } from "../graph/tensor.ts";
import type { Builder } from "../nn/builder.ts";
import { drawn, expected, type Levels, softmax, sum } from "./levels.ts";

export interface RatingEnergies {
  /** What the hidden units of the item get from all its ratings, `[batch, factors]`. */
  readonly input: Tensor;
  /** Of each level, the user's own weights and biases. */
  readonly own: readonly Tensor[];
  readonly liked: readonly Tensor[];
  /** How much the rating is of each level. */
  readonly rated: readonly Tensor[];
}

/** Of a rating of each row: the mean difference of free energies when it alone is made again. */
export function ratingDivergence({ input, own, liked, rated }: RatingEnergies, nn: Builder): Tensor {
  const on = nn.bernoulli("hidden/drawn", nn.stopGradient(nn.unary("sigmoid", input)));
  const logits = own.map((weight, level) => nn.add(liked[level] as Tensor, nn.dot(on, weight)));
  const again = drawn("rating/drawn", softmax(logits, nn), nn).map((level) => nn.stopGradient(level));
  const moved = again.map((level, i) => nn.sub(level, rated[i] as Tensor));
  const width = input.shape[1] as number;
  const shifts = own.map((weight, level) => nn.mul(weight, nn.expandLast(moved[level] as Tensor, width)));
  const biases = liked.map((bias, level) => nn.mul(bias, moved[level] as Tensor));
  return nn.mean(nn.add(released(input, sum(shifts, nn), nn), sum(biases, nn)));
}

/** By how much the free energy of the hidden units falls when they get so much more, `[batch]`: unit by unit, or it would be lost in rounding. */
const released = (input: Tensor, more: Tensor, nn: Builder): Tensor =>
  nn.sumLast(nn.sub(nn.unary("softplus", nn.add(input, more)), nn.unary("softplus", input)));

/** The mean rating, by the free energy that each level would leave (equation 7 of Salakhutdinov, Mnih & Hinton, ICML 2007). */
export function meanRating({ input, own, liked }: Omit<RatingEnergies, "rated">, levels: Levels, nn: Builder): Tensor {
  const logits = own.map((weight, level) => nn.add(liked[level] as Tensor, released(input, weight, nn)));
  return expected(softmax(logits, nn), levels, nn);
}

/** Units that are on or off, below and above, and what lies between them. */
export interface UnitLayer {
  /** `[below, above]`. */
  readonly weights: Tensor;
  readonly below: Tensor;
  readonly above: Tensor;
}

/** What the units above get from those below, `[rows, above]`. */
export const upward = (below: Tensor, { weights, above }: UnitLayer, nn: Builder): Tensor =>
  nn.add(nn.matmul(below, weights), above);

/** And those below from above. */
export const downward = (units: Tensor, { weights, below }: UnitLayer, nn: Builder): Tensor =>
  nn.add(nn.matmul(units, weights, { transposeB: true }), below);

/** Of all units below at once, by their probabilities `[batch, below]`: they are drawn, and made again from units above drawn of them. */
export function unitDivergence(name: string, probabilities: Tensor, layer: UnitLayer, nn: Builder): Tensor {
  const data = nn.stopGradient(nn.bernoulli(`${name}/data`, nn.stopGradient(probabilities)));
  const input = upward(data, layer, nn);
  const on = nn.bernoulli(`${name}/drawn`, nn.stopGradient(nn.unary("sigmoid", input)));
  const again = nn.stopGradient(nn.unary("sigmoid", downward(nn.stopGradient(on), layer, nn)));
  const moved = nn.sub(again, data);
  return nn.mean(nn.add(released(input, nn.matmul(moved, layer.weights), nn), nn.sumLast(nn.mul(moved, layer.below))));
}
