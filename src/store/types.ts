/** What happened between a person and an item. */
export const EVENT_TYPES = [
  "view",
  "click",
  "like",
  "cart",
  "purchase",
  "rating",
  "skip",
  "dislike",
  "exposure",
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

export interface LoggedEvent {
  readonly user: string;
  readonly item: string;
  readonly type: EventType;
  /** Of a rating: on the scale of the data. */
  readonly value?: number;
  /** Seconds since 1970. */
  readonly time: number;
  /** Of an exposure: which model showed it (`name@version`), and at which place of the list, from 1. */
  readonly model?: string;
  readonly position?: number;
}

/** An event with its number in the log, from 1, ascending; numbers of events that were erased are not given again. */
export interface NumberedEvent extends LoggedEvent {
  readonly n: number;
}
