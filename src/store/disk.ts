import { type FileHandle, open } from "node:fs/promises";

/** A file that is appended to. */
export interface AppendedFile {
  /** Writes at the end, some of the bytes at least; returns how many. */
  write(bytes: Buffer): Promise<number>;
  sync(): Promise<void>;
  /** Cuts off what comes after so many bytes. */
  truncate(bytes: number): Promise<void>;
  close(): Promise<void>;
}

/** What the log needs of the operating system; tests put one that fails in its place. */
export interface Disk {
  /** Opens a file for appending, which is made where there is none. */
  append(path: string): Promise<AppendedFile>;
}

export const realDisk: Disk = {
  async append(path) {
    return new RealFile(await open(path, "a"));
  },
};

class RealFile implements AppendedFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(bytes: Buffer): Promise<number> {
    return (await this.#handle.write(bytes)).bytesWritten;
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  truncate(bytes: number): Promise<void> {
    return this.#handle.truncate(bytes);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** Forces the names in a folder to the disk. Where a system cannot sync folders, it keeps them by itself. */
export async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle | undefined;
  try {
    folder = await open(path, "r");
    await folder.sync();
  } catch (error) {
    if (!["EPERM", "EISDIR", "EINVAL", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  } finally {
    await folder?.close();
  }
}
