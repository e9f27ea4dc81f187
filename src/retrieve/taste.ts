import type { Artifact } from "../artifact/types.ts";
import type { KnownItems } from "./fold-in.ts";
import type { Ids } from "./ids.ts";
import { extremesOf } from "./scale.ts";
import type { AnswerWarning } from "./types.ts";

/** What the items of a profile say about somebody. */
export interface Told {
  /** What can be learned from, with ratings. */
  readonly liked: KnownItems;
  /** All known items, those rated below the run's threshold and those disliked included. */
  readonly met: Int32Array;
  readonly unknown: readonly string[];
  readonly warnings: readonly AnswerWarning[];
}

export type Taste = (items: readonly string[], ratings: ReadonlyMap<string, number>, ids: Ids) => Told;

/** How a run reads a profile: as it read its training data. */
export function tasteOf({ metadata: { model, split, training }, history, plans }: Artifact): Taste {
  const learnsValues = model.task === "rating";
  const stated = [split["threshold"], split["dislikesBelow"]].find((value) => typeof value === "number");
  const minimum = learnsValues ? Number.NEGATIVE_INFINITY : (stated ?? 0);
  const isWeighed = plans.newcomer !== undefined && training["weights"] === "values";
  // What an item without a rating is taken to be rated: it was named because it is liked.
  const usual = history.values ? extremesOf(history).most : 1;
  return (items, ratings, ids) => {
    const { known: met, inOrder, unknown } = ids.resolve(items);
    const ratingOf = (item: number) => ratings.get(ids.at(item));
    const isLiked = (item: number) => (ratingOf(item) ?? minimum) >= minimum;
    const liked = met.filter(isLiked);
    const values = Float32Array.from(liked, (item) => ratingOf(item) ?? usual);
    const told = { liked: { items: liked, values, sequence: inOrder.filter(isLiked) }, met };
    const counts = learnsValues || model.task === "none" || stated !== undefined || isWeighed;
    return { ...told, unknown, warnings: counts ? [] : ignoredRatings(ratings) };
  };
}

/** `values-ignored`: the run counts each interaction as 1, and so it does with those of a profile. */
function ignoredRatings(ratings: ReadonlyMap<string, number>): readonly AnswerWarning[] {
  if (new Set(ratings.values()).size < 2) return [];
  const message =
    "This run counts every interaction as 1, so that items of low ratings count as liked: leave them out, or ask a run " +
    "trained with --threshold or a model of ratings.";
  return [{ code: "values-ignored", message }];
}
