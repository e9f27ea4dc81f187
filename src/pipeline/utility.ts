/** What a page is worth to the business, and the rules that pages keep together: as prices of items, which `penchant utility solve` finds. */
import { fail } from "../core/errors.ts";
import { scaled } from "../rerank/index.ts";
import type { Fields } from "../store/index.ts";
import { numberOf, textsOf } from "./fields.ts";
import { groupOf } from "./passing.ts";
import type { Utility } from "./schema.ts";
import type { Asker, Candidate, Doubting } from "./types.ts";

/** A rule of one price. */
export interface Part {
  /** Place of the rule, and the kind where each has a price. */
  readonly key: string;
  /** As people read it: the condition, the field, or the field and its kind. */
  readonly name: string;
  readonly is: "least" | "most";
  /** The mean over places that pages are to keep. Of relevance: what this page has without rules, times the share. */
  readonly bound: number;
  /** Undefined where it was not solved for. */
  readonly price: number | undefined;
  /** What each candidate adds. */
  readonly amounts: readonly number[];
}

/** What candidates are worth, and what they add to rules. */
export interface Weighed {
  readonly values: readonly number[];
  readonly parts: readonly Part[];
}

interface Bench {
  readonly asker: Pick<Asker, "fields" | "user">;
  readonly list: readonly Candidate[];
  readonly k: number;
  /** Hears of what may be a slip. */
  readonly doubt?: ((message: string) => void) | undefined;
}

/** Throws CONFIG_PIPELINE, CONFIG_FILTER. `kinds`: those of fields of which each has a bound; default: those of the candidates. */
export function weigh(
  { value, rules }: Utility,
  { asker, list, k, doubt = () => {} }: Bench,
  kinds?: KindsOf,
): Weighed {
  const relevance = [...scaled(list.map(({ score }) => score))];
  const fields = list.map(({ item }) => asker.fields(item));
  const worth = value === undefined ? undefined : numbers(fields, value, doubt);
  const parts = rules.flatMap((rule, at): Part[] => {
    const key = String(at);
    const [is, bound] = boundOf(rule);
    if ("each" in rule) return eachKind(key, rule, fields, kinds);
    if ("relevance" in rule) {
      const best = relevance.toSorted((a, b) => b - a).slice(0, k);
      const mean = best.reduce((sum, one) => sum + one, 0) / Math.max(1, best.length);
      return [{ key, name: "relevance", is, bound: rule.relevance * mean, price: rule.price, amounts: relevance }];
    }
    if ("filter" in rule) {
      const ids = list.map(({ item }) => item);
      const amounts = groupOf(rule.filter, ids, asker, doubt).map(Number);
      return [{ key, name: rule.filter, is, bound, price: rule.price, amounts }];
    }
    return [{ key, name: rule.field, is, bound, price: rule.price, amounts: numbers(fields, rule.field, doubt) }];
  });
  return { values: worth ? relevance.map((one, i) => one * (worth[i] as number)) : relevance, parts };
}

/** Kinds of a field that have a price each. */
export type KindsOf = (field: string) => readonly string[];

type Rule = Utility["rules"][number];

function boundOf(rule: Rule): readonly ["least" | "most", number] {
  if ("atMost" in rule) return ["most", rule.atMost];
  return ["least", "atLeast" in rule ? rule.atLeast : 0];
}

type EachRule = Extract<Rule, { each: string }>;

function eachKind(key: string, rule: EachRule, fields: readonly Fields[], kindsOf?: KindsOf): Part[] {
  const own = fields.map((one) => textsOf(one[rule.each]));
  const kinds = kindsOf?.(rule.each) ?? Object.keys(rule.prices ?? unsolved({ name: rule.each }));
  return kinds.map((kind) => ({
    key: `${key} ${kind}`,
    name: `${rule.each} ${kind}`,
    is: "most",
    bound: rule.atMost,
    price: Object.hasOwn(rule.prices ?? {}, kind) ? rule.prices?.[kind] : undefined,
    amounts: own.map((texts) => Number(texts.includes(kind))),
  }));
}

/** 0 of those that have none; where nobody has one, it is said. */
function numbers(fields: readonly Fields[], name: string, doubt: Doubting): number[] {
  const found = fields.map((one) => numberOf(one[name]));
  if (fields.length > 0 && found.every((one) => one === undefined)) {
    doubt(`none of ${fields.length} candidates has a number in the field ${JSON.stringify(name)}.`, "rule-idle");
  }
  return found.map((one) => one ?? 0);
}

/** Scores with the prices added or taken off. Throws CONFIG_PIPELINE where a rule has no price. */
export function priced({ values, parts }: Weighed, priceOf: (part: Part) => number | undefined): Float64Array {
  const scores = Float64Array.from(values);
  for (const part of parts) {
    const price = priceOf(part) ?? unsolved(part);
    const signed = part.is === "least" ? price : -price;
    for (const [i, amount] of part.amounts.entries()) scores[i] = (scores[i] as number) + signed * amount;
  }
  return scores;
}

function unsolved({ name }: Pick<Part, "name">): never {
  return fail("CONFIG_PIPELINE", {
    what: `The rule ${JSON.stringify(name)} of utility has no price`,
    fix: "penchant utility solve PIPELINE --output PIPELINE finds the prices.",
  });
}

/** The utility with prices in place. `prices`: by the keys of parts. */
export function withPrices({ rules, ...rest }: Utility, prices: ReadonlyMap<string, number>): Utility {
  return {
    ...rest,
    rules: rules.map((rule, at) => {
      if (!("each" in rule)) return { ...rule, price: prices.get(String(at)) ?? 0 };
      const start = `${at} `;
      const own = [...prices].filter(([key]) => key.startsWith(start));
      return { ...rule, prices: Object.fromEntries(own.map(([key, price]) => [key.slice(start.length), price])) };
    }),
  };
}
