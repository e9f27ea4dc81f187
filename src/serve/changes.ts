import { fail } from "../core/errors.ts";
import type { Change } from "../store/index.ts";
import { changed } from "./catalog.ts";
import type { Service } from "./service.ts";

const now = (): number => Date.now() / 1000;

/** What is known of an item. Throws DATA_ITEM_UNKNOWN. */
export function describeItem(service: Service, item: string): object {
  const fields = service.item(item);
  if (fields === undefined) {
    if (service.items.hidden.has(item)) {
      return { item, fields: {}, shown: false, models: [] };
    }
    fail("DATA_ITEM_UNKNOWN", { what: "Neither the catalogue nor a model knows such an item", received: item });
  }
  const models = service.models.filter((model) => model.knows(item)).map(({ name }) => name);
  return { item, fields, shown: !service.items.hidden.has(item), models };
}

/** Throws FEATURE_VALUE where a field is a feature by which a model answers for new items, and not of its kind. Resolves with what is known of the item then, on the disk and in every later answer. */
export async function changeItem(service: Service, item: string, change: Change): Promise<object> {
  if (change.change === "delete") describeItem(service, item);
  else {
    const fields = changed(service.items.of(item), change);
    for (const { newcomers } of service.models) newcomers?.check(item, fields);
  }
  await service.append([{ type: "item-change", item, time: now(), ...change }]);
  return describeItem(service, item);
}

/** What is known of a person, all of it but the rows of models. Throws DATA_USER_UNKNOWN. */
export function describeUser(service: Service, user: string): object {
  if (!service.knowsUser(user)) fail("DATA_USER_UNKNOWN", { what: "Nothing is known of such a user", received: user });
  const met = [...service.people.of(user)].map(([item, { likes, types, rating }]) => ({
    ...{ item, likes, types },
    ...(rating !== undefined && { rating }),
  }));
  const models = service.models.filter(({ recommender }) => recommender.knowsUser(user)).map(({ name }) => name);
  return { user, fields: service.users.of(user) ?? {}, met, models };
}

/** Throws FEATURE_VALUE where a field is a feature by which a model answers for people it has not met, and not of its kind. */
export async function changeUser(service: Service, user: string, change: Change): Promise<object> {
  if (change.change !== "delete") {
    const fields = changed(service.users.of(user), change);
    for (const { people, recommender } of service.models) if (!recommender.knowsUser(user)) people?.row(fields);
  }
  await service.append([{ type: "user-change", user, time: now(), ...change }]);
  return { user, fields: service.users.of(user) ?? {} };
}

/** Takes a person out of everything. Throws DATA_USER_UNKNOWN, DATA_FORGET where something could not be removed. */
export async function eraseUser(service: Service, user: string): Promise<object> {
  return { user, ...(await service.forget(user)) };
}
