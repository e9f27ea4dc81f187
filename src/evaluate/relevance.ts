/**
 * Which held-out items count as relevant, by their value (rating, weight): a film that its viewer gave one star of five is no
 * success of the list that shows it. What does not count stays in the list and is a miss: the lists that are ranked are the
 * same with and without a rule.
 */
import { fail } from "../core/errors.ts";
import type { Part } from "./types.ts";

/** `>=4`, `>3.5`, `<=2`, `<3`, `=5`, or both ends of a range, `3..5`. */
export type RelevanceRule =
  | `>=${number}`
  | `>${number}`
  | `<=${number}`
  | `<${number}`
  | `=${number}`
  | `${number}..${number}`;

export interface Relevance {
  /** Without blanks. */
  readonly rule: string;
  /** In words: "at least 4". */
  readonly words: string;
  /** Of a value as data sets keep them, in float32; an unknown one (NaN) is accepted by no rule. */
  accepts(value: number): boolean;
}

/** What a rule makes of a held-out part. Plain JSON. */
export interface RelevanceFacts {
  readonly rule: string;
  readonly meaning: string;
  /** Held-out interactions, and those of them that are relevant. */
  readonly heldOut: number;
  readonly relevant: number;
  /** Users with held-out items none of which is relevant: they are left out of every mean. */
  readonly usersWithout: number;
}

const NUMBER = String.raw`[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?`;
const BOUND = new RegExp(`^(>=|<=|>|<|=)(${NUMBER})$`, "i");
const RANGE = new RegExp(`^(${NUMBER})\\.\\.(${NUMBER})$`, "i");

const comparisons: Readonly<Record<string, readonly [words: string, (value: number, bound: number) => boolean]>> = {
  ">=": ["at least", (value, bound) => value >= bound],
  ">": ["above", (value, bound) => value > bound],
  "<=": ["at most", (value, bound) => value <= bound],
  "<": ["below", (value, bound) => value < bound],
  "=": ["exactly", (value, bound) => value === bound],
};

/** Reads a rule. Bounds are taken in float32, as values are kept: `>=4.1` holds a rating of 4.1. Throws CONFIG_VALUE. */
export function parseRelevance(rule: string): Relevance {
  const text = rule.replaceAll(/\s/g, "");
  const [, sign = "", limit = ""] = BOUND.exec(text) ?? [];
  const comparison = comparisons[sign];
  if (comparison) {
    const [words, holds] = comparison;
    const bound = Math.fround(Number(limit));
    if (Number.isFinite(bound)) return { rule: text, words: `${words} ${limit}`, accepts: (v) => holds(v, bound) };
  }
  const [, from = "", to = ""] = RANGE.exec(text) ?? [];
  const [low, high] = [Math.fround(Number(from)), Math.fround(Number(to))];
  if (from !== "" && low <= high && Number.isFinite(low) && Number.isFinite(high)) {
    return { rule: text, words: `from ${from} to ${to}`, accepts: (v) => v >= low && v <= high };
  }
  return fail("CONFIG_VALUE", {
    what: "This does not say which values are relevant",
    expected: '">=4", ">3.5", "<=2", "<3", "=5" or a range "3..5", the lower end first',
    received: JSON.stringify(rule),
    fix: 'Write for example --relevant ">=4", with the quotes: a shell takes > and < for itself.',
  });
}

/** What counts where nobody says it and some of what is held out is disliked. */
const LIKED: Relevance = {
  rule: ">=0",
  words: "not below 0, as a dislike is no hit",
  accepts: (value) => !(value < 0),
};

/**
 * The rule of a held-out part; undefined where all of it is relevant. A value below 0 is a dislike and no hit, unless the rule says so. Throws CONFIG_VALUE for a bad rule, and where there are
 * no values that one could speak of.
 */
export function relevanceOf(test: Part, rule: string | undefined): Relevance | undefined {
  if (rule === undefined) return test.byUser.values?.some((value) => value < 0) ? LIKED : undefined;
  const relevance = parseRelevance(rule);
  if (test.byUser.values) return relevance;
  return fail("CONFIG_VALUE", {
    what: `Nothing tells which held-out items have a value ${relevance.words}`,
    expected: "held-out interactions with values, such as ratings",
    received: "interactions without values",
    fix: "Leave the rule out (a run trained with --threshold holds out accepted items alone), or import the values (--value).",
  });
}

/** Counts what the rule makes of a held-out part. */
export function relevanceFacts({ byUser }: Part, { rule, words, accepts }: Relevance): RelevanceFacts {
  const { offsets, values = new Float32Array(0) } = byUser;
  let [relevant, usersWithout] = [0, 0];
  for (let user = 0; user + 1 < offsets.length; user++) {
    const own = values.subarray(offsets[user], offsets[user + 1]);
    const found = own.reduce((count, value) => count + (accepts(value) ? 1 : 0), 0);
    relevant += found;
    if (own.length > 0 && found === 0) usersWithout++;
  }
  const meaning = `a held-out item is relevant where its value is ${words}; the others are ranked all the same and count as misses`;
  return { rule, meaning, heldOut: values.length, relevant, usersWithout };
}
