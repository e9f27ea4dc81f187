/**
 * One user's value of a ranking metric, computed from where the relevant items stand and nothing else.
 *
 * @param positions 0-based places of the relevant items in the ranked list, ascending and distinct
 * @param k length of the list that is looked at, >= 1; it may exceed the number of candidates
 * @param candidates length of the whole list, relevant items included
 * @param values of the relevant items (ratings), in the order of positions; all 1 where absent. Only graded metrics look at them
 * @returns a value in [0, 1]; 0 where nothing is relevant (protocols leave such users out)
 */
export type RankingMetric = (positions: Int32Array, k: number, candidates: number, values?: Float32Array) => number;

/** How many of the ascending positions lie in the first k places. */
export function hits(positions: Int32Array, k: number): number {
  let count = 0;
  while (count < positions.length && (positions[count] as number) < k) count++;
  return count;
}
