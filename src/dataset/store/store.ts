import { createHash } from "node:crypto";
import { readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { fail, PenchantError } from "../../core/errors.ts";
import { type Form, misfit } from "../../core/form.ts";
import { makeFolder } from "../../files/folder.ts";
import type { Dataset } from "../dataset.ts";
import type { DatasetReport } from "../report.ts";
import { arraysOf, datasetOf } from "./arrays.ts";
import { cannotWrite, readBytes, writeBytes, writeWhole } from "./files.ts";
import { align, layOut, type Section, viewSections } from "./sections.ts";

const FORMAT = "penchant-dataset";
/** 2: the order of the source is kept. */
const VERSION = 2;
const INDEX = "dataset.json";

/** `dataset.json`, which is written last: a folder holds a data set exactly when it holds this file. */
interface Index {
  readonly format: typeof FORMAT;
  readonly version: number;
  /** Of the interactions (the training part of a benchmark). */
  readonly fingerprint: string;
  readonly arrays: {
    /** Beside the index; its name begins its hash, so that replacing a data set never touches the arrays in use. */
    readonly file: string;
    readonly bytes: number;
    readonly sha256: string;
    readonly sections: readonly Section[];
  };
  readonly report: DatasetReport;
}

const warnings: Form = [{ code: "string", message: "string" }];
const spread: Form = { least: "number", median: "number", mean: "number", most: "number" };
const form: Form = {
  fingerprint: "string",
  arrays: {
    file: "string",
    bytes: "count",
    sha256: "string",
    sections: [{ name: "string", type: "string", offset: "count", length: "count" }],
  },
  report: {
    source: {
      source: "string",
      format: "string",
      layout: "string",
      columns: [{ number: "number", name: "string", examples: "list" }],
      rows: "count",
      rejected: { count: "count", reasons: "object", first: "list" },
      warnings,
    },
    users: "count",
    items: "count",
    interactions: "count",
    density: "number",
    duplicates: { count: "count", policy: "string" },
    perUser: spread,
    perItem: spread,
    "values?": "object",
    "times?": "object",
    "events?": "count",
    "ties?": "object",
    "context?": "list",
    "given?": { validation: "count", test: "count", candidates: "count" },
    warnings,
  },
};

/**
 * Saves a data set in a folder, made where it is missing, in place of the one there. Files are written aside, synced and
 * renamed; a crash leaves the old data set or the new one. Throws DATA_WRITE.
 */
export async function saveDataset(directory: string, dataset: Dataset): Promise<void> {
  try {
    makeFolder(directory);
  } catch (error) {
    cannotWrite(directory, error);
  }
  const arrays = await writeArrays(directory, dataset);
  const index: Index = {
    format: FORMAT,
    version: VERSION,
    fingerprint: dataset.interactions.fingerprint(),
    arrays,
    report: dataset.report,
  };
  const text = Buffer.from(`${JSON.stringify(index, null, 2)}\n`);
  await writeWhole(join(directory, INDEX), (file) => writeBytes(file, text));
  for (const name of await readdir(directory)) {
    const isOld = /^arrays-[0-9a-f]{16}\.bin$/.test(name) && name !== arrays.file;
    if (isOld) await rm(join(directory, name), { force: true });
  }
}

async function writeArrays(directory: string, dataset: Dataset): Promise<Index["arrays"]> {
  const arrays = arraysOf(dataset);
  const { sections, bytes } = layOut(arrays);
  const hash = createHash("sha256");
  const path = join(directory, `arrays.${process.pid}.bin`);
  await writeWhole(path, async (file) => {
    for (const array of Object.values(arrays)) {
      const padding = new Uint8Array(align(array.byteLength) - array.byteLength);
      for (const part of [new Uint8Array(array.buffer, array.byteOffset, array.byteLength), padding]) {
        hash.update(part);
        await writeBytes(file, part);
      }
    }
  });
  const sha256 = hash.digest("hex");
  const file = `arrays-${sha256.slice(0, 16)}.bin`;
  await rename(path, join(directory, file)).catch((error: unknown) => cannotWrite(path, error));
  return { file, bytes, sha256, sections };
}

/**
 * Loads what `saveDataset` saved. Throws DATA_STORED_MISSING, DATA_STORED_VERSION for another format, and
 * DATA_STORED_CORRUPT when a file is missing, shorter, changed or contradicts itself.
 */
export async function loadDataset(directory: string): Promise<Dataset> {
  const { fingerprint, arrays, report } = await readIndex(directory);
  const path = join(directory, arrays.file);
  const read = await readBytes(path, arrays.bytes).catch((error: unknown) => corrupt(path, "it cannot be read", error));
  if (read === undefined) return corrupt(path, "it does not have the size it was saved with");
  if (read.sha256 !== arrays.sha256) return corrupt(path, "its contents have changed");
  const views = viewSections(read.buffer, arrays.sections);
  const parts = views && build(path, views);
  if (!parts) return corrupt(path, "arrays are missing");
  if (parts.interactions.fingerprint() !== fingerprint) return corrupt(path, "it belongs to another data set");
  return { ...parts, report };
}

/** The report of a saved data set, without its interactions. Throws as `loadDataset` does. */
export async function loadReport(directory: string): Promise<DatasetReport & { readonly fingerprint: string }> {
  const { report, fingerprint } = await readIndex(directory);
  return { ...report, fingerprint };
}

async function readIndex(directory: string): Promise<Index> {
  const path = join(directory, INDEX);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT" && error.code !== "ENOTDIR") return corrupt(path, "it cannot be read", error);
    return fail("DATA_STORED_MISSING", { what: `There is no data set in ${directory}` });
  });
  const index = parseIndex(path, text);
  if (index.format !== FORMAT || !Number.isInteger(index.version)) return corrupt(path, "it describes no data set");
  if (index.version !== VERSION) otherVersion(directory, index);
  const wrong = misfit(index, form);
  if (wrong) return corrupt(path, `${wrong.path} is ${wrong.received} instead of ${wrong.expected}`);
  const whole = index as Index;
  return /^[\w.-]+$/.test(whole.arrays.file) ? whole : corrupt(path, "it names no file beside it");
}

/** Older data sets lack the order of their source, without which a split would be another one than it says. */
function otherVersion(directory: string, { version = 0, report }: Partial<Index>): never {
  const isOlder = version < VERSION;
  const source = report?.source?.source;
  return fail("DATA_STORED_VERSION", {
    what: `The data set in ${directory} was saved by ${isOlder ? "an older version, which did not keep the order of the file" : "a newer version"}`,
    expected: `format ${VERSION}`,
    received: `format ${version}`,
    fix: isOlder ? `Import it again${source ? ` from ${source}` : ""}, with --name ${basename(directory)}.` : undefined,
    details: { version, source },
  });
}

function parseIndex(path: string, text: string): Partial<Index> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch (error) {
    return corrupt(path, "it is not JSON", error);
  }
}

function build(path: string, views: Parameters<typeof datasetOf>[0]): ReturnType<typeof datasetOf> {
  try {
    return datasetOf(views);
  } catch (error) {
    return corrupt(path, error instanceof PenchantError ? error.message : "its arrays contradict each other", error);
  }
}

function corrupt(path: string, why: string, cause?: unknown): never {
  return fail("DATA_STORED_CORRUPT", { what: `${path} is damaged: ${why}`, details: { path }, cause });
}
