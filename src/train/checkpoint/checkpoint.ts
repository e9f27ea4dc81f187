import { existsSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { readSafetensors } from "../../artifact/safetensors/read.ts";
import type { StoredTensor } from "../../artifact/safetensors/types.ts";
import { writeSafetensors } from "../../artifact/safetensors/write.ts";
import { FileSink } from "../../artifact/sink.ts";
import { FileSource } from "../../artifact/source.ts";
import { fail, PenchantError } from "../../core/errors.ts";
import { type Form, isObject, misfit } from "../../core/form.ts";
import { makeFolder } from "../../files/folder.ts";
import type { Identity } from "../prepare/identity.ts";
import type { Run } from "../run.ts";
import type { EpochRecord, StageRecord } from "../told/events.ts";
import type { Average, Best } from "./journey.ts";

/** How far a run is. */
export interface Position {
  /** Current epoch, counted from 0, and steps of it that are done. */
  readonly epoch: number;
  readonly step: number;
  /** Sum of the losses of the epoch's rows so far, their number, and the seconds they took. */
  readonly lossSum: number;
  readonly rows: number;
  readonly seconds: number;
}

type Arrays = Readonly<Record<string, Float32Array>>;

/** Everything that continuing takes. */
export interface Checkpoint {
  readonly identity: Identity;
  readonly position: Position;
  readonly records: readonly EpochRecord[];
  readonly best: Best;
  /** Seconds of the phase so far; of a model with several stages, those of the current one. */
  readonly elapsed: number;
  /** The engine's state. */
  readonly state: Arrays;
  /** Parameters of the best epoch, where they are to be restored; in the refit those of the selection. */
  readonly bestParameters: Arrays | undefined;
  readonly average: Average | undefined;
  /** Stages of the phase that are done, and what they learned that the state has not. */
  readonly stages: readonly StageRecord[];
  readonly learned: Arrays;
  /** Present in the refit: what the selection ended with; its parameters are `bestParameters`. */
  readonly selection?: Pick<Run, "epochs" | "bestEpoch" | "stopped" | "seconds" | "stages">;
}

const VERSION = 1;
const FILE = "checkpoint.safetensors";

/**
 * Replaces the directory's checkpoint as a whole: the new file is written beside it, forced to the disk, renamed over it,
 * and the directory is forced to the disk. Whenever the process dies, one complete checkpoint is there. Returns its path.
 * Throws TRAIN_CHECKPOINT.
 */
export async function writeCheckpoint(directory: string, checkpoint: Checkpoint): Promise<string> {
  const [path, partial] = [join(directory, FILE), join(directory, `${FILE}.partial`)];
  const { state, learned, bestParameters: best = {}, average, ...rest } = checkpoint;
  const tensors = new Map<string, StoredTensor>();
  for (const [kind, arrays] of Object.entries({ state, learned, best, average: average?.parameters ?? {} }))
    for (const [name, data] of Object.entries(arrays)) tensors.set(`${kind}/${name}`, { shape: [data.length], data });
  try {
    makeFolder(directory);
    await rm(partial, { force: true });
    const metadata = { penchant: JSON.stringify({ version: VERSION, averaged: average?.epochs ?? 0, ...rest }) };
    await FileSink.create(partial, (sink) => writeSafetensors(sink, tensors, metadata));
    await rename(partial, path);
    await syncDirectory(directory);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => {});
    return unusable(`The checkpoint could not be written to ${path}`, path, cause);
  }
  return path;
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Speeds are not looked at: where no time was measured they are infinite, which JSON has no number for. */
const record: Form = { epoch: "count", loss: "number", seconds: "number" };
const stage: Form = { name: "string", epochs: [record], seconds: "number" };
const form: Form = {
  averaged: "count",
  identity: "object",
  position: { epoch: "count", step: "count", lossSum: "number", rows: "count", seconds: "number" },
  records: [record],
  best: { epoch: "count", stale: "count", "value?": "number" },
  elapsed: "number",
  "stages?": [stage],
  "selection?": { epochs: [record], bestEpoch: "count", stopped: "string", seconds: "number", "stages?": [stage] },
};

/** What is said beside the arrays. Throws where it is something else; of another version any object will do. */
function storedIn(text: string): Stored {
  const stored: unknown = JSON.parse(text);
  const isOther = isObject(stored) && stored["version"] !== VERSION;
  const wrong = isOther ? undefined : misfit(stored, form);
  if (wrong) throw new Error(`${wrong.path} is ${wrong.received} instead of ${wrong.expected}`);
  return stored as Stored;
}

type Stored = { readonly version?: number; readonly averaged: number } & Omit<Checkpoint, "stages"> &
  Partial<Pick<Checkpoint, "stages">>;

/** Whether the directory holds a checkpoint, complete as they all are. */
export const hasCheckpoint = (directory: string): boolean => existsSync(join(directory, FILE));

/** The directory's checkpoint, or undefined where there is none. Throws TRAIN_CHECKPOINT where it cannot be read. */
export async function readCheckpoint(directory: string): Promise<Checkpoint | undefined> {
  const path = join(directory, FILE);
  try {
    const { tensors, metadata } = await FileSource.read(path, readSafetensors);
    const { version, averaged, stages = [], ...rest } = storedIn(metadata["penchant"] ?? "{}");
    if (version !== VERSION) throw new Error(`version ${version} instead of ${VERSION}`);
    const [state, learned, best] = ["state/", "learned/", "best/"].map((kind) => withPrefix(kind, tensors)) as [
      Arrays,
      Arrays,
      Arrays,
    ];
    const average = averaged > 0 ? { epochs: averaged, parameters: withPrefix("average/", tensors) } : undefined;
    return {
      ...rest,
      stages,
      learned,
      state,
      bestParameters: Object.keys(best).length > 0 ? best : undefined,
      average,
    };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    return unusable(`The checkpoint ${path} could not be read`, path, cause);
  }
}

function withPrefix(prefix: string, tensors: ReadonlyMap<string, StoredTensor>): Record<string, Float32Array> {
  const found: Record<string, Float32Array> = {};
  for (const [name, { data }] of tensors) {
    if (name.startsWith(prefix) && data instanceof Float32Array) found[name.slice(prefix.length)] = data;
  }
  return found;
}

function unusable(what: string, path: string, cause: unknown): never {
  const reason = cause instanceof Error ? cause.message.replace(/\.$/, "") : String(cause);
  const fix = cause instanceof PenchantError ? undefined : `Check ${path} and the space left on its disk.`;
  return fail("TRAIN_CHECKPOINT", { what: `${what} (${reason})`, fix, details: { path }, cause });
}
