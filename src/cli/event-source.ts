import {
  EventLog,
  type EventStore,
  entriesOf,
  isEvent,
  type NumberedEntry,
  type NumberedEvent,
  SharedLog,
  type StoreListener,
} from "../store/index.ts";
import { eventFolder } from "./service-files.ts";
import type { Session } from "./session.ts";

/** Everything in the event log, of the workspace or of the store of the session; a server may be writing to it. Throws STORE_CORRUPT, STORE_URL, STORE_CLIENT. */
export const loggedEntries = (session: Session): AsyncIterable<NumberedEntry> =>
  session.store === undefined ? entriesOf(eventFolder(session)) : SharedLog.entries(session.store);

/** The events alone. */
export async function* loggedEvents(session: Session): AsyncGenerator<NumberedEvent> {
  for await (const entry of loggedEntries(session)) if (isEvent(entry)) yield entry;
}

/** Opens the log for writing; the caller holds its lock. Throws as `loggedEntries` does. */
export const openStore = (session: Session, listener: StoreListener = {}): Promise<EventStore> =>
  session.store === undefined ? EventLog.open(eventFolder(session), listener) : SharedLog.open(session.store, listener);
