import { existsSync, readdirSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import type { FormatName } from "./options.ts";

/** A source and how it is to be read. */
export type Located =
  | { readonly kind: "file"; readonly path: string; readonly size: number }
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
  if (!found.isFile()) {
    fail("DATA_UNREADABLE", { what: `${path} is not a regular file`, fix: "Write its contents to a file first." });
  }
  if (found.size === 0) fail("DATA_EMPTY", { what: `${path} is empty (0 bytes)` });
  return { kind: "file", path, size: found.size };
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
  const files = names.filter((name) => /\.(csv|tsv|dat|data|txt|jsonl|ndjson|parquet|inter|gz)$/i.test(name));
  return fail("DATA_DIRECTORY", {
    what: `${directory} is a folder`,
    expected: "a file, or a folder in the ncf or lightgcn format",
    received: files.length > 0 ? `files ${files.slice(0, 8).join(", ")}${files.length > 8 ? ", …" : ""}` : undefined,
    fix: files[0] ? `Give one of its files, such as ${join(directory, files[0])}.` : "Give the path of a file.",
    details: { files },
  });
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
