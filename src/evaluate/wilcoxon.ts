/**
 * Wilcoxon's signed-rank test: whether paired differences lean to one side. It looks at the order of their sizes alone, so that
 * a few users with large differences do not decide. Wilcoxon, "Individual Comparisons by Ranking Methods", Biometrics 1, 1945.
 */

export interface SignedRanks {
  /** Pairs that differ; the others say nothing and are left out, as in the paper. */
  readonly pairs: number;
  /** Sum of the ranks of positive differences; equal sizes share the mean of their ranks. */
  readonly positive: number;
  /** Two-sided probability of ranks at least as lopsided where no side is favoured; 1 where no pair differs. */
  readonly p: number;
}

/** Up to so many pairs that differ, all arrangements of signs are counted; beyond, the sum of ranks is as good as normal. */
const COUNTED = 50;

/** The test for differences a - b, one for each pair. Differences that are equal in size must be so to the last bit. */
export function signedRanks(differences: Float64Array): SignedRanks {
  const differing = differences.filter((difference) => difference !== 0);
  const pairs = differing.length;
  if (pairs === 0) return { pairs, positive: 0, p: 1 };
  differing.sort((a, b) => Math.abs(a) - Math.abs(b));
  const doubled = doubledRanks(differing);
  const positive = doubled.reduce((sum, rank, i) => sum + ((differing[i] as number) > 0 ? rank : 0), 0) / 2;
  return { pairs, positive, p: pairs <= COUNTED ? counted(doubled, 2 * positive) : approximated(doubled, positive) };
}

/** Twice the mean rank of each of these, which ascend by size: whole numbers. */
function doubledRanks(differing: Float64Array): Float64Array {
  const ranks = new Float64Array(differing.length);
  for (let from = 0, to = 0; from < differing.length; from = to) {
    while (to < differing.length && Math.abs(differing[to] as number) === Math.abs(differing[from] as number)) to++;
    ranks.fill(from + to + 1, from, to);
  }
  return ranks;
}

/** Of all ways to give these ranks signs, the share whose positive sum is at least as far out as `sum`, on both sides. */
function counted(ranks: Float64Array, sum: number): number {
  const most = ranks.reduce((total, rank) => total + rank, 0);
  const shares = new Float64Array(most + 1);
  shares[0] = 1;
  let reached = 0;
  for (const rank of ranks) {
    reached += rank;
    for (let at = reached; at >= 0; at--) {
      shares[at] = ((shares[at] as number) + (at >= rank ? (shares[at - rank] as number) : 0)) / 2;
    }
  }
  const below = shares.subarray(0, sum + 1).reduce((total, share) => total + share, 0);
  const above = shares.subarray(sum).reduce((total, share) => total + share, 0);
  return Math.min(1, 2 * Math.min(below, above));
}

/** By the normal distribution. Twice the ranks are summed, so that ties are in the variance without a correction. */
function approximated(doubled: Float64Array, positive: number): number {
  const mean = doubled.reduce((total, rank) => total + rank, 0) / 4;
  const variance = doubled.reduce((total, rank) => total + (rank / 2) ** 2, 0) / 4;
  return complementaryError(Math.abs(positive - mean) / Math.sqrt(2 * variance));
}

/**
 * erfc(x) for x >= 0: 1 minus the power series near 0, the continued fraction of the tail beyond.
 * Abramowitz and Stegun, "Handbook of Mathematical Functions", 1964, 7.1.6 and 7.1.14.
 */
export function complementaryError(x: number): number {
  const bell = Math.exp(-x * x) / Math.sqrt(Math.PI);
  if (x < 2) {
    let [term, sum] = [x, x];
    for (let n = 1; term > 1e-17 * sum; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return 1 - 2 * bell * sum;
  }
  let tail = 0;
  for (let n = 60; n > 0; n--) tail = n / 2 / (x + tail);
  return bell / (x + tail);
}
