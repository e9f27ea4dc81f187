import { fail } from "../core/errors.ts";
import { type Form, isObject, misfit } from "../core/form.ts";
import type { FileDigest } from "./sink.ts";
import type { RunMetadata } from "./types.ts";

/**
 * Version of the format that this package writes, and the newest one that it reads.
 * 1: the first. 2: beside the history, what else was known of the users (`unlearned`), which a reader of 1 would recommend.
 * 3: ensembles, which are folders of runs.
 */
export const FORMAT_VERSION = 3;
/** What a run that is no ensemble is written as: readers of it need know no more. */
const PLAIN_VERSION = 2;
const FORMAT = "penchant-run";

export const MANIFEST = "artifact.json";
/** The other files of a run. */
export const FILES = ["weights.safetensors", "plans.json", "users.ids", "items.ids"] as const;
export type FileName = (typeof FILES)[number];
export type Digests = Readonly<Record<FileName, FileDigest>>;
/** Of an ensemble: the manifest of each member by its path, which says what the member's other files must be. */
export type MemberDigests = Readonly<Record<string, FileDigest>>;

/** `artifact.json`: what a run is, and what its other files must be. */
export interface Manifest {
  readonly metadata: RunMetadata;
  readonly files: Readonly<Record<string, FileDigest>>;
}

/** Whether a manifest is of an ensemble, without its members. */
export const isOfEnsemble = ({ model }: RunMetadata): boolean => model.task === "ensemble";

export function encodeManifest({ metadata, files }: Manifest): Uint8Array {
  const formatVersion = isOfEnsemble(metadata) ? FORMAT_VERSION : PLAIN_VERSION;
  const json = { format: FORMAT, formatVersion, metadata, files };
  return new TextEncoder().encode(`${JSON.stringify(json, null, 2)}\n`);
}

/** Throws ARTIFACT_VERSION where a newer package wrote it, ARTIFACT_CORRUPT where it is no manifest. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const { format, formatVersion, metadata, files } = parse(bytes);
  if (format !== FORMAT) corrupt(`it says format ${JSON.stringify(format)}`, `"${FORMAT}"`);
  if (typeof formatVersion !== "number" || !Number.isInteger(formatVersion) || formatVersion < 1) {
    return corrupt(`it says format version ${JSON.stringify(formatVersion)}`, "a positive whole number");
  }
  if (formatVersion > FORMAT_VERSION) newer(formatVersion, metadata);
  const wrong = misfit({ metadata, files }, form);
  if (wrong) corrupt(`${wrong.path} is ${wrong.received}`, wrong.expected);
  const facts = metadata as RunMetadata;
  const { task } = facts.model;
  if (!tasks.includes(task)) corrupt(`metadata.model.task is ${JSON.stringify(task)}`, `one of ${tasks.join(", ")}`);
  checkFiles(files as object, isOfEnsemble(facts) ? memberFiles(facts) : FILES);
  return { metadata: facts, files: files as Manifest["files"] };
}

/** Where an ensemble keeps a member, counted from 0. */
export const memberFolder = (place: number): string => `members/${place + 1}`;

/** Names of the runs that an ensemble was made of; empty where its manifest is damaged. */
export const memberNames = ({ model: { config } }: RunMetadata): readonly string[] =>
  Array.isArray(config["members"]) ? config["members"].map(String) : [];

const memberFiles = (metadata: RunMetadata): string[] =>
  memberNames(metadata).map((_, place) => `${memberFolder(place)}/${MANIFEST}`);

function checkFiles(files: object, names: readonly string[]): void {
  const wrong = misfit(files, Object.fromEntries(names.map((name) => [name, digest])));
  if (wrong) corrupt(`files.${wrong.path} is ${wrong.received}`, wrong.expected);
}

function parse(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const json: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (isObject(json)) return json;
  } catch (cause) {
    return fail("ARTIFACT_CORRUPT", { what: `${MANIFEST} is damaged: it is not JSON`, cause });
  }
  return corrupt("it is not an object", "an object");
}

const digest: Form = { bytes: "count", sha256: "string" };
const form: Form = {
  metadata: {
    created: "string",
    packageVersion: "string",
    model: { name: "string", title: "string", task: "string", config: "object" },
    dataset: { "name?": "string", fingerprint: "string", users: "count", items: "count", interactions: "count" },
    split: { kind: "string" },
    seed: "number",
    training: "object",
    metrics: "object",
  },
  files: "object",
};
const tasks: readonly string[] = [
  "pointwise",
  "pairwise",
  "rating",
  "positives",
  "rows",
  "solve",
  "none",
  "ensemble",
] satisfies RunMetadata["model"]["task"][];

function newer(version: number, metadata: unknown): never {
  const writer = isObject(metadata) && typeof metadata["packageVersion"] === "string" ? metadata["packageVersion"] : "";
  return fail("ARTIFACT_VERSION", {
    what: "This run was saved by a newer version of penchant",
    expected: `format version ${FORMAT_VERSION} or lower`,
    received: `format version ${version}${writer && ` of penchant ${writer}`}`,
    fix: writer ? `Install penchant ${writer} or newer.` : undefined,
    details: { version, packageVersion: writer || undefined },
  });
}

function corrupt(problem: string, expected: string): never {
  return fail("ARTIFACT_CORRUPT", { what: `${MANIFEST} is damaged: ${problem}`, expected });
}
