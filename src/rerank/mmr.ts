import { checkWithin, greedy } from "./greedy.ts";
import type { Likeness } from "./likeness.ts";
import { scaled } from "./scale.ts";

/** Of all methods that weigh scores against something else. */
export const DEFAULT_LAMBDA = 0.7;

export interface DiversityOptions {
  /** Length of the list; fewer candidates give a shorter one. */
  readonly k: number;
  /** 1: by score alone; 0: by diversity alone. Default 0.7. */
  readonly lambda?: number | undefined;
}

/**
 * Maximal marginal relevance: places of the candidates in their new order. Each next one has the largest
 * lambda * score - (1 - lambda) * likeness to the most like of those before it, with scores scaled to [0, 1].
 * `scores`: one per candidate, higher is better. Ties: the earlier candidate. Throws CONFIG_VALUE.
 * Carbonell and Goldstein, "The use of MMR, diversity-based reranking for reordering documents", SIGIR 1998, section 2.
 */
export function mmr(
  scores: ArrayLike<number>,
  likeness: Likeness,
  { k, lambda = DEFAULT_LAMBDA }: DiversityOptions,
): Int32Array {
  checkWithin(lambda, "lambda", [0, 1]);
  const relevance = scaled(scores);
  const nearest = new Float64Array(scores.length).fill(Number.NEGATIVE_INFINITY);
  const penalty = (place: number) => (nearest[place] === Number.NEGATIVE_INFINITY ? 0 : (nearest[place] as number));
  return greedy(
    scores.length,
    k,
    (place) => lambda * (relevance[place] as number) - (1 - lambda) * penalty(place),
    (one) => {
      for (let i = 0; i < nearest.length; i++) nearest[i] = Math.max(nearest[i] as number, likeness(one, i));
    },
  );
}
