/**
 * Several comparisons at once: of twenty runs that are all alike, one will look better at p < .05. Both functions raise p-values
 * so that they can be held against one limit together, in the order in which they came.
 */

/**
 * Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6, 1979: below .05, the
 * chance that even one of the differences told is none is at most 5 %.
 */
export function holm(ps: readonly number[]): number[] {
  let largest = 0;
  return adjusted(ps, ascending(ps), (p, place) => {
    largest = Math.max(largest, p * (ps.length - place));
    return largest;
  });
}

/**
 * Benjamini and Hochberg, "Controlling the False Discovery Rate", Journal of the Royal Statistical Society B 57, 1995: below
 * .05, on average at most 5 % of the differences told are none. Finds more where many runs are compared.
 */
export function benjaminiHochberg(ps: readonly number[]): number[] {
  let least = 1;
  return adjusted(ps, ascending(ps).reverse(), (p, place) => {
    least = Math.min(least, (p * ps.length) / (ps.length - place));
    return least;
  });
}

const ascending = (ps: readonly number[]): number[] =>
  ps.map((_, i) => i).sort((a, b) => (ps[a] as number) - (ps[b] as number));

/** Each p-value as `adjust` gives it, called in `order`. */
function adjusted(
  ps: readonly number[],
  order: readonly number[],
  adjust: (p: number, place: number) => number,
): number[] {
  const result = new Array<number>(ps.length);
  for (const [place, index] of order.entries()) result[index] = Math.min(1, adjust(ps[index] as number, place));
  return result;
}
