/**
 * Reads `count` small integers from Parquet's hybrid of runs and bit-packed groups, which holds definition levels and numbers
 * of dictionary entries (format description, "Run Length Encoding / Bit-Packing Hybrid"). Bounds are checked here and not
 * left to the library, which trusts the length of a run: a damaged one would fill the memory before it is noticed.
 */
export function readRuns(bytes: Uint8Array, width: number, count: number): Int32Array {
  const values = new Int32Array(count);
  if (width === 0) return values;
  if (width > 32) throw new Error(`levels or dictionary numbers of ${width} bits`);
  let at = 0;
  let seen = 0;
  while (seen < count) {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 28) throw new Error("a page ends within its levels or dictionary numbers");
      header |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    const length = header >>> 1;
    if (header & 1) {
      const used = Math.min(8 * length, count - seen);
      unpack(bytes, at, width, values.subarray(seen, seen + used));
      at += length * width;
      seen += used;
    } else {
      let value = 0;
      for (let i = 0; 8 * i < width; i++) value |= (bytes[at++] ?? 0) << (8 * i);
      const end = Math.min(seen + length, count);
      values.fill(value, seen, end);
      seen = end;
    }
  }
  return values;
}

/** Bit-packed integers, lowest bit first. */
function unpack(bytes: Uint8Array, start: number, width: number, values: Int32Array): void {
  if (start + Math.ceil((values.length * width) / 8) > bytes.length) {
    throw new Error("a page ends within its levels or dictionary numbers");
  }
  const mask = width === 32 ? -1 : (1 << width) - 1;
  for (let i = 0, bit = 8 * start; i < values.length; i++, bit += width) {
    const at = bit >>> 3;
    const skip = bit & 7;
    let value =
      ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>>
      skip;
    if (skip + width > 32) value |= (bytes[at + 4] ?? 0) << (32 - skip);
    values[i] = value & mask;
  }
}
