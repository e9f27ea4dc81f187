/** Pictures and vectors as values of features: text, so that they are kept and sent as other values are. */
import type { Cell } from "./types.ts";

const PACKED = /^rgb:(\d{1,4}):([A-Za-z0-9+/]+=*)$/;
const PACKED_VECTOR = /^f32:([A-Za-z0-9+/]+=*)$/;

/** A picture of `side` x `side` pixels, three bytes each, row by row: `rgb:SIDE:BASE64`. */
export function packPicture(side: number, bytes: Uint8Array): string {
  return `rgb:${side}:${encoded(bytes)}`;
}

/** A vector as text that keeps every bit of it and is half as long as its digits: `f32:BASE64`, little-endian. */
export function packVector(values: Float32Array): string {
  const bytes = new DataView(new ArrayBuffer(4 * values.length));
  for (const [i, value] of values.entries()) bytes.setFloat32(4 * i, value, true);
  return `f32:${encoded(new Uint8Array(bytes.buffer))}`;
}

/** Its numbers; undefined of what is no packed vector. */
export function packedVector(text: string): number[] | undefined {
  const bytes = text.startsWith("f32:") ? decoded(PACKED_VECTOR.exec(text)?.[1] ?? "") : undefined;
  if (!bytes || bytes.length % 4 !== 0) return undefined;
  const view = new DataView(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)).buffer);
  const values = Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
  return values.every(Number.isFinite) ? values : undefined;
}

function encoded(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** Its numbers, from -1 (black) to 1; undefined of what is no picture. */
export function pixelsOf(cell: Cell): Float32Array | undefined {
  const [, side, base64] = (typeof cell === "string" && PACKED.exec(cell.trim())) || [];
  if (side === undefined || base64 === undefined) return undefined;
  const text = decoded(base64);
  if (text?.length !== Number(side) ** 2 * 3) return undefined;
  return Float32Array.from(text, (byte) => byte.charCodeAt(0) / 127.5 - 1);
}

/** Pixels of a side of a picture. */
export const sideOf = (pixels: Float32Array): number => Math.sqrt(pixels.length / 3);

function decoded(base64: string): string | undefined {
  try {
    return atob(base64);
  } catch {
    return undefined;
  }
}
