/**
 * Why an item is recommended: by how much its score falls when one past item is taken away and the user is folded in again.
 * Not refitted for each, but by one Newton step from the fit with all items, over the objective without the one (Koh & Liang,
 * "Understanding Black-box Predictions via Influence Functions", ICML 2017, section 2.1, with the curvature of what is left):
 *
 *     u₋ⱼ = u − (H − Hⱼ)⁻¹ ∇J₋ⱼ(u).
 *
 * Exact where the objective is quadratic. An item that is taken away becomes unknown: its unknown companions go with it, and it
 * stands among those of the others. In pairwise losses Hⱼ, which is of the rank of the unknown items, is replaced by its part
 * along the item's distance to their weighted mean.
 */
import { curvatureOf, slopesOf, weightedSum } from "./curvature.ts";
import { labelLoss, pairLoss } from "./evidence.ts";
import type { Folded } from "./fold-in.ts";
import { cholesky, dot, minus, solve } from "./symmetric.ts";
import type { UserScore } from "./user-score.ts";

/** How much each past item (columns) raises the score of each item (rows). */
export async function influences(scores: UserScore, folded: Folded, items: Int32Array): Promise<Float64Array[]> {
  const { x, evidence } = folded;
  const without = evidence.kind === "triples" ? withoutPairs(folded) : withoutLabel(folded);
  const rows = [x, ...Array.from({ length: evidence.known }, (_, j) => without(j))];
  const found = await scores.scores(rows, items);
  return Array.from(items, (_, i) =>
    Float64Array.from(
      { length: evidence.known },
      (_, j) => (found[i] as number) - (found[(j + 1) * items.length + i] as number),
    ),
  );
}

/** The row without past item j. */
type Without = (j: number) => Float64Array;

function withoutLabel({ x, evidence, at, precision }: Folded): Without {
  const { known, loss, negatives, shares, regained } = evidence;
  const { score, slope, terms } = at;
  const width = x.length;
  const factor = cholesky(curvatureOf(evidence, at, precision, (known - 1) / known), width);
  const unknownSlopes = Float64Array.from(
    shares,
    (share, i) => share * labelLoss(loss, score[known + i] as number, 0).slope,
  );
  const unknown = weightedSum(unknownSlopes, 0, slope, known, width);
  return (j) => {
    const own = slope.subarray(j * width, (j + 1) * width);
    const regain = regained[j] as number;
    const asUnknown = labelLoss(loss, score[j] as number, 0);
    const weight = (negatives * (known - 1)) / (1 + regain);
    // ∇J without j, at the minimum of J with it.
    const along = weight * regain * asUnknown.slope - (terms.slope[j] as number);
    const gradient = unknown.map((value, k) => (weight - negatives * known) * value + along * (own[k] as number));
    const bend = weight * regain * asUnknown.curvature - (terms.curvature[j] as number);
    return minus(x, solvedBeside(factor, bend, own, gradient));
  };
}

function withoutPairs({ x, evidence, at, precision }: Folded): Without {
  const { known, loss, negatives, shares, regained } = evidence;
  const { score, slope, terms } = at;
  const [width, unknown] = [x.length, shares.length];
  const factor = cholesky(curvatureOf(evidence, at, precision), width);
  const all = slopesOf(at, width);
  const row = (j: number) => slope.subarray(j * width, (j + 1) * width);
  const down = (a: number, b: number) => pairLoss(loss, (score[a] as number) - (score[b] as number)).slope;
  return (j) => {
    const own = row(j);
    const regain = regained[j] as number;
    const pushes = shares.map((share, i) => negatives * share * down(j, known + i));
    const opposite = weightedSum(pushes, 0, slope, known, width);
    const gradient = all.map((value, k) => -regain * value + (opposite[k] as number));
    add(gradient, -(terms.slope[j] as number), own);
    for (let other = 0; regain > 0 && other < known; other++) {
      if (other === j) continue;
      const push = negatives * regain * down(other, j);
      add(gradient, push, row(other));
      add(gradient, -push, own);
    }
    const bend = terms.curvature[j] as number;
    const centre = weightedSum(terms.between as Float64Array, j * unknown, slope, known, width);
    const apart = Float64Array.from(own, (value, k) => (bend > 0 ? value - (centre[k] as number) / bend : 0));
    const scaled = gradient.map((value) => value / (1 + regain));
    return minus(x, solvedBeside(factor, -bend, apart, scaled));
  };
}

/** (L Lᵀ + bend · v vᵀ)⁻¹ b: Sherman & Morrison. */
function solvedBeside(factor: Float64Array, bend: number, v: ArrayLike<number>, b: Float64Array): Float64Array {
  const [alone, across] = [solve(factor, b), solve(factor, v)];
  const scale = (bend * dot(b, across)) / (1 + bend * dot(across, v));
  return alone.map((value, k) => value - scale * (across[k] as number));
}

function add(sum: Float64Array, scale: number, values: ArrayLike<number>): void {
  for (let k = 0; k < sum.length; k++) sum[k] = (sum[k] as number) + scale * (values[k] as number);
}
