import type { Asker } from "../../src/pipeline/index.ts";
import { itemsPassing, parseFilter } from "../../src/pipeline/index.ts";
import { diversify } from "../../src/rerank/index.ts";
import type { Recommender, Who } from "../../src/retrieve/index.ts";
import type { Fields } from "../../src/store/index.ts";

/** What a pipeline asks, for one person, of recommenders and a table of fields. */
export function askerOf(
  models: Readonly<Record<string, Recommender>>,
  who: Who,
  table: ReadonlyMap<string, Fields>,
  { now = 0, user = {}, ids = [] as readonly string[], since = new Map() as Asker["since"] } = {},
): Asker {
  const of = (name: string) => models[name] as Recommender;
  const fields = (item: string): Fields => table.get(item) ?? {};
  const hidden = [...table.keys()].filter((item) => fields(item)["available"] === false);
  return {
    recommend: (name, { unseen, exclude = [], ...options }) =>
      of(name).recommend(who, { ...options, exclude, includeSeen: !unseen, hidden: of(name).itemSet(hidden) }),
    passing: (name, filters) => itemsPassing(of(name), filters.map(parseFilter), fields, user),
    vectors: (name, items) => of(name).itemVectors(items),
    diversify: async (_, request) => diversify(request),
    past: (name) => of(name).past(who),
    deeds: (name) => of(name).deeds,
    since,
    person: typeof who === "object" ? undefined : String(who),
    size: (name) => of(name).itemCount,
    knows: (_, item) => ids.includes(item),
    fields,
    described: table.keys(),
    keptOut: (item) => (hidden.includes(item) ? "hidden" : undefined),
    user,
    now,
  };
}
