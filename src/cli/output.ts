import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { isFolder } from "../files/folder.ts";
import { syncFolder } from "../store/disk.ts";
import { coded } from "./system-failure.ts";

/**
 * Writes aside, forces it to the disk and renames, so that neither a full disk nor an interruption nor a loss of power leaves half a file under the name.
 * Throws WORKSPACE_DISK_FULL, WORKSPACE_DISK, WORKSPACE_PERMISSION, WORKSPACE_PATH.
 */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  const aside = `${path}.${process.pid}.part`;
  await coded(async () => {
    try {
      if (isFolder(path)) throw Object.assign(new Error(`${path} is a folder`), { code: "EISDIR", path });
      const file = await open(aside, "w");
      try {
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(aside, path);
      await syncFolder(dirname(path));
    } finally {
      await rm(aside, { force: true }).catch(() => {}); // nothing to remove, not even the folder
    }
  });
}
