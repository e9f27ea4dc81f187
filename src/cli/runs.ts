import type { Artifact, RunMetadata, Saved } from "../artifact/index.ts";
import type { EpochRecord } from "../train/index.ts";
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

/** A run with weights of its own. Throws ARTIFACT_ENSEMBLE, and as `loadArtifact`. */
export async function loadRun({ folder }: SavedRun): Promise<Artifact> {
  const { loadArtifact } = await import("../artifact/index.ts");
  return loadArtifact(folder);
}

/** A run, or an ensemble of runs. Throws as `loadSaved`. */
export async function loadAny({ folder }: SavedRun): Promise<Saved> {
  const { loadSaved } = await import("../artifact/index.ts");
  return loadSaved(folder);
}

/** How the run came to be what it is: the chosen epoch, what chose it, and what it learned from in the end. */
export interface TrainingFacts {
  readonly bestEpoch?: number;
  /** Of that epoch. */
  readonly validation?: { readonly metric: string; readonly protocol: string; readonly value: number };
  /** Whether it was trained once more, on training and validation together. */
  readonly refit?: boolean;
  /** Whether it learned from the test part too, after it was measured on it. */
  readonly final?: boolean;
}

export function trainingFacts({ training }: RunMetadata): TrainingFacts {
  const { bestEpoch, records, refit, final } = training as unknown as Partial<TrainingFacts> & {
    readonly records?: readonly (EpochRecord | undefined)[];
  };
  const record = Array.isArray(records) ? records.find((one) => one?.epoch === bestEpoch) : undefined;
  const { metric, protocol, value } = record?.validation ?? {};
  return {
    ...(typeof bestEpoch === "number" && bestEpoch > 0 && { bestEpoch }),
    ...(metric !== undefined &&
      protocol !== undefined &&
      value !== undefined && { validation: { metric, protocol, value } }),
    ...(refit === true && { refit }),
    ...(final === true && { final }),
  };
}

/** What the training noted about itself, by name. */
export function trainingFact(metadata: RunMetadata, name: "seconds" | "peakMemoryBytes" | "bestEpoch"): number {
  const value = metadata.training[name];
  return typeof value === "number" ? value : Number.NaN;
}
