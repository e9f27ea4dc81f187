import { existsSync } from "node:fs";
import { loadIndex, loadSaved, saveIndex, saveSaved } from "../artifact/index.ts";
import { fail, PenchantError } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import { loadDataset, saveDataset, withoutUser } from "../dataset/index.ts";
import { forgetUser } from "../retrieve/index.ts";
import { noteChanged } from "./deployments.ts";
import { openStore } from "./event-source.ts";
import { eventFolder, lockEvents } from "./service-files.ts";
import type { Session } from "./session.ts";
import { type Traces, tracesOf } from "./traces.ts";
import { carryUserValues } from "./user-values.ts";

/** What `penchant forget --json` prints. */
export interface Forgotten {
  readonly user: string;
  readonly datasets: readonly { readonly dataset: string; readonly interactions: number }[];
  readonly runs: readonly {
    readonly run: string;
    readonly interactions: number;
    /** Tables of the model that have lost the user's own row. */
    readonly tables: readonly string[];
  }[];
  /** Deployments, which are copies of runs. */
  readonly models: readonly {
    readonly model: string;
    readonly interactions: number;
    readonly tables: readonly string[];
  }[];
  /** Removed: what they hold of whom cannot be told, and none of them fits its data set any more. */
  readonly checkpoints: readonly string[];
  /** Entries that were taken out of the event log of `penchant serve`. */
  readonly events: number;
  /** The search for what is left: nothing is. */
  readonly searched: Pick<Traces, "files" | "bytes">;
}

/**
 * Takes a user out of every data set, every run and the event log of the workspace, and then looks through all its files for what is left.
 * Each entry is replaced as a whole; done again after an interruption, it goes on. Throws DATA_USER_UNKNOWN where nothing of
 * the user is found, DATA_FORGET where something could not be removed, WORKSPACE_BUSY.
 */
export async function forget(session: Session, user: string): Promise<Forgotten> {
  if (session.store === undefined && !existsSync(eventFolder(session))) {
    return await forgetWith(session, user, async () => 0);
  }
  const release = lockEvents(session);
  try {
    const log = await openStore(session);
    return await forgetWith(session, user, () => log.erase(user)).finally(() => log.close());
  } finally {
    release();
  }
}

/** As `forget`, where the event log is open already. */
export async function forgetWith(
  session: Session,
  user: string,
  eraseEvents: () => Promise<number>,
): Promise<Forgotten> {
  const { workspace, signal } = session;
  const unreadable: string[] = [];
  const datasets: Forgotten["datasets"][number][] = [];
  const runs: Forgotten["runs"][number][] = [];
  const models: Forgotten["models"][number][] = [];
  const ids = new Set<string>();
  const reading = async (work: () => Promise<void>): Promise<void> => {
    signal.throwIfAborted();
    try {
      await work();
    } catch (error) {
      if (!(error instanceof PenchantError) || !/^(ARTIFACT|DATA_STORED)/.test(error.code)) throw error;
      unreadable.push(error.message);
    }
  };
  for (const name of workspace.names("dataset"))
    await reading(() => forgetInDataset(session, { name, user, ids, done: datasets }));
  for (const name of workspace.names("run")) await reading(() => forgetInRun(session, { name, user, ids, done: runs }));
  for (const name of workspace.names("model")) {
    await reading(() => forgetInModel(session, { name, user, ids, done: models }));
  }
  const checkpoints = datasets.length > 0 ? removeCheckpoints(session) : [];
  const events = await eraseEvents(); // last: servers that share the log, and maybe this folder, do the same when they see it
  if (datasets.length + runs.length + models.length + events === 0) unknown(user, ids);
  const { found, ...searched } = await tracesOf(workspace.root, user);
  if (found.length + unreadable.length > 0) left(user, found, unreadable);
  return { user, datasets, runs, models, checkpoints, events, searched };
}

interface Task<Done> {
  readonly name: string;
  readonly user: string;
  /** Ids met on the way, for advice. */
  readonly ids: Set<string>;
  readonly done: Done[];
}

async function forgetInDataset(
  session: Session,
  { name, user, ids, done }: Task<Forgotten["datasets"][number]>,
): Promise<void> {
  const { workspace } = session;
  const release = workspace.lock("dataset", name);
  try {
    const dataset = await loadDataset(workspace.path("dataset", name));
    for (const id of dataset.interactions.users) ids.add(id);
    const rest = withoutUser(dataset, user);
    if (rest === dataset) return;
    await workspace.write("dataset", name, (folder) => saveDataset(folder, rest));
    const size = ({ interactions, given }: typeof dataset) =>
      interactions.size + (given ? given.test.size + (given.validation?.size ?? 0) : 0);
    done.push({ dataset: name, interactions: size(dataset) - size(rest) });
  } finally {
    release();
  }
}

async function forgetInRun(session: Session, task: Task<Forgotten["runs"][number]>): Promise<void> {
  const forgotten = await forgetInArtifact(session, "run", task);
  if (forgotten) task.done.push({ run: task.name, ...forgotten });
}

async function forgetInModel(session: Session, task: Task<Forgotten["models"][number]>): Promise<void> {
  const forgotten = await forgetInArtifact(session, "model", task);
  if (!forgotten) return;
  await noteChanged(session, task.name);
  task.done.push({ model: task.name, ...forgotten });
}

async function forgetInArtifact(
  { workspace }: Session,
  kind: "run" | "model",
  { name, user: id, ids }: Omit<Task<unknown>, "done">,
): Promise<{ readonly interactions: number; readonly tables: readonly string[] } | undefined> {
  const release = workspace.lock(kind, name);
  try {
    const now = workspace.path(kind, name);
    const artifact = await loadSaved(now);
    for (const each of artifact.users) ids.add(each);
    const forgotten = forgetUser(artifact, id);
    if (!forgotten) return undefined;
    const user = artifact.users.indexOf(id);
    const index = await loadIndex(now); // of items alone, which stay as they are
    await workspace.write(kind, name, async (folder) => {
      await saveSaved(folder, forgotten.artifact);
      await carryUserValues(now, folder, user);
      if (index) await saveIndex(folder, index);
    });
    return { interactions: forgotten.interactions, tables: forgotten.tables };
  } finally {
    release();
  }
}

function removeCheckpoints({ workspace }: Session): string[] {
  const names = workspace.resumable();
  for (const name of names) {
    const release = workspace.lock("run", name);
    try {
      workspace.removeCheckpoints(name);
    } finally {
      release();
    }
  }
  return names;
}

function unknown(user: string, ids: ReadonlySet<string>): never {
  const close = nearest(user, ids);
  return fail("DATA_USER_UNKNOWN", {
    what: `No data set and no run of the workspace knows a user ${JSON.stringify(user)}`,
    fix: close === undefined ? undefined : `Did you mean ${JSON.stringify(close)}?`,
    details: { user },
  });
}

function left(user: string, found: readonly string[], unreadable: readonly string[]): never {
  return fail("DATA_FORGET", {
    what: `Something of ${JSON.stringify(user)} may be left`,
    received: [...found, ...unreadable].join("; "),
    fix: "Remove what is named (penchant remove run|data|tuning NAME, or delete the file), then run penchant forget again.",
    details: { found, unreadable },
  });
}
