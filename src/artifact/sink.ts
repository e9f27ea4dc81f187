import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";

/** What a file must be found to be when it is read again. */
export interface FileDigest {
  readonly bytes: number;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string;
}

/** Bytes of one call to the operating system: its own limit is 2 GiB. */
const CHUNK = 1 << 22;

/** A new file, written from front to back and hashed on the way. */
export class FileSink {
  readonly #handle: FileHandle;
  readonly #hash = createHash("sha256");
  #bytes = 0;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Creates the file, lets `fill` write it, forces it to the disk and closes it. Rejects where the file exists. */
  static async create(path: string, fill: (sink: FileSink) => Promise<void>): Promise<FileDigest> {
    const handle = await open(path, "wx");
    try {
      const sink = new FileSink(handle);
      await fill(sink);
      await handle.sync();
      return { bytes: sink.#bytes, sha256: sink.#hash.digest("hex") };
    } finally {
      await handle.close();
    }
  }

  async write(data: Uint8Array): Promise<void> {
    for (let start = 0; start < data.length; start += CHUNK) {
      const chunk = data.subarray(start, start + CHUNK);
      this.#hash.update(chunk);
      for (let done = 0; done < chunk.length; ) {
        done += (await this.#handle.write(chunk, done, chunk.length - done)).bytesWritten;
      }
    }
    this.#bytes += data.length;
  }
}
