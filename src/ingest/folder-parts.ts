import { readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { fail } from "../core/errors.ts";
import { inOrder } from "./glob.ts";

/** One file of a source, with the columns that its folders' names (`day=2024-01-15`) give it. */
export interface Part {
  readonly path: string;
  /** For messages: a pipe is read from a copy whose path says nothing. */
  readonly label: string;
  readonly size: number;
  readonly keys: Readonly<Record<string, string>>;
}

export interface FolderParts {
  readonly parts: readonly Part[];
  /** What lies there besides: folders that are no `key=value`, and files that hold no data. */
  readonly skipped: readonly string[];
}

const DATA = /\.(csv|tsv|psv|txt|dat|data|inter|rating|ratings|json|jsonl|ndjson|parquet|pq|log)(\.gz|\.gzip)?$/i;
/** What Spark, Hive and `split` call parts. */
const PART = /^(part-|[xp][a-z]{2,}$|\d{6}_\d+)|(^|[-_.])part[-_.]?\d+/i;
/** `_SUCCESS`, `.part-0.crc`, and what describes data without being any. */
const ASIDE = /^[._]|^(readme|license|licence|source|changelog|notice)\b|\.(md|html?|pdf|crc)$/i;

/** The parts in a folder and in its `key=value` folders, in order; undefined where nothing in it may be data. */
export function folderParts(folder: string): FolderParts | undefined {
  const skipped: string[] = [];
  const parts = partsIn(folder, {}, skipped);
  return parts.length > 0 ? { parts, skipped } : undefined;
}

function partsIn(folder: string, keys: Part["keys"], skipped: string[]): Part[] {
  return inOrder(readdirSync(folder)).flatMap((name) => {
    const path = join(folder, name);
    if (ASIDE.test(name)) return [];
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) {
      const at = name.indexOf("=");
      if (at > 0) return partsIn(path, { ...keys, [name.slice(0, at)]: decodeKey(name.slice(at + 1)) }, skipped);
    } else if (found?.isFile() && (DATA.test(name) || PART.test(name))) {
      return [{ path, label: path, size: found.size, keys }];
    }
    skipped.push(path);
    return [];
  });
}

/** Values are escaped as in an address; no value has a name of its own. */
function decodeKey(text: string): string {
  if (text === "__HIVE_DEFAULT_PARTITION__") return "";
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Every part has the same keys, as a column that is only sometimes there would be. */
export function checkKeys(folder: string, parts: readonly Part[]): void {
  const names = ({ keys }: Part): string => Object.keys(keys).join(", ");
  const [first] = parts;
  const other = first && parts.find((part) => names(part) !== names(first));
  if (first === undefined || other === undefined) return;
  fail("DATA_PARTS", {
    what: `The files of ${folder} lie in folders of different kinds`,
    expected: names(first) ? `folders ${names(first)} everywhere` : "no key=value folders, as for the first file",
    received: `${names(other) || "none"} for ${basename(other.path)}`,
    fix: "Give the files that belong together, one by one or by a pattern.",
  });
}
