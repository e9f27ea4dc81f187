import { rename, rm, writeFile } from "node:fs/promises";
import { isFolder } from "../files/folder.ts";

/** Writes aside and renames, so that a full disk or an interruption leaves no half file under the name. */
export async function writeWhole(file: string, content: Uint8Array | string): Promise<void> {
  const aside = `${file}.${process.pid}.part`;
  try {
    if (isFolder(file)) throw Object.assign(new Error(`${file} is a folder`), { code: "EISDIR", path: file });
    await writeFile(aside, content);
    await rename(aside, file);
  } finally {
    await rm(aside, { force: true }).catch(() => {}); // nothing to remove, not even the folder
  }
}
