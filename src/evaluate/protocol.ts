import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";

/**
 * Against which items a held-out item is ranked.
 * - full: every item of the catalogue that the user had not met in training (or validation). The honest one.
 * - sampled: n items drawn per user from those unknown to the user, without replacement, and the same for every model.
 *   Cheaper, but it flatters and can reverse the order of models (Krichene and Rendle, KDD 2020): read it beside full.
 * - given: the candidates that a published split comes with.
 */
export type Protocol =
  | { readonly kind: "full" }
  | { readonly kind: "sampled"; readonly negatives: number }
  | { readonly kind: "given" };

/** `full`, `given`, or `sampled-N` with N >= 1 (`sampled-99` is the customary one). */
export type ProtocolName = "full" | "given" | `sampled-${number}`;

/** Reads a protocol's name. Throws CONFIG_UNKNOWN. */
export function parseProtocol(name: string): Protocol {
  if (name === "full" || name === "given") return { kind: name };
  const negatives = /^sampled-([1-9]\d{0,8})$/.exec(name)?.[1];
  if (negatives !== undefined) return { kind: "sampled", negatives: Number(negatives) };
  const close = nearest(name, ["full", "sampled-99", "given"]);
  return fail("CONFIG_UNKNOWN", {
    what: `There is no protocol "${name}"`,
    expected: "full, given, or sampled-N such as sampled-99",
    fix: close ? `Did you mean "${close}"?` : "Use full, sampled-99 or given.",
    details: { name },
  });
}
