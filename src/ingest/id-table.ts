import { Buffer } from "node:buffer";
import { mix32 } from "../core/random.ts";

/** First capacity of the hash index, a power of two. */
const SLOTS = 1024;

/**
 * Ids in the order of their first appearance, kept as UTF-8 bytes end to end: about 12 bytes an id beside the id itself,
 * no string and no `Map` entry per id. Ids are equal when their bytes are equal; nothing is trimmed or normalized.
 */
export class IdTable {
  /** UTF-8 of all ids; valid up to `offsets[size]`. */
  #bytes: Buffer;
  /** Id i is `bytes[offsets[i] .. offsets[i + 1])`. */
  #offsets: Uint32Array;
  #size: number;
  /** Open addressing: index + 1, or 0 where free. Empty until the first search. */
  #slots: Int32Array = new Int32Array(0);

  constructor(bytes: Uint8Array = new Uint8Array(0), offsets: Uint32Array = new Uint32Array(1)) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offsets = offsets;
    this.#size = offsets.length - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** The exact bytes and offsets (length size + 1), without spare capacity. */
  get parts(): { readonly bytes: Uint8Array; readonly offsets: Uint32Array } {
    const offsets = this.#offsets.subarray(0, this.#size + 1);
    return { bytes: this.#bytes.subarray(0, offsets[this.#size] ?? 0), offsets };
  }

  /** The id at an index; the empty string outside [0, size). */
  text(index: number): string {
    if (!(index >= 0 && index < this.#size)) return "";
    return this.#bytes.toString("utf8", this.#offsets[index], this.#offsets[index + 1]);
  }

  /** Index of the id `bytes[start .. end)`, adding it when it is new. */
  intern(bytes: Uint8Array, start: number, end: number): number {
    if (2 * this.#size >= this.#slots.length) this.#reindex();
    const slot = this.#slot(bytes, start, end);
    const found = (this.#slots[slot] ?? 0) - 1;
    if (found >= 0) return found;
    const index = this.#append(bytes, start, end);
    this.#slots[slot] = index + 1;
    return index;
  }

  /** Index of the id `bytes[start .. end)`, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    if (2 * this.#size >= this.#slots.length) this.#reindex();
    return (this.#slots[this.#slot(bytes, start, end)] ?? 0) - 1;
  }

  internText(id: string): number {
    const bytes = Buffer.from(id, "utf8");
    return this.intern(bytes, 0, bytes.length);
  }

  findText(id: string): number {
    const bytes = Buffer.from(id, "utf8");
    return this.find(bytes, 0, bytes.length);
  }

  /** The slot that holds the id, or the free one where it belongs. */
  #slot(bytes: Uint8Array, start: number, end: number): number {
    const mask = this.#slots.length - 1;
    let slot = hashBytes(bytes, start, end) & mask;
    for (;;) {
      const index = (this.#slots[slot] ?? 0) - 1;
      if (index < 0 || this.#equals(index, bytes, start, end)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #equals(index: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.#offsets[index] ?? 0;
    if ((this.#offsets[index + 1] ?? 0) - from !== end - start) return false;
    for (let i = start, j = from; i < end; i++, j++) if (bytes[i] !== this.#bytes[j]) return false;
    return true;
  }

  #append(bytes: Uint8Array, start: number, end: number): number {
    const index = this.#size;
    const at = this.#offsets[index] ?? 0;
    const length = end - start;
    if (at + length > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(1024, 2 * (at + length)));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
    }
    if (index + 2 > this.#offsets.length) {
      const grown = new Uint32Array(Math.max(256, 2 * (index + 2)));
      grown.set(this.#offsets);
      this.#offsets = grown;
    }
    for (let i = 0; i < length; i++) this.#bytes[at + i] = bytes[start + i] ?? 0;
    this.#offsets[index + 1] = at + length;
    this.#size = index + 1;
    return index;
  }

  #reindex(): void {
    let length = Math.max(SLOTS, this.#slots.length);
    while (length <= 2 * this.#size) length *= 2;
    this.#slots = new Int32Array(length);
    const mask = length - 1;
    for (let index = 0; index < this.#size; index++) {
      let slot = hashBytes(this.#bytes, this.#offsets[index] ?? 0, this.#offsets[index + 1] ?? 0) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = index + 1;
    }
  }
}

/** FNV-1a, then an avalanche so that the low bits may be used alone. */
function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let h = 0x811c9dc5;
  for (let i = start; i < end; i++) h = Math.imul(h ^ (bytes[i] ?? 0), 0x01000193);
  return mix32(h);
}
