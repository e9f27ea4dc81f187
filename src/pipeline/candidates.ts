import { textsOf } from "./fields.ts";
import { parseFilter } from "./filter.ts";
import type { Withheld } from "./past.ts";
import type { Pipeline, Source } from "./schema.ts";
import type { Asker, Candidate, Doubting } from "./types.ts";

/** Of reciprocal rank fusion: Cormack, Clarke and Büttcher, SIGIR 2009. */
const FUSION = 60;

/** What a source is called: its model, "popular", "fresh" or "related". */
const nameOf = ({ from }: Source): string => from;

export interface Found {
  readonly source: string;
  readonly items: readonly { readonly item: string; readonly score: number }[];
}

export interface Search {
  readonly asker: Asker;
  /** The model with the say. */
  readonly model: string;
  /** Whether what the person has met is left out. */
  readonly unseen: boolean;
  /** Conditions in CEL. */
  readonly filters: readonly string[];
  /** Choose among these only: those that were asked for, and those of them that pass the conditions. */
  readonly only: { readonly asked: readonly string[]; readonly passing: readonly string[] } | undefined;
  /** Left out for what the person did with them. */
  readonly withheld: Withheld["items"];
  /** Hears of sources that give nothing for a slip. */
  readonly doubt: Doubting;
}

/** What a source gives; filters are inside its search, so that they do not shorten what it gives. */
export async function found(source: Source, search: Search, n = source.n): Promise<Found> {
  if (source.from === "fresh" && "field" in source)
    return { source: "fresh", items: await fresh(source.field, n, search) };
  if (source.from === "related" && "field" in source)
    return { source: "related", items: await related(source.field, n, search) };
  const model = source.from === "popular" ? search.model : source.from;
  const { items } = await search.asker.recommend(model, {
    k: Math.min(n, search.asker.size(model)),
    candidates: await allowed(model, search),
    unseen: search.unseen,
    exclude: [...search.withheld.keys()],
    popular: source.from === "popular",
    index: "index" in source && source.index === true,
  });
  return { source: nameOf(source), items };
}

/** Items of a model that may be found; undefined: all. */
async function allowed(model: string, { asker, filters, only }: Search) {
  if (only) return only.passing;
  return filters.length > 0 ? asker.passing(model, filters) : undefined;
}

/** The items with the latest time in a field; what has none is not among them. */
function fresh(field: string, n: number, search: Search): Promise<Found["items"]> | Found["items"] {
  const { asker } = search;
  const dated: { item: string; score: number }[] = [];
  for (const item of asker.described) {
    const time = asker.fields(item)[field];
    if (typeof time === "number") dated.push({ item, score: time });
  }
  if (dated.length === 0) search.doubt(`fresh: no item has a time in the field ${JSON.stringify(field)}.`, "rule-idle");
  return best(dated, n, search);
}

/** What a field of the items that the person likes names: by the sum of 1 / (60 + place) over those lists. */
async function related(field: string, n: number, search: Search): Promise<Found["items"]> {
  const { asker, model } = search;
  const scores = new Map<string, number>();
  const past = await asker.past(model);
  for (const item of past) {
    for (const [i, other] of textsOf(asker.fields(item)[field]).entries()) {
      scores.set(other, (scores.get(other) ?? 0) + 1 / (FUSION + i + 1));
    }
  }
  if (scores.size === 0 && past.length > 0 && !has(asker, field)) {
    search.doubt(`related: no item has a field ${JSON.stringify(field)}.`, "rule-idle");
  }
  return best(
    Array.from(scores, ([item, score]) => ({ item, score })),
    n,
    search,
  );
}

/** Whether any item has a field. */
function has({ described, fields }: Asker, field: string): boolean {
  for (const item of described) if (Object.hasOwn(fields(item), field)) return true;
  return false;
}

/** The first n of what may be shown, ties by id. */
function best(all: Found["items"], n: number, search: Search): Promise<Found["items"]> | Found["items"] {
  const { asker, model, only, filters, unseen, withheld } = search;
  const among = only && new Set(only.passing);
  const conditions = filters.map(parseFilter);
  const shown = all
    .filter(
      ({ item }) =>
        asker.keptOut(item) === undefined &&
        !withheld.has(item) &&
        asker.knows(model, item) &&
        (among?.has(item) ?? true),
    )
    .toSorted((a, b) => b.score - a.score || (a.item < b.item ? -1 : 1))
    .filter(({ item }) => conditions.every((one) => one.passes(item, asker.fields(item), asker.user)));
  return unseen ? unmet(shown, n, asker, model) : shown.slice(0, n);
}

/** The first n that the person has not met, which the model with the say knows; a few are asked for at a time. */
async function unmet(all: Found["items"], n: number, asker: Asker, model: string): Promise<Found["items"]> {
  const left: Found["items"][number][] = [];
  for (let start = 0; start < all.length && left.length < n; ) {
    const some = all.slice(start, start + Math.max(100, 2 * n));
    const candidates = some.map(({ item }) => item);
    const { items } = await asker.recommend(model, { k: some.length, candidates, unseen: true });
    const found = new Set(items.map(({ item }) => item));
    left.push(...some.filter(({ item }) => found.has(item)));
    start += some.length;
  }
  return left.slice(0, n);
}

/** One list of several, each item once. */
export function merged(lists: readonly Found[], how: Pipeline["merge"] = "rank"): Candidate[] {
  const all = new Map<string, { item: string; score: number; from: Record<string, number> }>();
  for (const { source, items } of lists) {
    for (const [i, { item, score }] of items.entries()) {
      const one = all.get(item) ?? { item, score: lists.length === 1 ? score : 0, from: {} };
      one.from[source] = Math.min(i + 1, one.from[source] ?? i + 1);
      if (lists.length > 1) one.score += 1 / (FUSION + i + 1);
      all.set(item, one);
    }
  }
  if (lists.length === 1) return [...all.values()];
  if (how === "quota") return inTurn(lists, all);
  return [...all.values()].sort((a, b) => b.score - a.score || (a.item < b.item ? -1 : 1));
}

/** The first of each source, then the second of each; scores fall by place, so that the order is that of the scores. */
function inTurn(lists: readonly Found[], all: ReadonlyMap<string, Candidate>): Candidate[] {
  const order = new Set<string>();
  const longest = Math.max(...lists.map(({ items }) => items.length));
  for (let i = 0; i < longest; i++) {
    for (const { items } of lists) {
      const one = items[i];
      if (one) order.add(one.item);
    }
  }
  return [...order].map((item, i) => ({ ...(all.get(item) as Candidate), score: 1 / (i + 1) }));
}
