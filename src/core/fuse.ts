/**
 * How the scores of several models become one.
 *
 * standardized: the weighted sum of what each model's scores are after the mean over the catalogue is taken off and they are divided by
 * their standard deviation, user by user, so that models of any scale meet; logits: the weighted sum of the scores as they are, for
 * models that were trained alike; rrf: reciprocal rank fusion, the weighted sum of 1 / (60 + place), places counted from 1 (Cormack,
 * Clarke & Buettcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods", SIGIR 2009, section 2).
 */
export const fusions = ["standardized", "logits", "rrf"] as const;
export type Fusion = (typeof fusions)[number];

/** The constant of reciprocal rank fusion, as its authors chose it. */
const SMOOTHING = 60;

/** What a model's scores of the whole catalogue for one user add to the sum, before its weight. */
export function fusable(scores: Float32Array, fusion: Fusion): Float64Array {
  if (fusion === "logits") return Float64Array.from(scores);
  return fusion === "rrf" ? reciprocalRanks(scores) : standardized(scores);
}

/** All zeros where every item has the same score, which says nothing of any of them. */
function standardized(scores: Float32Array): Float64Array {
  let sum = 0;
  for (const score of scores) sum += score;
  const mean = sum / scores.length;
  let squares = 0;
  for (const score of scores) squares += (score - mean) ** 2;
  const deviation = Math.sqrt(squares / scores.length);
  return Float64Array.from(scores, (score) => (deviation > 0 ? (score - mean) / deviation : 0));
}

/** Equal scores share the best of their places, whatever the order of the items. */
function reciprocalRanks(scores: Float32Array): Float64Array {
  const ascending = scores.slice().sort();
  return Float64Array.from(scores, (score) => 1 / (SMOOTHING + 1 + above(ascending, score)));
}

/** How many of the ascending values are greater. */
function above(ascending: Float32Array, value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return ascending.length - low;
}

/** The weighted sum, in the order of the rows. */
export function fused(rows: readonly Float64Array[], weights: readonly number[]): Float32Array {
  const sums = new Float64Array(rows[0]?.length ?? 0);
  for (const [member, row] of rows.entries()) {
    const weight = weights[member] as number;
    for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + weight * (row[i] as number);
  }
  return Float32Array.from(sums);
}

/** What scores pairs: engines' scorers, and baselines. */
export interface PairScores {
  score(users: Int32Array, items: Int32Array): Promise<Float32Array>;
}

/** `[users, items]`: the scores of every item. */
export function catalogueScores(scorer: PairScores, users: Int32Array, items: number): Promise<Float32Array> {
  const owners = new Int32Array(users.length * items);
  for (const [row, user] of users.entries()) owners.fill(user, row * items, (row + 1) * items);
  const every = Int32Array.from({ length: owners.length }, (_, pair) => pair % items);
  return scorer.score(owners, every);
}
