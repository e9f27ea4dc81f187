import { fail } from "../core/errors.ts";
import { idTexts } from "../core/id.ts";
import type { Ids } from "./ids.ts";
import { union } from "./rows.ts";
import type { RecommendOptions } from "./types.ts";

/** Which items an answer may hold. */
export interface Limits {
  /** What is left out for somebody who has met `seen`; ascending. */
  excluded(seen: Int32Array): Int32Array;
  readonly candidates: Int32Array | undefined;
  /** Ids that the run does not know. */
  readonly unknown: readonly string[];
}

/** Throws DATA_ID for lists that are none, CONFIG_VALUE for an `exclude` that says nothing. */
export function limitsOf({ exclude = "seen", includeSeen = false, candidates }: RecommendOptions, items: Ids): Limits {
  if (exclude !== "seen" && exclude !== "none" && !Array.isArray(exclude)) {
    fail("CONFIG_VALUE", {
      what: "exclude",
      expected: '"seen", "none" or a list of ids',
      received: JSON.stringify(exclude) ?? String(exclude),
    });
  }
  const named = items.resolve(typeof exclude === "string" ? [] : idTexts(exclude, "exclude"));
  const only = candidates && items.resolve(idTexts(candidates, "candidates"));
  const withSeen = exclude !== "none" && !includeSeen;
  return {
    excluded: (seen) => (withSeen ? union(seen, named.known) : named.known),
    candidates: only?.known,
    unknown: [...named.unknown, ...(only?.unknown ?? [])],
  };
}
