export type { AppendedFile, Disk } from "./disk.ts";
export { EventLog, type EventLogOptions } from "./event-log.ts";
export type { EventStore, StoreListener } from "./event-store.ts";
export { entriesOf, eventsOf } from "./read.ts";
export { holdsPerson, isSegment } from "./segments.ts";
export { SharedLog, type SharedLogOptions } from "./shared-log.ts";
export {
  type Change,
  type Entry,
  EVENT_TYPES,
  type EventType,
  type Field,
  type Fields,
  type ItemChange,
  isEvent,
  type LoggedEvent,
  MEANING,
  type NumberedEntry,
  type NumberedEvent,
  type UserChange,
} from "./types.ts";
