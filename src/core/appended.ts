import { givesWay } from "./turns.ts";

/** Room that is left behind what is copied, as a share of it: many rows later it is copied again. */
const ROOM = 1 / 4;
const LEAST_ROOM = 1024;

/** Values copied at a time: about a millisecond, where the memory was never touched before. */
const PORTION = 1 << 19;

/** Of buffers made here, how many elements are taken. */
const taken = new WeakMap<ArrayBufferLike, number>();

/**
 * The values, and more behind them. What was given stays as it is and may go on being read: memory is shared with it where nobody
 * has taken the room behind it yet, so that a table of a million rows is not copied for each row that comes to it.
 */
export function appended<T extends Float32Array | Int32Array>(values: T, more: ArrayLike<number>): T {
  const length = values.length + more.length;
  const end = values.byteOffset / 4 + values.length;
  const isFree = taken.get(values.buffer) === end && end + more.length <= values.buffer.byteLength / 4;
  const buffer = isFree ? values.buffer : copied(values, length);
  const make = values.constructor as new (buffer: ArrayBufferLike, at: number, length: number) => T;
  const start = isFree ? values.byteOffset : 0;
  const longer = new make(buffer, start, length);
  longer.set(more, values.length);
  taken.set(buffer, start / 4 + length);
  return longer;
}

/** A copy with room behind it, so that the first that are appended are not the ones that pay for it; others have their turn on the way. */
export async function withRoom<T extends Float32Array | Int32Array>(values: T): Promise<T> {
  const pause = givesWay();
  const make = values.constructor as new (buffer: ArrayBufferLike, at: number, length: number) => T;
  const roomy = new make(roomFor(values.length), 0, values.length);
  for (let at = 0; at < values.length; at += PORTION) {
    roomy.set(values.subarray(at, at + PORTION), at);
    await pause();
  }
  taken.set(roomy.buffer, values.length);
  return roomy;
}

function copied(values: Float32Array | Int32Array, length: number): ArrayBufferLike {
  const buffer = roomFor(length);
  new Int32Array(buffer).set(new Int32Array(values.buffer, values.byteOffset, values.length));
  return buffer;
}

/** What is not touched of it costs nothing. */
const roomFor = (length: number) => new ArrayBuffer(4 * (length + Math.max(LEAST_ROOM, Math.ceil(length * ROOM))));
