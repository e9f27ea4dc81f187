import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { checkArgument, checkFolder, has } from "../core/argument.ts";
import { fail } from "../core/errors.ts";
import { type Fusion, fusions } from "../core/fuse.ts";
import { loadFiles, readFrom, readManifest, settled } from "./load.ts";
import { encodeManifest, isOfEnsemble, MANIFEST, type MemberDigests, memberFolder, memberNames } from "./manifest.ts";
import { type SaveOptions, saveArtifact, saveWhole, syncDirectory } from "./save.ts";
import { type FileDigest, FileSink } from "./sink.ts";
import { FileSource } from "./source.ts";
import { type Ensemble, type EnsembleMember, isEnsemble, type Saved } from "./types.ts";
import { writeFiles } from "./write.ts";

/**
 * Saves an ensemble as a directory, its members in it as runs of their own, whole or not at all: what becomes of the runs that it was made
 * of changes nothing. Throws as `saveArtifact` does.
 */
export async function saveEnsemble(directory: string, ensemble: Ensemble, options: SaveOptions = {}): Promise<void> {
  const call = "saveEnsemble(directory, ensemble)";
  checkFolder(directory, call);
  checkArgument(has(ensemble, "members"), ensemble, { call, name: "the ensemble", expected: "what ensembleOf gave" });
  await saveWhole(directory, (aside) => writeEnsemble(aside, ensemble), options);
}

/** `saveArtifact` or `saveEnsemble`, as it is one or the other. */
export const saveSaved = (directory: string, saved: Saved, options: SaveOptions = {}): Promise<void> =>
  isEnsemble(saved) ? saveEnsemble(directory, saved, options) : saveArtifact(directory, saved, options);

async function writeEnsemble(directory: string, { metadata, members }: Ensemble): Promise<void> {
  const files: Record<string, FileDigest> = {};
  for (const [place, { artifact }] of members.entries()) {
    const folder = join(directory, memberFolder(place));
    await mkdir(folder, { recursive: true });
    await writeFiles(folder, artifact);
    await syncDirectory(folder);
    files[`${memberFolder(place)}/${MANIFEST}`] = await digestOf(join(folder, MANIFEST));
  }
  const manifest = encodeManifest({ metadata, files: files satisfies MemberDigests });
  await FileSink.create(join(directory, MANIFEST), (sink) => sink.write(manifest));
}

const digestOf = (path: string): Promise<FileDigest> =>
  FileSource.read(path, async (source) => {
    await source.rest();
    return source.digest();
  });

/**
 * Loads what was saved, a run or an ensemble of runs: `createRecommender` answers from either. Throws ARTIFACT_MISSING,
 * ARTIFACT_VERSION, ARTIFACT_CORRUPT, ARTIFACT_SHAPE.
 */
export async function loadSaved(directory: string): Promise<Saved> {
  checkFolder(directory, "loadSaved(directory)");
  const manifest = await readManifest(directory);
  const { metadata, files } = manifest;
  if (!isOfEnsemble(metadata)) return loadFiles(directory, manifest);
  const { fusion, weights } = settingsOf(metadata.model.config);
  const members: EnsembleMember[] = [];
  for (const [place, run] of memberNames(metadata).entries()) {
    const folder = join(settled(directory), memberFolder(place));
    const expected = files[`${memberFolder(place)}/${MANIFEST}`];
    await readFrom(join(folder, MANIFEST), (path) => FileSource.read(path, (source) => source.rest(), expected));
    const artifact = await loadFiles(folder, await readManifest(folder));
    members.push({ run, weight: weights[place] ?? damaged("a member without a weight"), artifact });
  }
  const [first] = members;
  if (!first) return damaged("no members");
  const { users, items, history, unlearned, popularity } = first.artifact;
  const sizes = [users.length, items.length].join();
  for (const { artifact } of members) {
    if ([artifact.users.length, artifact.items.length].join() !== sizes) damaged("members of different sizes");
  }
  return { metadata, fusion, members, users, items, history, ...(unlearned && { unlearned }), popularity };
}

function settingsOf({ fuse, weights }: Ensemble["metadata"]["model"]["config"]): {
  readonly fusion: Fusion;
  readonly weights: readonly number[];
} {
  if (!fusions.includes(fuse as Fusion)) damaged(`the fusion ${JSON.stringify(fuse)}`);
  const isWeight = (weight: unknown): boolean => Number.isFinite(weight) && (weight as number) > 0;
  if (!Array.isArray(weights) || !weights.every(isWeight)) damaged(`the weights ${JSON.stringify(weights)}`);
  return { fusion: fuse as Fusion, weights: weights as readonly number[] };
}

const damaged = (received: string): never => fail("ARTIFACT_CORRUPT", { what: "The ensemble is damaged", received });
