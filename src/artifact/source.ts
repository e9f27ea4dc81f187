import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { fail } from "../core/errors.ts";
import type { FileDigest } from "./sink.ts";

const CHUNK = 1 << 22;

/** A file, read from front to back and hashed on the way. */
export class FileSource {
  /** Length of the file. */
  readonly bytes: number;
  readonly #handle: FileHandle;
  readonly #hash = createHash("sha256");
  #position = 0;

  private constructor(handle: FileHandle, bytes: number) {
    this.#handle = handle;
    this.bytes = bytes;
  }

  /**
   * Lets `use` read the file and closes it. Where a digest is expected, the whole file must have been read and match.
   * Throws ARTIFACT_CORRUPT; errors of the file system pass through.
   */
  static async read<T>(path: string, use: (source: FileSource) => Promise<T>, expected?: FileDigest): Promise<T> {
    const handle = await open(path, "r");
    try {
      const source = new FileSource(handle, (await handle.stat()).size);
      if (expected) checkEqual(path, "size", `${expected.bytes} bytes`, `${source.bytes} bytes`);
      const result = await use(source);
      if (expected) checkEqual(path, "SHA-256 checksum", expected.sha256, source.#hash.digest("hex"));
      return result;
    } finally {
      await handle.close();
    }
  }

  /** The next bytes. */
  async take(bytes: number): Promise<Uint8Array> {
    const data = new Uint8Array(bytes);
    await this.fill(data);
    return data;
  }

  /** Of all that was read. */
  digest(): FileDigest {
    return { bytes: this.#position, sha256: this.#hash.copy().digest("hex") };
  }

  /** Everything that has not been read yet. */
  rest(): Promise<Uint8Array> {
    return this.take(this.bytes - this.#position);
  }

  /** Reads as many bytes as `target` holds. Throws ARTIFACT_CORRUPT at the end of the file. */
  async fill(target: Uint8Array): Promise<void> {
    for (let done = 0; done < target.length; ) {
      const length = Math.min(CHUNK, target.length - done);
      const { bytesRead } = await this.#handle.read(target, done, length, this.#position);
      if (bytesRead === 0) fail("ARTIFACT_CORRUPT", { what: "A file of the run ends too early" });
      this.#hash.update(target.subarray(done, done + bytesRead));
      done += bytesRead;
      this.#position += bytesRead;
    }
  }
}

function checkEqual(path: string, what: string, expected: string, received: string): void {
  if (expected !== received) fail("ARTIFACT_CORRUPT", { what: `${path} has another ${what}`, expected, received });
}
