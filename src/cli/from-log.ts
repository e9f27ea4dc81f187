import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fail } from "../core/errors.ts";
import { extendDataset, type ReadOptions, saveDataset } from "../dataset/index.ts";
import { type LoggedEvent, MEANING } from "../store/index.ts";
import { type OpenDataset, openDataset } from "./datasets.ts";
import { loggedEvents } from "./event-source.ts";
import { grouped } from "./format.ts";
import { writeLines } from "./row-file.ts";
import type { Session } from "./session.ts";

/** A data set and what people did since, as a data set of its own. */
export interface GrownDataset {
  readonly dataset: string;
  /** Events of the log that were added. */
  readonly events: number;
  readonly users: number;
  readonly items: number;
}

const SUFFIX = "-log";

/**
 * Writes the data set NAME-log: NAME (by default the newest) and the events of the log (see `readingOf`). Made anew each time, from NAME as it is now. Throws WORKSPACE_EMPTY where there is nothing to add.
 */
export async function growFromLog(session: Session, named: string | undefined): Promise<GrownDataset> {
  const { workspace } = session;
  const chosen = workspace.choose("dataset", named);
  const stem = chosen.slice(0, -SUFFIX.length);
  const isGrown = chosen.endsWith(SUFFIX) && workspace.has("dataset", stem);
  const base = await openDataset(session, isGrown ? stem : chosen);
  const reading = await readingOf(session, base);
  const folder = await mkdtemp(join(tmpdir(), "penchant-"));
  const name = `${base.name}${SUFFIX}`;
  const release = workspace.lock("dataset", name);
  try {
    const file = join(folder, "events.jsonl");
    const context = base.features?.context?.map((column) => column.name) ?? [];
    const keys = keysBeside(context);
    await writeLines(file, lines(session, reading, { context, keys }));
    const { event, value } = reading.columns;
    const columns = {
      ...{ user: keys.user, item: keys.item, time: keys.time, eventValues: reading.columns.eventValues },
      ...{ event: event && keys.type, value: value && keys.value },
    };
    const { dataset, added } = await extendDataset(base, file, {
      format: "jsonl",
      ...columns,
      context,
      signal: session.signal,
    });
    await workspace.write("dataset", name, (to) => saveDataset(to, dataset));
    session.note(
      `Data set ${name}: ${base.name} and ${grouped(added.rows)} ${reading.called} of the log (${grouped(added.users)} new users, ${grouped(added.items)} new items).`,
    );
    return { dataset: name, events: added.rows, users: added.users, items: added.items };
  } finally {
    release();
    await rm(folder, { recursive: true, force: true });
  }
}

/** How the events of the log are read as rows of the data. */
interface Reading {
  readonly columns: Pick<ReadOptions, "value" | "event" | "eventValues">;
  readonly called: "ratings" | "events";
  /** What an event counts as; undefined where the data have no place for it. */
  worthOf(event: LoggedEvent): number | undefined;
}

/**
 * Data of kinds of events take those that they have values for, and of the others what speaks for an item or against it; data of ratings take ratings
 * alone; others what speaks for an item, and with values what speaks against it.
 */
async function readingOf(session: Session, { interactions, report }: OpenDataset): Promise<Reading> {
  const { eventValues } = report.source;
  const kinds = { event: interactions.recorded?.types ? "type" : (false as const), eventValues: undefined };
  const isRated = interactions.byUser.values !== undefined && eventValues === undefined;
  if (isRated) {
    return {
      columns: { ...kinds, value: "value" },
      called: "ratings",
      worthOf: ({ type, value }) => (type === "rating" ? value : undefined),
    };
  }
  const meant = ({ type }: LoggedEvent) =>
    eventValues?.[type] ?? { likes: 1, dislikes: -1, met: undefined, nothing: undefined }[MEANING[type]];
  const isWeighed = eventValues !== undefined || (await anyEvent(session, (event) => (meant(event) ?? 0) < 0));
  return { columns: { ...kinds, value: isWeighed ? "value" : (false as const) }, called: "events", worthOf: meant };
}

async function anyEvent(session: Session, holds: (event: LoggedEvent) => boolean): Promise<boolean> {
  for await (const event of loggedEvents(session)) if (holds(event)) return true;
  return false;
}

/** Names of what is told of an event, beside those of its context. */
function keysBeside(context: readonly string[]) {
  const free = (name: string): string => (context.includes(name) ? free(`${name}_`) : name);
  return { user: free("user"), item: free("item"), time: free("time"), type: free("type"), value: free("value") };
}

interface Lined {
  /** Names of the columns that the data set has of events. */
  readonly context: readonly string[];
  readonly keys: ReturnType<typeof keysBeside>;
}

async function* lines(
  session: Session,
  { worthOf, called }: Reading,
  { context: names, keys }: Lined,
): AsyncGenerator<string> {
  let count = 0;
  for await (const event of loggedEvents(session)) {
    const value = worthOf(event);
    if (value === undefined) continue;
    const { user, item, time, type, context = {} } = event;
    count++;
    const told = names.map((name) => [name, context[name] ?? null] as const);
    yield JSON.stringify({
      ...{ [keys.user]: user, [keys.item]: item, [keys.time]: time, [keys.type]: type, [keys.value]: value },
      ...Object.fromEntries(told),
    });
  }
  if (count > 0) return;
  fail("WORKSPACE_EMPTY", {
    what: `The event log of ${session.workspace.root} holds no ${called === "ratings" ? "ratings" : "events that speak for an item"}`,
    fix:
      called === "ratings"
        ? "The data are ratings: send events of the type rating."
        : "Start penchant serve, and send it events.",
  });
}
