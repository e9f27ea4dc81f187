import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import type { AskedEvent } from "./event.ts";
import type { Pair, RecommendOptions, SimilarOptions } from "./types.ts";

/** Names of options: total, so that a new one without its entry does not compile. */
type Names<O> = { readonly [N in keyof Required<O>]: true };

const ofLists: Names<RecommendOptions> = {
  ...{
    k: true,
    why: true,
    exclude: true,
    includeSeen: true,
    candidates: true,
    hidden: true,
    popular: true,
    index: true,
  },
  ...{ context: true, at: true },
};
const ofEvents: Names<AskedEvent> = { context: true, at: true };
const ofSimilar: Names<SimilarOptions> = { k: true, candidates: true, hidden: true };

/** Throws CONFIG_VALUE for what is no options (a number is no k), CONFIG_UNKNOWN for a name that would change nothing. */
export const checkListOptions = (options: RecommendOptions): RecommendOptions => checked(options, ofLists);
export const checkEvent = (event: AskedEvent): AskedEvent => checked(event, ofEvents);
export const checkSimilarOptions = (options: SimilarOptions): SimilarOptions => checked(options, ofSimilar);

function checked<O extends object>(options: O, names: Names<O>): O {
  if (!isObject(options)) {
    return fail("CONFIG_VALUE", {
      what: "The options of the request are no object",
      expected: "{ k: 10 } and its like",
      received: shown(options),
      fix: typeof options === "number" ? `For lists of this length: { k: ${options} }.` : undefined,
    });
  }
  const known = Object.keys(names);
  const other = Object.keys(options).find((name) => !known.includes(name));
  if (other === undefined) return options;
  const close = nearest(other, known);
  return fail("CONFIG_UNKNOWN", {
    what: `A request has no option "${other}"`,
    expected: known.join(", "),
    received: other,
    fix: close ? `Did you mean "${close}"?` : "Leave it out.",
    details: { known },
  });
}

/** Throws DATA_ID for what is no list of pairs; their ids are not looked at. */
export function checkPairs(pairs: readonly Pair[]): readonly Pair[] {
  const wrong = Array.isArray(pairs) ? pairs.findIndex((pair) => !isObject(pair)) : undefined;
  if (wrong === -1) return pairs;
  return fail("DATA_ID", {
    what: wrong === undefined ? "The pairs are no list" : `pairs[${wrong}] is no pair`,
    expected: wrong === undefined ? "[{ user, item }, …]" : "{ user, item }",
    received: shown(wrong === undefined ? pairs : pairs[wrong]),
  });
}

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);
const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 80) ?? String(value);
