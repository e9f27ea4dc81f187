export type { AppendedFile, Disk } from "./disk.ts";
export { EventLog, type EventLogOptions } from "./event-log.ts";
export { entriesOf, eventsOf } from "./read.ts";
export { holdsPerson, isSegment } from "./segments.ts";
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
