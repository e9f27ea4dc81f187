import { Buffer } from "node:buffer";
import { closeSync, existsSync, openSync, readdirSync, readSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import { checkKeys, folderParts, type Part } from "./folder-parts.ts";
import { knownContent } from "./known-content.ts";
import type { FormatName } from "./options.ts";
import type { Warning } from "./report.ts";
import { shellWord } from "./shell-word.ts";

/** A source and how it is to be read. */
export type Located =
  | { readonly kind: "files"; readonly parts: readonly Part[]; readonly warnings: readonly Warning[] }
  /** `NAME.train.rating`, `NAME.test.rating` and `NAME.test.negative`; prefix = path up to NAME. */
  | { readonly kind: "ncf"; readonly prefix: string }
  | { readonly kind: "ncf-ml-1m"; readonly directory: string }
  | { readonly kind: "lightgcn"; readonly directory: string };

/** Finds out what a path is. Throws DATA_FILE_MISSING, DATA_DIRECTORY, DATA_EMPTY, DATA_UNREADABLE or DATA_FORMAT. */
export function locate(path: string, format: FormatName = "auto"): Located {
  const found = statPath(path);
  if (format === "auto" || format === "ncf") {
    const prefix = path.endsWith(".train.rating") ? path.slice(0, -".train.rating".length) : path;
    if (!found?.isDirectory() && existsSync(`${prefix}.train.rating`)) return { kind: "ncf", prefix };
  }
  if (found === undefined) return missing(path);
  if (found.isDirectory()) return locateIn(path, format);
  if (format === "ncf" || format === "lightgcn") return notBenchmark(path, format);
  return { kind: "files", ...filesAt(path) };
}

/** The file at a path, or the parts in a folder. Throws as `locate`. */
export function filesAt(path: string): { readonly parts: readonly Part[]; readonly warnings: readonly Warning[] } {
  const found = statPath(path);
  if (found === undefined) return missing(path);
  if (!found.isDirectory()) return { parts: [filePart(path, path, found)], warnings: [] };
  const inside = folderParts(path);
  if (inside === undefined) return nothingIn(path);
  checkKeys(path, inside.parts);
  return { parts: inside.parts, warnings: skippedWarnings(path, inside.skipped) };
}

/** A file as the only part of a source. Throws DATA_UNREADABLE for a device, DATA_EMPTY for a file without a byte. */
export function filePart(path: string, label: string, found: Stats): Part {
  if (!found.isFile()) {
    fail("DATA_UNREADABLE", {
      what: `${label} is neither a file nor a pipe`,
      fix: "Give a file, or pipe its contents.",
    });
  }
  if (found.size === 0) fail("DATA_EMPTY", { what: `${label} is empty (0 bytes)` });
  return { path, label, size: found.size, keys: {} };
}

function statPath(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    return fail("DATA_UNREADABLE", { what: `${path} cannot be looked at`, received: message, cause: error });
  }
}

function locateIn(directory: string, format: FormatName): Located {
  const names = readdirSync(directory).sort();
  const trains = names.filter((name) => name.endsWith(".train.rating"));
  const isGcn = names.includes("train.txt") && names.includes("test.txt");
  if (format !== "lightgcn" && trains.length === 1) {
    return { kind: "ncf", prefix: join(directory, (trains[0] ?? "").slice(0, -".train.rating".length)) };
  }
  if (format !== "lightgcn" && isNcfMl1m(names)) return { kind: "ncf-ml-1m", directory };
  if (format !== "ncf" && isGcn) return { kind: "lightgcn", directory };
  if (format === "ncf" || format === "lightgcn") return notBenchmark(directory, format);
  return { kind: "files", ...filesAt(directory) };
}

function skippedWarnings(directory: string, skipped: readonly string[]): Warning[] {
  if (skipped.length === 0) return [];
  const names = skipped.slice(0, 5).map((path) => relative(directory, path));
  const message = `Not read, because it is no data by its name: ${names.join(", ")}${skipped.length > 5 ? ", …" : ""}.`;
  return [{ code: "files-not-read", message }];
}

/** A folder of what cannot be read is told by the first thing in it that is known; one of folders, by a pattern. */
function nothingIn(directory: string): never {
  const names = readdirSync(directory).sort();
  const inside = names.map((name) => ({ name, path: join(directory, name), found: statPath(join(directory, name)) }));
  for (const { path, found } of inside) {
    const known = found?.isFile() ? knownContent(path, startOf(path)) : undefined;
    if (known)
      fail("DATA_DIRECTORY", {
        what: `${directory} holds no file that can be read; ${path} is ${known.name}`,
        fix: known.fix,
      });
  }
  const folder = inside.find(({ found }) => found?.isDirectory());
  const shown = names.slice(0, 8).join(", ");
  return fail("DATA_DIRECTORY", {
    what: `${directory} holds no file of interactions`,
    expected: "CSV, JSON lines or Parquet files, or a folder in the ncf or lightgcn format",
    received: names.length === 0 ? "nothing" : `${shown}${names.length > 8 ? ", …" : ""}`,
    fix: folder
      ? `Give the folder with the files, or a pattern: penchant import ${shellWord(join(directory, "*", "*.csv"))}.`
      : "Give the path of a file.",
    details: { names },
  });
}

function startOf(path: string): Buffer {
  const file = openSync(path, "r");
  try {
    const start = Buffer.alloc(4096);
    return start.subarray(0, readSync(file, start));
  } finally {
    closeSync(file);
  }
}

/** The MovieLens-1M folder with the published test of the NCF paper (see `ncf-ml-1m.ts`). */
export function isNcfMl1m(names: readonly string[]): boolean {
  return ["ratings.tsv.gz", "item_list.txt", "ml-1m.test.rating", "ml-1m.test.negative"].every((n) =>
    names.includes(n),
  );
}

function missing(path: string): never {
  const folder = dirname(path);
  const isFolder = statPath(folder)?.isDirectory() ?? false;
  const close = nearest(basename(path), isFolder ? readdirSync(folder) : []);
  return fail("DATA_FILE_MISSING", {
    what: isFolder ? `There is no file ${path}` : `There is no folder ${folder}`,
    fix: close ? `Did you mean ${join(folder, close)}?` : "Check the path.",
    details: { path },
  });
}

function notBenchmark(path: string, format: "ncf" | "lightgcn"): never {
  const files = {
    ncf: "NAME.train.rating, NAME.test.rating and NAME.test.negative",
    lightgcn: "train.txt and test.txt",
  }[format];
  return fail("DATA_FORMAT", {
    what: `${path} is not in the ${format} format`,
    expected: `a folder with ${files}`,
    fix: "Give that folder, or another --format.",
  });
}
