import { readSegment, segmentsIn } from "./segments.ts";
import { isEvent, type NumberedEntry, type NumberedEvent } from "./types.ts";

/** Every event of the log in a folder, in order, without opening it: a server may be writing to it. Throws STORE_CORRUPT. */
export async function* eventsOf(folder: string): AsyncGenerator<NumberedEvent> {
  for await (const entry of entriesOf(folder)) if (isEvent(entry)) yield entry;
}

/** Everything in the log, as `eventsOf`. */
export async function* entriesOf(folder: string): AsyncGenerator<NumberedEntry> {
  const segments = segmentsIn(folder);
  for (const [i, segment] of segments.entries()) {
    const { entries } = await readSegment(segment, i === segments.length - 1);
    yield* entries;
  }
}
