import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";

export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Makes a folder and those above it. Not by mkdir's `recursive`: below folders that take no entries, such as /proc, which
 * answer "not there" for ever, Node tries for ever. Here the attempts are counted; more than one is needed where another
 * process removes a folder because it is empty.
 */
export function makeFolder(path: string, attempts = 10): void {
  if (isFolder(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent, attempts);
  try {
    mkdirSync(path);
  } catch (error) {
    if (isFolder(path)) return; // made by another process in the meantime
    const { code } = error as NodeJS.ErrnoException;
    // Another process removed a folder above, or made this one and removed it again.
    const isGone = code === "ENOENT" || (code === "EEXIST" && !existsSync(path));
    if (!isGone || attempts === 0) throw error;
    makeFolder(path, attempts - 1);
  }
}

/** Removes a file, or a folder with all that is in it. What is below a file is not there either: `force` does not forgive that. */
export function removeAll(path: string): void {
  if (existsSync(path)) rmSync(path, { recursive: true, force: true });
}
