/** Several measurements of one thing: the middle one and how far they lie apart. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly values: readonly number[];
}

/** Median of at least one value; of an even number, the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Four significant digits are more than any machine's noise allows to read. */
export const rounded = (value: number): number => Number(value.toPrecision(4));

export function summarize(values: readonly number[]): Summary {
  return {
    median: rounded(median(values)),
    min: rounded(Math.min(...values)),
    max: rounded(Math.max(...values)),
    values: values.map(rounded),
  };
}

/**
 * Ratio of two rates, pair by pair: both numbers of a pair were measured one right after the other, so what slows the
 * whole machine for a while falls out. The middle ratio is not the ratio of the middles.
 */
export function pairRatios(ours: readonly number[], theirs: readonly number[]): Summary {
  return summarize(ours.map((rate, round) => rate / (theirs[round] ?? Number.NaN)));
}
