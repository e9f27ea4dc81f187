import type { Events } from "./events.ts";

/** An interaction as it was understood, with raw ids. */
export interface ReadInteraction {
  readonly user: string;
  readonly item: string;
  /** Absent where there is none. */
  readonly value?: number;
  /** Kind of event. */
  readonly event?: string;
  /** Unix seconds; absent where unknown. */
  readonly time?: number;
}

/** The first interactions of a source, for people to see whether it was understood. `kinds`: of the first events. */
export function firstInteractions(events: Events, kinds: readonly string[] = [], most = 2): ReadInteraction[] {
  const { users, items, user, item, value, time } = events;
  return Array.from({ length: Math.min(most, user.length) }, (_, at) => {
    const event = kinds[at];
    const [weight, seconds] = [value?.at(at) ?? Number.NaN, time?.at(at) ?? Number.NaN];
    return {
      ...{ user: users.text(user.at(at)), item: items.text(item.at(at)) },
      ...(!Number.isNaN(weight) && { value: weight }),
      ...(event !== undefined && { event }),
      ...(!Number.isNaN(seconds) && { time: seconds }),
    };
  });
}
