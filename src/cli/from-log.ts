import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fail } from "../core/errors.ts";
import { extendDataset, saveDataset } from "../dataset/index.ts";
import { eventsOf, type LoggedEvent, MEANING } from "../store/index.ts";
import { openDataset } from "./datasets.ts";
import { grouped } from "./format.ts";
import { writeLines } from "./row-file.ts";
import { eventFolder } from "./service-files.ts";
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
 * Writes the data set NAME-log: NAME (by default the newest) and the events of the log that speak for an item; where the data are ratings, the
 * ratings alone. Made anew each time, from NAME as it is now. Throws WORKSPACE_EMPTY where there is nothing to add.
 */
export async function growFromLog(session: Session, named: string | undefined): Promise<GrownDataset> {
  const { workspace } = session;
  const chosen = workspace.choose("dataset", named);
  const stem = chosen.slice(0, -SUFFIX.length);
  const isGrown = chosen.endsWith(SUFFIX) && workspace.has("dataset", stem);
  const base = await openDataset(session, isGrown ? stem : chosen);
  const isRated = base.interactions.byUser.values !== undefined;
  const folder = await mkdtemp(join(tmpdir(), "penchant-"));
  const name = `${base.name}${SUFFIX}`;
  const release = workspace.lock("dataset", name);
  try {
    const file = join(folder, "events.jsonl");
    await writeLines(file, lines(session, isRated));
    const columns = {
      user: "user",
      item: "item",
      ...(isRated && { value: "value" }),
      time: "time",
    };
    const { dataset, added } = await extendDataset(base, file, { format: "jsonl", ...columns, signal: session.signal });
    await workspace.write("dataset", name, (to) => saveDataset(to, dataset));
    session.note(
      `Data set ${name}: ${base.name} and ${grouped(added.rows)} ${isRated ? "ratings" : "events"} of the log (${grouped(added.users)} new users, ${grouped(added.items)} new items).`,
    );
    return { dataset: name, events: added.rows, users: added.users, items: added.items };
  } finally {
    release();
    await rm(folder, { recursive: true, force: true });
  }
}

async function* lines(session: Session, isRated: boolean): AsyncGenerator<string> {
  let count = 0;
  for await (const event of eventsOf(eventFolder(session))) {
    if (!speaks(event, isRated)) continue;
    const { user, item, time, value } = event;
    count++;
    yield JSON.stringify({ user, item, time, ...(isRated && { value }) });
  }
  if (count > 0) return;
  fail("WORKSPACE_EMPTY", {
    what: `The event log of ${session.workspace.root} holds no ${isRated ? "ratings" : "events that speak for an item"}`,
    fix: isRated
      ? "The data are ratings: send events of the type rating."
      : "Start penchant serve, and send it events.",
  });
}

/** Whether a model can learn from it that the person likes the item, or how much. */
const speaks = ({ type }: LoggedEvent, isRated: boolean): boolean =>
  isRated ? type === "rating" : MEANING[type] === "likes";
