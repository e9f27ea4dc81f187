import type { FeedSpec } from "../engine/contract.ts";

/** How many times the loss of answering 0 to everything: no model that learns comes near. */
const FACTOR = 1000;

/**
 * The loss from which on training has blown up, though it may still be a finite number: a thousand times that of a model that
 * answers 0 to everything, which is the mean square of ratings, and at most 1 where labels are 0 and 1.
 */
export function divergenceLimit({ kind, interactions: { values } }: Pick<FeedSpec, "kind" | "interactions">): number {
  if (kind !== "ratings" || !values) return FACTOR;
  return FACTOR * Math.max(1, values.reduce((sum, value) => sum + value * value, 0) / values.length);
}
