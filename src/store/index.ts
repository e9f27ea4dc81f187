export type { AppendedFile, Disk } from "./disk.ts";
export { EventLog, type EventLogOptions } from "./event-log.ts";
export { eventsOf } from "./read.ts";
export { EVENT_TYPES, type EventType, type LoggedEvent, type NumberedEvent } from "./types.ts";
