/**
 * What somebody's past says about their row: the sum of training's losses over it, as training would see it on average. Each
 * known item comes with `negatives` unknown ones, which are not drawn but weighted: w = negatives · share (· known items, where
 * they have a label of their own).
 */
import type { Learning, LossName } from "./learning.ts";
import type { Unknowns } from "./unknowns.ts";

/** What is known of somebody: item indices, ascending and distinct, with ratings for models that learn from them. */
export interface KnownItems {
  readonly items: Int32Array;
  readonly values: Float32Array;
  /** The same items in order of time, for models that look at it. Absent: no order is known, and that of `items` stands for it. */
  readonly sequence?: Int32Array | undefined;
}

export interface Evidence {
  readonly kind: Learning["kind"];
  readonly loss: LossName;
  readonly negatives: number;
  /** Known items, then those that stand for the unknown ones. */
  readonly items: Int32Array;
  /** How many of them are known. */
  readonly known: number;
  /** Of each known item: its rating, or 1. */
  readonly labels: Float32Array;
  /** Of each unknown item: its share of the negatives, summing to 1. */
  readonly shares: Float64Array;
  /** Of each known item: its share beside these, were it unknown. */
  readonly regained: Float64Array;
  /** How many of the run's unknown items were looked at for this. */
  readonly looked: number;
}

/** Pairs of a known and an unknown item that are compared at most; many known items meet fewer unknown ones. */
const MOST_PAIRS = 2 ** 17;
/** Unknown items per known one: the less is known, the more the prior says, and the less a rough sum over the unknown matters. */
const UNKNOWN_PER_KNOWN = 64;
const FEWEST_UNKNOWN = 128;

/** `looked`: as another's, who is to be compared. Default: by the number of known items. */
export function evidenceOf(
  { items, values }: KnownItems,
  learning: Learning,
  unknowns: Unknowns,
  looked: number = unknownsFor(items.length, learning, unknowns),
): Evidence {
  const { kind, loss, negatives } = learning;
  const known = items.length;
  const common = { kind, loss, negatives, known, looked };
  if (kind === "ratings") {
    const none = new Float64Array(0);
    return { ...common, items, labels: values, shares: none, regained: new Float64Array(known) };
  }
  const weightOf = new Map<number, number>();
  for (const [i, item] of unknowns.items.subarray(0, looked).entries())
    weightOf.set(item, unknowns.weights[i] as number);
  const lost = Float64Array.from(items, (item) => weightOf.get(item) ?? 0);
  for (const item of items) weightOf.delete(item);
  const total = [...weightOf.values()].reduce((sum, weight) => sum + weight, 0);
  return {
    ...common,
    items: Int32Array.of(...items, ...weightOf.keys()),
    labels: new Float32Array(known).fill(1),
    shares: Float64Array.from(weightOf.values(), (weight) => weight / total),
    regained: lost.map((weight) => (total > 0 ? weight / total : 0)),
  };
}

/** In losses of pairs, whose work is the product of both; powers of two, so that one more or less rarely changes it. */
function unknownsFor(known: number, { kind }: Learning, { items }: Unknowns): number {
  if (kind !== "triples") return items.length;
  const wished = Math.min(UNKNOWN_PER_KNOWN * known, MOST_PAIRS / known);
  return Math.min(items.length, Math.max(FEWEST_UNKNOWN, 2 ** Math.floor(Math.log2(wished))));
}

/** The loss at some scores, with its slope and curvature along each. */
export interface Terms {
  readonly value: number;
  readonly slope: Float64Array;
  readonly curvature: Float64Array;
  /** Of pairwise losses: curvature of each known item (rows) with each unknown one, by their difference. */
  readonly between?: Float64Array;
}

export function termsOf(evidence: Evidence, score: Float32Array): Terms {
  return evidence.kind === "triples" ? pairTerms(evidence, score) : labelTerms(evidence, score);
}

function labelTerms({ loss, items, known, labels, shares, negatives }: Evidence, score: Float32Array): Terms {
  const [slope, curvature] = [new Float64Array(items.length), new Float64Array(items.length)];
  let value = 0;
  for (let i = 0; i < items.length; i++) {
    const weight = i < known ? 1 : negatives * known * (shares[i - known] as number);
    const term = labelLoss(loss, score[i] as number, i < known ? (labels[i] as number) : 0);
    value += weight * term.value;
    slope[i] = weight * term.slope;
    curvature[i] = weight * term.curvature;
  }
  return { value, slope, curvature };
}

function pairTerms({ loss, items, known, shares, negatives }: Evidence, score: Float32Array): Terms {
  const unknown = items.length - known;
  const [slope, curvature] = [new Float64Array(items.length), new Float64Array(items.length)];
  const between = new Float64Array(known * unknown);
  let value = 0;
  for (let j = 0; j < known; j++) {
    const own = score[j] as number;
    let [slopes, bends] = [0, 0];
    for (let i = 0; i < unknown; i++) {
      const weight = negatives * (shares[i] as number);
      const term = pairLoss(loss, own - (score[known + i] as number));
      const [down, bend] = [weight * term.slope, weight * term.curvature];
      value += weight * term.value;
      slopes += down;
      bends += bend;
      slope[known + i] = (slope[known + i] as number) - down;
      curvature[known + i] = (curvature[known + i] as number) + bend;
      between[j * unknown + i] = bend;
    }
    slope[j] = slopes;
    curvature[j] = bends;
  }
  return { value, slope, curvature, between };
}

interface Term {
  readonly value: number;
  readonly slope: number;
  readonly curvature: number;
}

/** Loss of one score against a label; the squared error halved, so that it is the noise's variance that weighs a prior. */
export function labelLoss(loss: LossName, score: number, label: number): Term {
  if (loss === "mse") return { value: (score - label) ** 2 / 2, slope: score - label, curvature: 1 };
  const { value, slope, curvature } = softplus(score);
  return { value: value - label * score, slope: slope - label, curvature };
}

/** Nearest to the hinge's corner that its curvature is taken. */
const CORNER = 0.05;

/** Loss of the difference between a known and an unknown item's score. */
export function pairLoss(loss: LossName, difference: number): Term {
  if (loss !== "hinge") {
    const { value, slope, curvature } = softplus(-difference);
    return { value, slope: -slope, curvature };
  }
  // max(0, z) = (z + |z|) / 2, and |z| lies under the parabola that touches it here: steps along it never go wrong.
  const z = 1 - difference;
  return { value: Math.max(0, z), slope: z > 0 ? -1 : 0, curvature: 1 / (2 * Math.max(CORNER, Math.abs(z))) };
}

/** ln(1 + eˣ), which rises by the sigmoid: all from one exponential that cannot overflow. Sums need no digits below 1e-16. */
function softplus(x: number): Term {
  const small = Math.exp(-Math.abs(x));
  const far = 1 / (1 + small);
  return {
    value: Math.max(x, 0) + Math.log(1 + small),
    slope: x > 0 ? far : small * far,
    curvature: small * far * far,
  };
}
