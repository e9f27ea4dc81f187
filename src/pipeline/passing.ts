import { fail } from "../core/errors.ts";
import type { ItemSet, Recommender } from "../retrieve/index.ts";
import type { Fields } from "../store/index.ts";
import { type Filter, parseFilter } from "./filter.ts";
import type { Asker } from "./types.ts";

/**
 * Items that pass every filter. Throws CONFIG_FILTER where none does and a filter cannot be evaluated of some item: a slip of the pen is no empty page.
 */
export async function itemsPassing(
  recommender: Pick<Recommender, "itemsWhere">,
  filters: readonly Filter[],
  fieldsOf: (item: string) => Fields,
  user: Fields,
): Promise<ItemSet> {
  const passing = await recommender.itemsWhere((id) =>
    filters.every((filter) => filter.passes(id, fieldsOf(id), user)),
  );
  const failed = filters.find(({ failures }) => failures.first !== undefined);
  if (passing.size === 0 && failed) {
    fail("CONFIG_FILTER", {
      what: `The filter ${JSON.stringify(failed.text)} lets no item pass, and cannot be evaluated of some`,
      received: failed.failures.first,
      fix: "Name fields that the items have (GET /v1/items/ID; penchant items --data NAME notes the features of a data set), or say has(item.field) && … for those that only some have.",
    });
  }
  return passing;
}

/** Those of the items asked for that pass every filter; `doubt` hears of filters that let none pass and cannot be evaluated of some. */
export function passingOf(
  items: readonly string[],
  texts: readonly string[],
  { fields, user }: Pick<Asker, "fields" | "user">,
  doubt: (message: string) => void = () => {},
): readonly string[] {
  const filters = texts.map(parseFilter);
  return filters.reduce<readonly string[]>((left, { text, passes, failures }) => {
    const passing = left.filter((item) => passes(item, fields(item), user));
    if (passing.length === 0 && failures.first !== undefined) {
      doubt(
        `${text} lets none of ${left.length} candidates pass, and cannot be evaluated of ${failures.count}: ${failures.first}.`,
      );
    }
    return passing;
  }, items);
}

/** Which of a few items pass; `doubt` hears where none does and the filter cannot be evaluated of some: then a rule about them does nothing. */
export function groupOf(
  text: string,
  items: readonly string[],
  { fields, user }: Pick<Asker, "fields" | "user">,
  doubt: (message: string) => void,
): boolean[] {
  const { passes, failures } = parseFilter(text);
  const group = items.map((item) => passes(item, fields(item), user));
  if (failures.first !== undefined && !group.includes(true)) {
    doubt(
      `${text} is true of none of ${items.length} candidates, and cannot be evaluated of ${failures.count}: ${failures.first}.`,
    );
  }
  return group;
}

/** Why a filter keeps an item out, in words; undefined where it passes. */
export function whyNot(text: string, item: string, fields: Fields, user: Fields): string | undefined {
  const filter = parseFilter(text);
  if (filter.passes(item, fields, user)) return undefined;
  const { first } = filter.failures;
  return first === undefined ? `it does not pass ${text}` : `${text} cannot be evaluated of it: ${first}`;
}
