import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fail, PenchantError } from "../core/errors.ts";
import { attempt } from "./attempt.ts";
import { readSafetensors } from "./safetensors/read.ts";
import { bytesOf, type TensorData } from "./safetensors/types.ts";
import { writeSafetensors } from "./safetensors/write.ts";
import { FileSink } from "./sink.ts";
import { FileSource } from "./source.ts";

/** Beside the files of a run: what an inverted file is, but for the vectors, which the run itself has. */
export const INDEX_FILE = "index.safetensors";

export interface StoredIndex {
  /** `[cells, width]` */
  readonly centroids: Float32Array;
  /** The cell of each item. */
  readonly cellOf: Int32Array;
  /** Of the item vectors that it was made of. */
  readonly fingerprint: number;
  /** Items that a search looks at. */
  readonly effort: number;
  /** The share of the k best that it has to find. */
  readonly bound: number;
  readonly k: number;
}

const VERSION = "1";

/** Writes the index of a run beside its files, whole or not at all. Throws ARTIFACT_WRITE. */
export async function saveIndex(directory: string, index: StoredIndex): Promise<void> {
  const { centroids, cellOf, ...numbers } = index;
  const path = join(directory, INDEX_FILE);
  const aside = `${path}.partial`;
  const facts = JSON.stringify(numbers);
  const metadata = { format: "penchant-index", version: VERSION, facts, sha256: digest(facts, centroids, cellOf) };
  const tensors = new Map([
    ["centroids", { shape: [centroids.length], data: centroids }],
    ["cells", { shape: [cellOf.length], data: cellOf }],
  ]);
  await attempt(path, async () => {
    try {
      await rm(aside, { force: true });
      await FileSink.create(aside, (sink) => writeSafetensors(sink, tensors, metadata));
      await rename(aside, path);
    } finally {
      await rm(aside, { force: true });
    }
  });
}

/** The index of a run; undefined where there is none. Throws INDEX_CORRUPT for a file that is not what was written. */
export async function loadIndex(directory: string): Promise<StoredIndex | undefined> {
  const path = join(directory, INDEX_FILE);
  if (!existsSync(path)) return undefined;
  try {
    return await FileSource.read(path, async (source) => {
      const { tensors, metadata } = await readSafetensors(source);
      const [centroids, cellOf] = [tensors.get("centroids")?.data, tensors.get("cells")?.data];
      const { facts = "", sha256, version } = metadata;
      const isWhole = centroids instanceof Float32Array && cellOf instanceof Int32Array;
      if (!isWhole || version !== VERSION || digest(facts, centroids, cellOf) !== sha256) damaged(path);
      const { fingerprint, effort, bound, k } = JSON.parse(facts) as Omit<StoredIndex, "centroids" | "cellOf">;
      return { centroids, cellOf, fingerprint, effort, bound, k };
    });
  } catch (cause) {
    if (cause instanceof PenchantError && cause.code === "INDEX_CORRUPT") throw cause;
    return damaged(path, cause);
  }
}

function damaged(path: string, cause?: unknown): never {
  const received = cause === undefined ? undefined : (cause as Error).message;
  return fail("INDEX_CORRUPT", { what: `${path} is damaged, or no index`, received, details: { path }, cause });
}

function digest(facts: string, ...arrays: readonly TensorData[]): string {
  const hash = createHash("sha256").update(facts);
  for (const array of arrays) hash.update(bytesOf(array));
  return hash.digest("hex");
}
