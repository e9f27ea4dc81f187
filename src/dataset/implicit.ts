import { checkInteractions } from "../core/argument.ts";
import { fail } from "../core/errors.ts";
import type { Interactions } from "./interactions.ts";

/**
 * How values become implicit feedback. `all`: every interaction counts as 1, whatever its value. `threshold`: those with at
 * least `minimum` count as 1, the others are dropped. `weights`: values stay as weights, as they are (`linear`) or as
 * log(1 + value) (`log`, for heavy-tailed counts); those that are not above 0 are dropped.
 *
 * Weights are kept for one's own use, and for models of ratings, which learn the values themselves. Pointwise and pairwise
 * training weighs nothing: every interaction counts as 1 there, and `fit` warns of it (`values-ignored`).
 */
export type ImplicitRule =
  | { readonly kind: "all" }
  | { readonly kind: "threshold"; readonly minimum: number }
  | { readonly kind: "weights"; readonly scale?: "linear" | "log" };

/** Implicit feedback from rated interactions. Users and items stay the same, even those left without interactions. */
export function toImplicit(interactions: Interactions, rule: ImplicitRule): Interactions {
  checkInteractions(interactions, "toImplicit(interactions, rule)");
  const { values } = interactions.byUser;
  if (rule.kind === "all" || values === undefined) return interactions.withValues(undefined);
  if (rule.kind === "threshold") {
    if (!Number.isFinite(rule.minimum)) {
      fail("CONFIG_VALUE", { what: "minimum", expected: "a finite number", received: String(rule.minimum) });
    }
    return interactions.filter(({ value }) => value >= rule.minimum).withValues(undefined);
  }
  const positive = interactions.filter(({ value }) => value > 0);
  return rule.scale === "log" ? positive.withValues(positive.byUser.values?.map(Math.log1p)) : positive;
}
