import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { checkArgument, checkFolder, has } from "../core/argument.ts";
import { fail } from "../core/errors.ts";
import { makeFolder } from "../files/folder.ts";
import { attempt } from "./attempt.ts";
import { readManifest } from "./load.ts";
import { encodeManifest, MANIFEST } from "./manifest.ts";
import { FileSink } from "./sink.ts";
import type { Artifact, RunMetadata } from "./types.ts";
import { writeFiles } from "./write.ts";

export interface SaveOptions {
  /** Replace a run that is already there. Default false. */
  readonly overwrite?: boolean | undefined;
}

/** Suffix of the run that is being replaced: where a process dies between the two renames, it is still found there. */
export const PREVIOUS = "~";

/**
 * Saves a run as a directory, whole or not at all: it is written beside its place, forced to the disk and renamed into it.
 * Throws ARTIFACT_EXISTS, ARTIFACT_WRITE (disk full, no permission), ARTIFACT_SHAPE and ARTIFACT_CORRUPT (the artifact
 * contradicts itself).
 */
export async function saveArtifact(directory: string, artifact: Artifact, options: SaveOptions = {}): Promise<void> {
  const call = "saveArtifact(directory, artifact)";
  checkFolder(directory, call);
  checkArgument(has(artifact, "parameters", "plans", "metadata"), artifact, {
    ...{ call, name: "the artifact", expected: "what toArtifact or loadArtifact gave" },
    fix: "await saveArtifact(directory, toArtifact(run, interactions)).",
  });
  await saveWhole(directory, (aside) => writeFiles(aside, artifact), options);
}

/** Lets `write` fill a folder, and puts it in place: all of it or nothing. Throws as `saveArtifact` does. */
export async function saveWhole(
  directory: string,
  write: (aside: string) => Promise<void>,
  options: SaveOptions,
): Promise<void> {
  const target = resolve(directory);
  await attempt(target, async () => {
    await checkPlace(target, options);
    makeFolder(dirname(target));
    const aside = join(dirname(target), `.${basename(target)}.partial-${randomUUID()}`);
    try {
      await mkdir(aside);
      await write(aside);
      await syncDirectory(aside);
      await moveInto(target, aside);
    } finally {
      await rm(aside, { recursive: true, force: true });
    }
  });
}

/** Replaces the metadata of a saved run, for instance to note what was measured; the other files stay as they are. */
export async function updateMetadata(directory: string, change: (metadata: RunMetadata) => RunMetadata): Promise<void> {
  const { metadata, files } = await readManifest(directory);
  const path = join(directory, MANIFEST);
  const aside = `${path}.partial`;
  await attempt(path, async () => {
    try {
      await rm(aside, { force: true });
      await FileSink.create(aside, (sink) => sink.write(encodeManifest({ metadata: change(metadata), files })));
      await rename(aside, path);
      await syncDirectory(directory);
    } finally {
      await rm(aside, { force: true });
    }
  });
}

async function checkPlace(target: string, { overwrite }: SaveOptions): Promise<void> {
  if (!existsSync(target)) return;
  const content = await readdir(target);
  if (content.length === 0 || (overwrite && content.includes(MANIFEST))) return;
  fail("ARTIFACT_EXISTS", {
    what: content.includes(MANIFEST) ? `${target} holds a run already` : `${target} holds something else than a run`,
    ...(!content.includes(MANIFEST) && { fix: "Choose another directory." }),
    details: { path: target },
  });
}

async function moveInto(target: string, aside: string): Promise<void> {
  const previous = target + PREVIOUS;
  const replaces = existsSync(target);
  if (replaces) {
    await rm(previous, { recursive: true, force: true });
    await rename(target, previous);
  }
  try {
    await rename(aside, target);
  } catch (error) {
    if (replaces) await rename(previous, target);
    throw error;
  }
  await syncDirectory(dirname(target));
  await rm(previous, { recursive: true, force: true });
}

/** Makes renames in the directory durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } catch (error) {
    // Some systems cannot sync directories.
    if (!["EPERM", "EISDIR", "EINVAL"].includes(String((error as NodeJS.ErrnoException).code))) throw error;
  } finally {
    await handle.close();
  }
}
