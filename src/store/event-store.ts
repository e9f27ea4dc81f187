import type { Entry, NumberedEntry } from "./types.ts";

/** Who is told what is in a store: all of it when the store is opened, then whatever comes. */
export interface StoreListener {
  /** Sees every entry in the order of its number, each before it is acknowledged. */
  readonly onEntry?: ((entry: NumberedEntry) => void) | undefined;
  /** Called when a person's entries are gone; `elsewhere`: another process has erased them. */
  readonly onErase?: ((user: string, elsewhere: boolean) => void) | undefined;
  /** What was seen until now counts no more: all of it comes again. */
  readonly onReset?: (() => void) | undefined;
  /** Entries that may wait to be written; more are refused with STORE_BUSY. Default 100,000. */
  readonly mostWaiting?: number | undefined;
}

/** Where events, and changes of items and people, are kept: the only state that a service has beside its models. */
export interface EventStore {
  /** embedded: files of this process alone; shared: a server that several processes write to. */
  readonly kind: "embedded" | "shared";
  /** Number of the last entry seen; 0 where there is none. */
  readonly last: number;
  /** Whether it takes entries. */
  readonly isSound: boolean;
  /** Number of the last of the entries, once all of them are safe and seen. Rejects with STORE_BUSY, STORE_WRITE. */
  append(entries: readonly Entry[]): Promise<number>;
  /** Takes a person's entries out and returns how many there were; others keep their numbers. */
  erase(user: string): Promise<number>;
  /** Resolves when what was acknowledged until now, to whomever, is seen; or when the store cannot be reached. Never rejects. */
  refresh(): Promise<void>;
  /** Waits for what was appended, then takes no more. */
  close(): Promise<void>;
}
