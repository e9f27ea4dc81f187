import { createEvents, IdTable } from "../ingest/index.ts";
import { buildInteractions } from "./build.ts";
import type { Interactions } from "./interactions.ts";

/** Both parts of a split together; where they share an interaction, the later one is kept (see `DuplicatePolicy`). */
export function mergeParts(first: Interactions, second: Interactions): Interactions {
  const { values, times } = first.byUser;
  const columns = { value: values !== undefined, time: times !== undefined };
  const events = createEvents(columns, { users: new IdTable(), items: new IdTable() });
  for (const part of [first, second]) {
    for (const { user, item, value, time } of part) {
      events.user.push(user);
      events.item.push(item);
      events.value?.push(value);
      events.time?.push(time);
    }
  }
  return buildInteractions(events, first).interactions;
}
