import { fromEvents } from "../../src/dataset/build.ts";
import type { Interactions } from "../../src/dataset/interactions.ts";
import { createEvents } from "../../src/ingest/index.ts";

/** "user item value time" (value and time may be left out everywhere) per row; `-` is an unknown time. */
export function interactionsOf(rows: readonly string[], policy?: "last" | "sum"): Interactions {
  const width = Math.max(...rows.map((row) => row.split(" ").length));
  const events = createEvents({ value: width > 2, time: width > 3 });
  for (const row of rows) {
    const [user = "", item = "", value = "1", time = "-"] = row.split(" ");
    events.user.push(events.users.internText(user));
    events.item.push(events.items.internText(item));
    events.value?.push(Number(value));
    events.time?.push(time === "-" ? Number.NaN : Number(time));
  }
  return fromEvents(events, policy).interactions;
}

/** The inverse: rows in the order of `byUser`. */
export function rowsOf(interactions: Interactions): string[] {
  const { values, times } = interactions.byUser;
  return Array.from(interactions, ({ user, item, value, time }) => {
    const ids = [interactions.users.id(user), interactions.items.id(item)];
    return [...ids, ...(values || times ? [value] : []), ...(times ? [Number.isNaN(time) ? "-" : time] : [])].join(" ");
  });
}
