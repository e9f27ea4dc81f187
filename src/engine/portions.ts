import { givesWay } from "../core/turns.ts";
import type { Words } from "./request.ts";

/** Words copied at a time: about a millisecond, where the memory was never touched before. */
const PORTION = 1 << 19;

/** Cuts an array into portions, and lets others have their turn between them. */
export async function inPortions(array: Words, take: (portion: Uint32Array, start: number) => void): Promise<void> {
  const pause = givesWay();
  const words = new Uint32Array(array.buffer, array.byteOffset, array.length);
  for (let start = 0; start < words.length; start += PORTION) {
    take(words.subarray(start, start + PORTION), start);
    await pause();
  }
}
