import type { FeedSpec } from "../../engine/contract.ts";

/** How many times the loss of answering 0 to everything: no model that learns comes near. */
const FACTOR = 1000;

/**
 * The loss from which on training has blown up, though it may still be a finite number: a thousand times that of a model that
 * answers 0 to everything. That is the mean square of ratings; of users with everything they did, for each event as much as a softmax that
 * knows nothing of the items; and else, where labels are 0 and 1, at most 1.
 */
export function divergenceLimit({
  kind,
  users,
  items,
  interactions: {
    values,
    items: { length },
  },
}: Pick<FeedSpec, "kind" | "interactions" | "users" | "items">): number {
  const total = (of: (value: number) => number): number => values?.reduce((sum, value) => sum + of(value), 0) ?? length;
  if (kind === "rows") return FACTOR * Math.max(1, (total(weightOf) / Math.max(1, users)) * Math.log(items));
  if (kind !== "ratings" || !values) return FACTOR;
  return FACTOR * Math.max(1, total((value) => value * value) / length);
}

/** At most what an event counts: 1, or its value where these weigh; one that is not known (NaN) counts as 1. */
const weightOf = (value: number): number => (Number.isNaN(value) ? 1 : Math.max(1, Math.abs(value)));
