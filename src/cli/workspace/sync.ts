import { closeSync, fsyncSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Forces a folder (and, when deep, everything in it) to the disk, so that a rename after it never points at nothing. */
export function syncTree(folder: string, { deep = true }: { readonly deep?: boolean } = {}): void {
  for (const entry of deep ? readdirSync(folder, { withFileTypes: true }) : []) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) syncTree(path);
    else syncPath(path, "r+");
  }
  syncPath(folder, "r");
}

function syncPath(path: string, flags: string): void {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, flags);
    fsyncSync(descriptor);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EPERM" && code !== "EISDIR" && code !== "EINVAL") throw error; // some systems cannot sync folders
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
