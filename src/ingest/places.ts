import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fail } from "../core/errors.ts";
import { isPostgres, shownPlace } from "./database-place.ts";
import { glob, isGlob } from "./glob.ts";
import { shellWord } from "./shell-word.ts";

/** Commands that write what is at an address to a pipe. */
const FETCHERS: Readonly<Record<string, string>> = {
  http: "curl -L",
  https: "curl -L",
  ftp: "curl",
  s3: "aws s3 cp ADDRESS -",
  gs: "gcloud storage cat",
  hdfs: "hdfs dfs -cat",
  abfs: "az storage blob download",
};

/**
 * Paths that a place stands for: itself, or the files that a pattern names. `~` is the home folder, `file:` an address of a
 * file. A path that exists is never a pattern. Throws DATA_PLACE for other addresses, DATA_FILE_MISSING where a pattern
 * names nothing.
 */
export function expandPlace(place: string): string[] {
  if (/^file:\/\//i.test(place)) return [fileURLToPath(place)];
  const scheme = /^([a-z][a-z0-9+-]{1,15}):\/\//i.exec(place)?.[1]?.toLowerCase();
  if (scheme !== undefined) return refuseAddress(place, scheme);
  const path = place === "~" || place.startsWith("~/") ? join(homedir(), place.slice(1)) : place;
  if (!isGlob(path) || existsSync(path)) return [path];
  const found = glob(path);
  if (found.length > 0) return found;
  return fail("DATA_FILE_MISSING", {
    what: `No file is called ${place}`,
    fix: "Check the pattern, or give the files one by one.",
    details: { path: place },
  });
}

function refuseAddress(place: string, scheme: string): never {
  const fetcher = FETCHERS[scheme];
  const isDatabase = /^(postgres(ql)?|mysql|mariadb|mongodb(\+srv)?|jdbc|sqlite|redis|clickhouse)$/.test(scheme);
  const address = shellWord(place);
  const command = fetcher?.includes("ADDRESS")
    ? fetcher.replace("ADDRESS", address)
    : fetcher && `${fetcher} ${address}`;
  return fail("DATA_PLACE", {
    what: `${shownPlace(place)} is ${isDatabase ? "a database" : "an address, not a file"}`,
    expected: "files, a folder, or - for a pipe",
    fix: isPostgres(place)
      ? 'Say which rows: --query "select user_id, item_id, time from events".'
      : isDatabase
        ? "Export a table as CSV, and import that file."
        : command
          ? `Pipe it: ${command} | penchant import - --name NAME`
          : "Download it, and import the file.",
  });
}
