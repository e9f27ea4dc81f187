import { join } from "node:path";
import { attempt } from "./attempt.ts";
import { checkParameters, checkPlans, checkSizes } from "./check.ts";
import { encodeIds } from "./ids.ts";
import { type Digests, encodeManifest, type FileName, MANIFEST } from "./manifest.ts";
import { writeSafetensors } from "./safetensors/write.ts";
import { FileSink } from "./sink.ts";
import { toTensors } from "./tensors.ts";
import type { Artifact } from "./types.ts";

/**
 * Writes the files of a run into an empty directory, each forced to the disk, the manifest last. For callers that replace
 * directories themselves; everybody else wants `saveArtifact`. Throws ARTIFACT_WRITE (disk full,
 * no permission); ARTIFACT_SHAPE or ARTIFACT_CORRUPT where the artifact contradicts itself: nothing is written then.
 */
export function writeArtifact(directory: string, artifact: Artifact): Promise<void> {
  return attempt(directory, () => writeFiles(directory, artifact));
}

/** `writeArtifact` without its own error for failed writes, which pass through. */
export async function writeFiles(directory: string, artifact: Artifact): Promise<void> {
  const tensors = toTensors(artifact);
  checkPlans(artifact.plans);
  checkParameters(artifact.plans, new Map([...tensors].map(([name, { shape }]) => [name, shape])));
  checkSizes(artifact);
  const create = (name: FileName | typeof MANIFEST, fill: (sink: FileSink) => Promise<void>) =>
    FileSink.create(join(directory, name), fill);
  const files: Digests = {
    "weights.safetensors": await create("weights.safetensors", (sink) => writeSafetensors(sink, tensors)),
    "plans.json": await create("plans.json", (sink) => sink.write(encodeText(JSON.stringify(artifact.plans)))),
    "users.ids": await create("users.ids", (sink) => writeIds(sink, artifact.users)),
    "items.ids": await create("items.ids", (sink) => writeIds(sink, artifact.items)),
  };
  await create(MANIFEST, (sink) => sink.write(encodeManifest({ metadata: artifact.metadata, files })));
}

const encodeText = (text: string) => new TextEncoder().encode(text);

async function writeIds(sink: FileSink, ids: readonly string[]): Promise<void> {
  for (const bytes of encodeIds(ids)) await sink.write(bytes);
}
