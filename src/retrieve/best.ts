/** Items with their scores, the best first. */
export interface Best {
  readonly items: Int32Array;
  readonly scores: Float32Array;
}

/** The k best of the scored items that `allowed` lets through; ties by lower item index, as engines break them. */
export function bestOf(scores: Float32Array, k: number, allowed: (item: number) => boolean): Best {
  const items = Int32Array.from(scores.keys()).filter(allowed);
  items.sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
  const kept = items.slice(0, k);
  return { items: kept, scores: Float32Array.from(kept, (item) => scores[item] as number) };
}
