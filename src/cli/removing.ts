import { PenchantError } from "../core/errors.ts";
import { readRun } from "./runs.ts";
import type { Session } from "./session.ts";
import type { Kind } from "./workspace/workspace.ts";

/** What `penchant remove --json` prints. */
export interface Removed {
  readonly removed: "run" | "data" | "tuning";
  readonly name: string;
  /** Whether a checkpoint of an interrupted training went with the run. */
  readonly checkpoint?: boolean;
  /** Runs that were trained on the data set: they still answer, and can no longer be measured. */
  readonly runs?: readonly string[];
}

/** Removes a run, a data set or a tuning of the workspace, whole or not at all. Throws WORKSPACE_UNKNOWN, WORKSPACE_BUSY. */
export async function removeEntry(session: Session, removed: Removed["removed"], name: string): Promise<Removed> {
  const { workspace } = session;
  const kind: Kind = removed === "data" ? "dataset" : removed;
  const hasCheckpoint = kind === "run" && workspace.resumable().includes(name);
  if (!hasCheckpoint) workspace.path(kind, name);
  const release = workspace.lock(kind, name);
  try {
    if (workspace.has(kind, name)) workspace.remove(kind, name);
    if (kind === "run") {
      workspace.removeCheckpoints(name);
      return { removed, name, checkpoint: hasCheckpoint };
    }
    if (kind === "tuning") return { removed, name };
    return { removed, name, runs: await runsOn(session, name) };
  } finally {
    release();
  }
}

/** Names of the runs that were trained on a data set of that name. */
export async function runsOn(session: Session, dataset: string): Promise<string[]> {
  const runs: string[] = [];
  for (const name of session.workspace.names("run")) {
    try {
      const { metadata } = await readRun(session, name);
      if (metadata.dataset.name === dataset) runs.push(name);
    } catch (error) {
      if (!(error instanceof PenchantError)) throw error; // a damaged run is nobody's
    }
  }
  return runs;
}
