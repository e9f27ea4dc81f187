import type { History } from "../artifact/types.ts";
import type { KnownItems } from "./evidence.ts";
import type { Ids } from "./ids.ts";
import type { Reason } from "./types.ts";

const MOST_REASONS = 3;

/**
 * The past items with the largest positive weights among those at the places `liked`, as shares of their positive weight; ties
 * by lower item index.
 */
export function strongest(
  past: Int32Array,
  liked: readonly number[],
  weights: ArrayLike<number>,
  ids: Ids,
): readonly Reason[] {
  const speaking = liked.filter((j) => (weights[j] as number) > 0);
  const total = speaking.reduce((sum, j) => sum + (weights[j] as number), 0);
  speaking.sort((a, b) => (weights[b] as number) - (weights[a] as number) || a - b);
  return speaking
    .slice(0, MOST_REASONS)
    .map((j) => ({ item: ids.at(past[j] as number), weight: (weights[j] as number) / total }));
}

/** Values of which there are more are amounts (plays, hours), a small one of which says nothing against an item. */
const MOST_GRADES = 20;

/**
 * Places of a past's items that may speak for something. A disliked item never does: one that is rated under the mean of the
 * person's own ratings, or under the middle of the run's scale. Of amounts none is.
 */
export function likingOf({ values }: History, learnsValues: boolean): (past: KnownItems) => readonly number[] {
  const grades = new Set<number>();
  for (const value of values ?? []) {
    if (grades.size > MOST_GRADES) break;
    grades.add(value);
  }
  const isScale = grades.size <= MOST_GRADES;
  const middle =
    isScale && grades.size > 1 ? (Math.min(...grades) + Math.max(...grades)) / 2 : Number.NEGATIVE_INFINITY;
  return ({ values: own }) => {
    if (!isScale && !learnsValues) return [...own.keys()];
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    const least = Math.max(mean - Math.abs(mean) * 1e-6, middle);
    return [...own.keys()].filter((j) => (own[j] as number) >= least);
  };
}
