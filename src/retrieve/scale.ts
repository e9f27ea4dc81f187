import type { Artifact, History } from "../artifact/types.ts";
import { fail } from "../core/errors.ts";
import { onceFor } from "./once.ts";

/** The lowest and the highest rating of the data. */
export interface Scale {
  readonly least: number;
  readonly most: number;
}

/** The scale of a run that learned ratings; undefined for others, whose scores have none. */
export function scaleOf({
  metadata,
  history,
  unlearned,
}: Pick<Artifact, "metadata" | "history" | "unlearned">): Scale | undefined {
  if (metadata.model.task !== "rating" || !history.values) return undefined;
  return rangeOf([history, unlearned]);
}

/** The lowest and the highest of all their values; undefined where there are none. */
export function rangeOf(rows: readonly (History | undefined)[]): Scale | undefined {
  const parts = rows.flatMap((pairs) => (pairs ? [extremesOf(pairs)] : []));
  const least = Math.min(...parts.map((part) => part.least));
  const most = Math.max(...parts.map((part) => part.most));
  return least <= most ? { least, most } : undefined;
}

/** Of values, the least and the most; of none, Infinity and -Infinity. */
export const extremesOf = onceFor(({ values }: History): Scale => {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values ?? []) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return { least, most };
});

/** The nearest number on the scale. */
export function clipped({ least, most }: Scale, score: number): number {
  return Math.min(most, Math.max(least, score));
}

/** Throws CONFIG_VALUE for a rating that the data's scale does not have. */
export function checkRatings({ least, most }: Scale, ratings: ReadonlyMap<string, number>): void {
  for (const [item, rating] of ratings) {
    if (rating >= least && rating <= most) continue;
    fail("CONFIG_VALUE", {
      what: `The rating of ${JSON.stringify(item)} lies outside the scale of the data`,
      expected: `a number from ${least} to ${most}`,
      received: String(rating),
      fix: "Convert it to the scale that the run has learned.",
      details: { item, rating, least, most },
    });
  }
}
