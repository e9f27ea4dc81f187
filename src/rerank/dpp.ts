import { checkWithin, greedy } from "./greedy.ts";
import type { Likeness } from "./likeness.ts";
import { DEFAULT_LAMBDA, type DiversityOptions } from "./mmr.ts";
import { scaled } from "./scale.ts";

/** What is left of a candidate's own direction; below it, it lies in the span of those chosen. */
const NOTHING = 1e-10;

/**
 * Greedy MAP inference of a determinantal point process: places of the candidates in their new order. The kernel is
 * L(i, j) = q(i) q(j) likeness(i, j) with q = exp(a * score), a = lambda / (2 (1 - lambda)), scores scaled to [0, 1]; each next one adds most to log det L
 * of those chosen, found by an incremental Cholesky factorization in O(k) per candidate. When the chosen span all that there is
 * (or lambda is 1) the rest follows by score. `likeness` has to be positive semidefinite, as cosines and Jaccard are. Throws CONFIG_VALUE.
 * Chen, Zhang and Zhou, "Fast greedy MAP inference for determinantal point process", NeurIPS 2018, algorithm 1 and section 4.2.
 */
export function dpp(
  scores: ArrayLike<number>,
  likeness: Likeness,
  { k, lambda = DEFAULT_LAMBDA }: DiversityOptions,
): Int32Array {
  checkWithin(lambda, "lambda", [0, 1]);
  const size = scores.length;
  const relevance = scaled(scores);
  if (lambda === 1) return greedy(size, k, (place) => relevance[place] as number);
  const a = lambda / (1 - lambda) / 2;
  // log det gains are log d² + 2 a score: with q pulled out, the factorization is that of the likeness alone
  const rest = Float64Array.from({ length: size }, (_, i) => likeness(i, i));
  const factors: Float64Array[] = [];
  const independent = greedy(
    size,
    k,
    (place) => {
      const left = rest[place] as number;
      return left > NOTHING ? Math.log(left) + 2 * a * (relevance[place] as number) : Number.NEGATIVE_INFINITY;
    },
    (one) => {
      const length = Math.sqrt(rest[one] as number);
      const factor = new Float64Array(size);
      for (let i = 0; i < size; i++) {
        let sum = likeness(one, i);
        for (const before of factors) sum -= (before[one] as number) * (before[i] as number);
        factor[i] = sum / length;
        rest[i] = (rest[i] as number) - (factor[i] as number) ** 2;
      }
      factors.push(factor);
    },
  );
  const taken = new Set(independent);
  const byScore = greedy(size, size || 1, (place) => relevance[place] as number).filter((place) => !taken.has(place));
  return Int32Array.from([...independent, ...byScore].slice(0, k));
}
