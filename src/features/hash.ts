/** Tokens of texts are put into so many buckets before those that training knows get columns. */
export const TEXT_BUCKETS = 1 << 18;

/** A hash of a text, in [0, 2^32): FNV-1a over its UTF-16 code units, as everywhere the same. */
export function hashOf(text: string): number {
  let h = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) h = Math.imul(h ^ text.charCodeAt(at), 0x01000193);
  h ^= h >>> 15;
  return Math.imul(h, 0x2c1b3c6d) >>> 0;
}
