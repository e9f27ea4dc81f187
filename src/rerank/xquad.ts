import { checkWithin, greedy } from "./greedy.ts";
import { DEFAULT_LAMBDA, type DiversityOptions } from "./mmr.ts";
import { scaled } from "./scale.ts";

/** Shares that add up to 1, by name: what a person likes, or what an item is of. */
export type Shares = ReadonlyMap<string, number>;

/**
 * Explicit query aspect diversification: places of the candidates in their new order. Each next one has the largest
 * lambda * score + (1 - lambda) * sum over aspects of wanted(aspect) * item(aspect) * product over those before it of (1 - their item(aspect)): an aspect
 * that is served already counts less. Scores are scaled to [0, 1]. `aspects`: shares per candidate. Throws CONFIG_VALUE.
 * Santos, Macdonald and Ounis, "Exploiting query reformulations for web search result diversification", WWW 2010, equation 2; for recommendation Vargas, Castells and Vallet, SIGIR 2012.
 */
export function xquad(
  scores: ArrayLike<number>,
  aspects: readonly Shares[],
  wanted: Shares,
  { k, lambda = DEFAULT_LAMBDA }: DiversityOptions,
): Int32Array {
  checkWithin(lambda, "lambda", [0, 1]);
  const relevance = scaled(scores);
  const open = new Map(wanted);
  const novelty = (place: number) => {
    let sum = 0;
    for (const [aspect, share] of aspects[place] ?? []) sum += (open.get(aspect) ?? 0) * share;
    return sum;
  };
  return greedy(
    scores.length,
    k,
    (place) => lambda * (relevance[place] as number) + (1 - lambda) * novelty(place),
    (place) => {
      for (const [aspect, share] of aspects[place] ?? []) open.set(aspect, (open.get(aspect) ?? 0) * (1 - share));
    },
  );
}
