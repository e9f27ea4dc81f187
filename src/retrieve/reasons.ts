import type { Ids } from "./ids.ts";
import type { Reason } from "./types.ts";

const MOST_REASONS = 3;

/** The past items with the largest positive weights, as shares of all positive weight; ties by lower item index. */
export function strongest(past: Int32Array, weights: ArrayLike<number>, ids: Ids): readonly Reason[] {
  const speaking = [...past.keys()].filter((j) => (weights[j] as number) > 0);
  const total = speaking.reduce((sum, j) => sum + (weights[j] as number), 0);
  speaking.sort((a, b) => (weights[b] as number) - (weights[a] as number) || a - b);
  return speaking
    .slice(0, MOST_REASONS)
    .map((j) => ({ item: ids.at(past[j] as number), weight: (weights[j] as number) / total }));
}
