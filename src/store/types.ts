import { isObject } from "../core/form.ts";
import type { FeatureRow } from "../features/index.ts";

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

/** What a kind of event says: the person likes the item; has met it, no more; does not like it; or nothing. */
export const MEANING: Readonly<Record<EventType, "likes" | "met" | "dislikes" | "nothing">> = {
  view: "likes",
  click: "likes",
  like: "likes",
  cart: "likes",
  purchase: "likes",
  rating: "likes",
  skip: "met",
  dislike: "dislikes",
  exposure: "nothing",
};

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
  /** Of an exposure of a page: the pipeline that made it. */
  readonly pipeline?: string;
  readonly position?: number;
  /** What else is known of it, by the names of columns. */
  readonly context?: FeatureRow;
}

/** What is known of an item or a person, by name. */
export type Field = string | number | boolean | readonly string[] | readonly number[];
export type Fields = Readonly<Record<string, Field>>;

/** put: these fields and no others; patch: these on top, null takes one away; delete: out of the catalogue, or forgotten. */
export type Change =
  | { readonly change: "put"; readonly fields: Fields }
  | { readonly change: "patch"; readonly fields: Readonly<Record<string, Field | null>> }
  | { readonly change: "delete" };

export type ItemChange = { readonly type: "item-change"; readonly item: string; readonly time: number } & Change;
export type UserChange = { readonly type: "user-change"; readonly user: string; readonly time: number } & Change;

/** What the log holds: events, and what was said of items and people. */
export type Entry = LoggedEvent | ItemChange | UserChange;

/** An entry with its number in the log, from 1, ascending; numbers of entries that were erased are not given again. */
export type NumberedEntry = Entry & { readonly n: number };
export type NumberedEvent = LoggedEvent & { readonly n: number };

const TYPES: ReadonlySet<unknown> = new Set([...EVENT_TYPES, "item-change", "user-change"]);

export const isEntry = (value: unknown): value is Entry => isObject(value) && TYPES.has(value["type"]);

export const isEvent = <T extends Entry>(entry: T): entry is T & LoggedEvent =>
  entry.type !== "item-change" && entry.type !== "user-change";
