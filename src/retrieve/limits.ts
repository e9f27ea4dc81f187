import { fail } from "../core/errors.ts";
import { union } from "../core/sorted.ts";
import type { Ids } from "./ids.ts";
import { type ItemSet, indicesOf } from "./item-set.ts";
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
export function limitsOf(
  { exclude = "seen", includeSeen = false, candidates, hidden }: RecommendOptions,
  items: Ids,
): Limits {
  if (exclude !== "seen" && exclude !== "none" && !Array.isArray(exclude)) {
    fail("CONFIG_VALUE", {
      what: "exclude",
      expected: '"seen", "none" or a list of ids',
      received: JSON.stringify(exclude) ?? String(exclude),
    });
  }
  const named = indicesOf(typeof exclude === "string" ? [] : exclude, items, "exclude");
  const never = hidden ? union(named.known, hiddenOf(hidden, items)) : named.known;
  const only = candidates && indicesOf(candidates, items, "candidates");
  const withSeen = exclude !== "none" && !includeSeen;
  return {
    excluded: (seen) => (withSeen ? union(seen, never) : never),
    candidates: only?.known,
    unknown: [...named.unknown, ...(only?.unknown ?? [])],
  };
}

/** Throws as `indicesOf` does. */
export const hiddenOf = (hidden: ItemSet, items: Ids): Int32Array => indicesOf(hidden, items, "hidden").known;
