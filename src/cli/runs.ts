import type { Artifact, RunMetadata } from "../artifact/index.ts";
import type { Session } from "./session.ts";

/** A saved run without its weights. */
export interface SavedRun {
  readonly name: string;
  readonly folder: string;
  readonly metadata: RunMetadata;
}

/** The run named, or the newest one, which is then said. Throws WORKSPACE_UNKNOWN, WORKSPACE_EMPTY and as `readManifest`. */
export async function openRun(session: Session, named: string | undefined): Promise<SavedRun> {
  const name = session.workspace.choose("run", named);
  if (named === undefined) session.note(`Using the newest run, "${name}".`);
  return readRun(session, name);
}

export async function readRun(session: Session, name: string): Promise<SavedRun> {
  const { readManifest } = await import("../artifact/index.ts");
  const folder = session.workspace.path("run", name);
  return { name, folder, metadata: (await readManifest(folder)).metadata };
}

export async function loadRun({ folder }: SavedRun): Promise<Artifact> {
  const { loadArtifact } = await import("../artifact/index.ts");
  return loadArtifact(folder);
}

/** What the training noted about itself, by name. */
export function trainingFact(metadata: RunMetadata, name: "seconds" | "peakMemoryBytes" | "bestEpoch"): number {
  const value = metadata.training[name];
  return typeof value === "number" ? value : Number.NaN;
}
