/** How numbers stand in files that others write: NumPy's and safetensors' types, as the numbers of JavaScript. */
interface Stored {
  readonly bytes: number;
  readonly read: (view: DataView, at: number, little: boolean) => number;
}

export const stored = {
  f64: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
  f32: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  f16: { bytes: 2, read: (view, at, little) => halfOf(view.getUint16(at, little)) },
  bf16: { bytes: 2, read: (view, at, little) => upperHalf(view.getUint16(at, little)) },
  i64: { bytes: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  u64: { bytes: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  i32: { bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  u32: { bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
  i16: { bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  u16: { bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
  i8: { bytes: 1, read: (view, at) => view.getInt8(at) },
  u8: { bytes: 1, read: (view, at) => view.getUint8(at) },
} as const satisfies Record<string, Stored>;

export type StoredAs = keyof typeof stored;

/** IEEE 754 binary16: one bit of sign, five of exponent, ten of fraction. */
function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 0x1f, bits & 0x3ff];
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

const widened = new DataView(new ArrayBuffer(4));

/** bfloat16: the upper half of a float32. */
function upperHalf(bits: number): number {
  widened.setUint32(0, bits << 16);
  return widened.getFloat32(0);
}

/** Files of such numbers, by their names. */
export const isVectorFile = (path: string): boolean => /\.(?:npy|safetensors)$/i.test(path);
