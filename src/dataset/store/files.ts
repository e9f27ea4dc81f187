import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { fail, PenchantError } from "../../core/errors.ts";

/** Largest piece read or written at once. */
const PIECE = 1 << 22;

/** Writes a file beside `path`, syncs it and renames it into place: `path` is never half written. */
export async function writeWhole(path: string, fill: (file: FileHandle) => Promise<void>): Promise<void> {
  const aside = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(aside, "w");
    try {
      await fill(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(aside, { force: true });
    cannotWrite(path, error);
  }
}

export function cannotWrite(path: string, error: unknown): never {
  if (error instanceof PenchantError) throw error;
  const { code, message } = error as NodeJS.ErrnoException;
  return fail("DATA_WRITE", {
    what: code === "ENOSPC" ? `The disk is full: ${path} cannot be written` : `${path} cannot be written`,
    received: message,
    details: { path, code },
    cause: error,
  });
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined); // some systems cannot open folders
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/** Writes all bytes, in pieces. */
export async function writeBytes(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, Math.min(PIECE, bytes.length - at));
    at += bytesWritten;
  }
}

/** Reads a file of a known size into memory of its own; the hash is over all its bytes. Undefined when the size differs. */
export async function readBytes(
  path: string,
  size: number,
): Promise<{ buffer: ArrayBuffer; sha256: string } | undefined> {
  const file = await open(path, "r");
  try {
    if ((await file.stat()).size !== size) return undefined;
    const buffer = new ArrayBuffer(size);
    const bytes = Buffer.from(buffer);
    const hash = createHash("sha256");
    for (let at = 0; at < size; ) {
      const { bytesRead } = await file.read(bytes, at, Math.min(PIECE, size - at), at);
      if (bytesRead === 0) return undefined;
      hash.update(bytes.subarray(at, at + bytesRead));
      at += bytesRead;
    }
    return { buffer, sha256: hash.digest("hex") };
  } finally {
    await file.close();
  }
}
