import { checkWithin, greedy } from "./greedy.ts";
import type { Likeness } from "./likeness.ts";
import { DEFAULT_LAMBDA, type DiversityOptions } from "./mmr.ts";
import { scaled } from "./scale.ts";

/**
 * Max-sum diversification: places of the candidates in their new order. Each next one has the largest
 * lambda * score / 2 + (1 - lambda) * sum of its distances (1 - likeness) to those before it, divided by their number that the
 * list will have (k - 1), so that lambda means the same for every k; scores are scaled to [0, 1]. At least half as good as the best list where distances are a metric.
 * Throws CONFIG_VALUE. Borodin, Lee and Ye, "Max-sum diversification, monotone submodular functions and dynamic updates", PODS 2012, section 4.
 */
export function msd(
  scores: ArrayLike<number>,
  likeness: Likeness,
  { k, lambda = DEFAULT_LAMBDA }: DiversityOptions,
): Int32Array {
  checkWithin(lambda, "lambda", [0, 1]);
  const relevance = scaled(scores);
  const distance = new Float64Array(scores.length);
  const others = Math.max(1, Math.min(k, scores.length) - 1);
  return greedy(
    scores.length,
    k,
    (place) => (lambda * (relevance[place] as number)) / 2 + ((1 - lambda) * (distance[place] as number)) / others,
    (one) => {
      for (let i = 0; i < distance.length; i++) distance[i] = (distance[i] as number) + 1 - likeness(one, i);
    },
  );
}
