import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

export const root = join(import.meta.dirname, "..", "..");

/** Paths below `folder` relative to it, with forward slashes, sorted; folders of build output left out. */
export function filesIn(folder: string, keep: (path: string) => boolean): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.split(sep).join("/"))
    .filter((path) => !/(^|\/)(node_modules|target|dist)\//.test(path) && keep(path))
    .sort();
}

export const isProductSource = (path: string): boolean => path.endsWith(".ts") && !path.endsWith(".test.ts");

export function lineCount(path: string): number {
  return readFileSync(path, "utf8").trimEnd().split("\n").length;
}

/** Files under version control, or undefined where there is no git (a source archive). */
export function trackedFiles(): string[] | undefined {
  try {
    return execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" }).split("\0").filter(Boolean);
  } catch {
    return undefined;
  }
}
