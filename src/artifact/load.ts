import { existsSync } from "node:fs";
import { join } from "node:path";
import { checkFolder } from "../core/argument.ts";
import { fail, PenchantError } from "../core/errors.ts";
import { type Form, misfit } from "../core/form.ts";
import { checkMatrices, checkNewcomer, checkParameters, checkPlans, checkSizes } from "./check.ts";
import { decodeIds } from "./ids.ts";
import {
  decodeManifest,
  type FileName,
  isOfEnsemble,
  MANIFEST,
  type Manifest,
  memberFolder,
  memberNames,
} from "./manifest.ts";
import { readSafetensors } from "./safetensors/read.ts";
import { FileSource } from "./source.ts";
import { fromTensors } from "./tensors.ts";
import type { Artifact, RunMetadata } from "./types.ts";

/**
 * Loads a saved run. Everything is checked before it is used: checksums, plans, shapes, sizes.
 * Throws ARTIFACT_MISSING, ARTIFACT_VERSION, ARTIFACT_CORRUPT, ARTIFACT_SHAPE, and ARTIFACT_ENSEMBLE for several runs in one, which
 * `loadSaved` loads.
 */
export async function loadArtifact(directory: string): Promise<Artifact> {
  checkFolder(directory, "loadArtifact(directory)");
  const manifest = await readManifest(directory);
  if (isOfEnsemble(manifest.metadata)) noArtifact(directory, manifest.metadata);
  return loadFiles(directory, manifest);
}

/** The rest of a run, whose manifest has been read. */
export async function loadFiles(directory: string, { metadata, files }: Manifest): Promise<Artifact> {
  const read = <T>(name: FileName, use: (source: FileSource) => Promise<T>) =>
    readFrom(join(settled(directory), name), (path) => FileSource.read(path, use, files[name]));
  const { tensors } = await read("weights.safetensors", readSafetensors);
  const { shapes, unlearned, kinds, matrices, lastTimes, ...arrays } = fromTensors(tensors);
  const plans = await read("plans.json", async (source) => parsePlans(await source.rest()));
  const users = await read("users.ids", async (source) => decodeIds(await source.rest()));
  const items = await read("items.ids", async (source) => decodeIds(await source.rest()));
  checkPlans(plans);
  checkParameters(plans, shapes);
  const optional = {
    ...(unlearned && { unlearned }),
    ...(Object.keys(kinds).length > 0 && { kinds }),
    ...(lastTimes && { lastTimes }),
    ...(Object.keys(matrices).length > 0 && { matrices }),
  };
  const artifact = { metadata, plans, users, items, ...arrays, ...optional };
  checkMatrices(artifact);
  checkNewcomer(artifact);
  checkSizes(artifact);
  return artifact;
}

function noArtifact(directory: string, metadata: RunMetadata): never {
  const members = memberNames(metadata);
  fail("ARTIFACT_ENSEMBLE", {
    what: `${directory} is an ensemble: it has no weights of its own`,
    received: `an ensemble of ${members.join(", ")}`,
    fix: `Do it with one of its members: ${members.join(", ")}.`,
    details: { path: directory, members },
  });
}

/** The users of a saved run, by index, without its weights. Throws as `loadSaved` does. */
export async function readUsers(directory: string): Promise<string[]> {
  const { metadata, files } = await readManifest(directory);
  if (isOfEnsemble(metadata)) return readUsers(join(settled(directory), memberFolder(0)));
  return readFrom(join(settled(directory), "users.ids"), (path) =>
    FileSource.read(path, async (source) => decodeIds(await source.rest()), files["users.ids"]),
  );
}

/** What a saved run is, without its weights. Throws as `loadArtifact` does. */
export async function readManifest(directory: string): Promise<Manifest> {
  const path = join(settled(directory), MANIFEST);
  if (!existsSync(path)) {
    fail("ARTIFACT_MISSING", { what: `There is no saved run in ${directory}`, details: { path: directory } });
  }
  return readFrom(path, () => FileSource.read(path, async (source) => decodeManifest(await source.rest())));
}

/** The directory, or its previous version where a process died while it replaced it. See `save.ts`. */
export function settled(directory: string): string {
  const plain = directory.replace(/[/\\]+$/, "");
  return !existsSync(plain) && existsSync(`${plain}~`) ? `${plain}~` : directory;
}

export async function readFrom<T>(path: string, read: (path: string) => Promise<T>): Promise<T> {
  try {
    return await read(path);
  } catch (cause) {
    if (cause instanceof PenchantError) throw cause;
    return fail("ARTIFACT_CORRUPT", {
      what: `${path} cannot be read`,
      received: (cause as Error).message,
      details: { path },
      cause,
    });
  }
}

const fitted: { readonly [field: string]: Form } = {
  columns: [{ name: "string", kind: "string", width: "count" }],
  width: "count",
};

/** What each plan holds is checked afterwards. */
const form: Form = {
  score: "object",
  "foldIn?": { score: "object", userParameters: ["string"] },
  "history?": { score: "object", userParameters: ["string"] },
  "influence?": "object",
  "itemVectors?": "object",
  "itemTables?": "object",
  "newcomer?": "object",
  "features?": { "users?": fitted, "items?": fitted, "context?": { ...fitted, told: ["string"], "end?": "number" } },
};

function parsePlans(bytes: Uint8Array): Artifact["plans"] {
  const plans: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  const wrong = misfit(plans, form);
  if (!wrong) return plans as Artifact["plans"];
  return fail("ARTIFACT_CORRUPT", {
    what: `plans.json is damaged: ${wrong.path} is ${wrong.received}`,
    expected: wrong.expected,
  });
}
