import { fail } from "../core/errors.ts";
import type { FileDigest } from "./sink.ts";
import type { RunMetadata } from "./types.ts";

/**
 * Version of the format that this package writes, and the newest one that it reads.
 * 1: the first. 2: beside the history, what else was known of the users (`unlearned`), which a reader of 1 would recommend.
 */
export const FORMAT_VERSION = 2;
const FORMAT = "penchant-run";

export const MANIFEST = "artifact.json";
/** The other files of a run. */
export const FILES = ["weights.safetensors", "plans.json", "users.ids", "items.ids"] as const;
export type FileName = (typeof FILES)[number];
export type Digests = Readonly<Record<FileName, FileDigest>>;

/** `artifact.json`: what a run is, and what its other files must be. */
export interface Manifest {
  readonly metadata: RunMetadata;
  readonly files: Digests;
}

export function encodeManifest({ metadata, files }: Manifest): Uint8Array {
  const json = { format: FORMAT, formatVersion: FORMAT_VERSION, metadata, files };
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
  demand({ metadata }, metadataRules, "");
  demand({ files }, { files: Object.fromEntries(FILES.map((file) => [file, digestRules])) }, "");
  return { metadata: metadata as RunMetadata, files: files as Digests };
}

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parse(bytes: Uint8Array): Fields {
  try {
    const json: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (isObject(json)) return json;
  } catch (cause) {
    return fail("ARTIFACT_CORRUPT", { what: `${MANIFEST} is damaged: it is not JSON`, cause });
  }
  return corrupt("it is not an object", "an object");
}

/** What a value must be: a type, or an object with such fields (it may have more). */
type Rule = "string" | "number" | "object" | { readonly [field: string]: Rule };

const digestRules = { bytes: "number", sha256: "string" } as const;
const metadataRules: Rule = {
  metadata: {
    created: "string",
    packageVersion: "string",
    model: { name: "string", title: "string", task: "string", config: "object" },
    dataset: { fingerprint: "string", users: "number", items: "number", interactions: "number" },
    split: { kind: "string" },
    seed: "number",
    training: "object",
    metrics: "object",
  },
};

function demand(value: unknown, rule: Rule, path: string): void {
  if (typeof rule === "string") {
    const right = rule === "object" ? isObject(value) : typeof value === rule;
    if (!right) corrupt(`${path} is ${JSON.stringify(value) ?? "missing"}`, `a value of type ${rule}`);
    return;
  }
  if (!isObject(value)) corrupt(`${path} is ${JSON.stringify(value) ?? "missing"}`, "an object");
  for (const [field, inner] of Object.entries(rule)) demand(value[field], inner, path ? `${path}.${field}` : field);
}

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
