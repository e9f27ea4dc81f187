import { checkCount, checkWithin, greedy } from "./greedy.ts";
import type { Likeness } from "./likeness.ts";
import { scaled } from "./scale.ts";

export interface SsdOptions {
  readonly k: number;
  /** Weight of the volume, at least 0. Default 0.25. */
  readonly gamma?: number | undefined;
  /** Items that a viewer has in sight: those further back do not count. Default 5. */
  readonly window?: number | undefined;
}

export const DEFAULT_GAMMA = 0.25;
export const DEFAULT_WINDOW = 5;

/** Below this length nothing of a vector is left: it spans nothing that the others do not. */
const NOTHING = 1e-6;

/**
 * Sliding spectrum decomposition: places of the candidates in their new order. Each next one has the largest
 * score + gamma * volume * length of what its vector adds, where volume is that spanned by the window - 1 before it; scores are scaled to [0, 1], vectors
 * to length 1. A vector that adds nothing leaves the volume as it is. `likeness`: inner products of the vectors, as cosines are; Jaccard is one of
 * vectors, too. Throws CONFIG_VALUE.
 * Huang et al., "Sliding spectrum decomposition for diversified recommendation", KDD 2021, section 4.2; the volume of the window is computed anew
 * as it slides, where the paper's algorithm 1 only gives back what the oldest vector took.
 */
export function ssd(
  scores: ArrayLike<number>,
  likeness: Likeness,
  { k, gamma = DEFAULT_GAMMA, window = DEFAULT_WINDOW }: SsdOptions,
): Int32Array {
  checkWithin(gamma, "gamma", [0, Number.MAX_VALUE]);
  checkCount(window, "window");
  const relevance = scaled(scores);
  const own = Float64Array.from(relevance, (_, one) => likeness(one, one));
  let seen: Sight[] = [];
  let left: Left = { volume: 1, rest: own };
  return greedy(
    scores.length,
    k,
    (place) => (relevance[place] as number) + gamma * left.volume * Math.sqrt(Math.max(0, left.rest[place] as number)),
    (place) => {
      if (window === 1) return;
      const products = own.map((_, other) => likeness(place, other));
      seen = [...seen, { place, products }].slice(1 - window);
      left = beside(seen, own);
    },
  );
}

/** One in sight, with its inner products with all candidates. */
interface Sight {
  readonly place: number;
  readonly products: Float64Array;
}

/** The volume that is spanned, and the squared length of what each candidate would add. */
interface Left {
  readonly volume: number;
  readonly rest: Float64Array;
}

/** By the factors of Cholesky of inner products, which are the coordinates along the directions of Gram and Schmidt. */
function beside(seen: readonly Sight[], own: Float64Array): Left {
  const rest = own.slice();
  const factors: Float64Array[] = [];
  let volume = 1;
  for (const { place, products } of seen) {
    const length = Math.sqrt(Math.max(0, rest[place] as number));
    if (length < NOTHING) continue;
    volume *= length;
    const factor = products.slice();
    for (const before of factors) {
      const share = before[place] as number;
      for (let i = 0; i < factor.length; i++) factor[i] = (factor[i] as number) - share * (before[i] as number);
    }
    for (let i = 0; i < factor.length; i++) {
      const along = (factor[i] as number) / length;
      factor[i] = along;
      rest[i] = (rest[i] as number) - along * along;
    }
    factors.push(factor);
  }
  return { volume, rest };
}
