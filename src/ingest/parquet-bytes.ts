import { Buffer } from "node:buffer";
import type { FileHandle } from "node:fs/promises";

/** Bytes read at once. */
const WINDOW = 1 << 20;

/**
 * The bytes [start, end) of a file, read forwards through a window: a column of a large row group is never held whole.
 * Every window is memory of its own, so that values that point into one stay valid.
 */
export class ParquetBytes {
  readonly #file: FileHandle;
  readonly #end: number;
  #position: number;
  #window: Buffer = Buffer.alloc(0);

  constructor(file: FileHandle, start: number, end: number) {
    this.#file = file;
    this.#position = start;
    this.#end = end;
  }

  /** Bytes not yet taken. */
  get left(): number {
    return this.#window.length + this.#end - this.#position;
  }

  /** At least `length` of the next bytes, or all that are left when they are fewer. */
  async peek(length: number): Promise<Buffer> {
    if (length > this.#window.length && this.#position < this.#end) {
      const more = Math.min(this.#end - this.#position, Math.max(WINDOW, length) - this.#window.length);
      const grown = Buffer.allocUnsafeSlow(this.#window.length + more);
      this.#window.copy(grown);
      await readExactly(this.#file, grown.subarray(this.#window.length), this.#position);
      this.#position += more;
      this.#window = grown;
    }
    return this.#window;
  }

  /** The next `length` bytes, which are there. */
  async take(length: number): Promise<Buffer> {
    if (!(length >= 0 && length <= this.left)) throw new Error("a page goes beyond its column");
    const bytes = (await this.peek(length)).subarray(0, length);
    this.#window = this.#window.subarray(length);
    return bytes;
  }
}

/** Fills a buffer from a place in a file. */
export async function readExactly(file: FileHandle, into: Buffer, position: number): Promise<void> {
  for (let at = 0; at < into.length; ) {
    const { bytesRead } = await file.read(into, at, into.length - at, position + at);
    if (bytesRead === 0) throw new Error("the file ends early");
    at += bytesRead;
  }
}
