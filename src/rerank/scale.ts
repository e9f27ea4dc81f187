/** Scores moved and stretched into [0, 1], the best 1 and the worst 0; all equal: all 1. So a weight means the same for every model. */
export function scaled(scores: ArrayLike<number>): Float64Array {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < scores.length; i++) {
    least = Math.min(least, scores[i] as number);
    most = Math.max(most, scores[i] as number);
  }
  const width = most - least;
  return Float64Array.from(scores, (score) => (width > 0 ? (score - least) / width : 1));
}
