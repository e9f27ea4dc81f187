/** What a tensor's numbers are kept in. */
export type TensorData = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

export interface StoredTensor {
  /** Sizes of the dimensions, row-major; [] is a single number. */
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** Tensors by name. */
export type Tensors = ReadonlyMap<string, StoredTensor>;

interface Kind {
  readonly bytes: number;
  readonly allocate: (length: number) => TensorData;
}

/** The format's names of the number types that are read and written here. */
export const kinds = {
  F64: { bytes: 8, allocate: (length) => new Float64Array(length) },
  F32: { bytes: 4, allocate: (length) => new Float32Array(length) },
  I32: { bytes: 4, allocate: (length) => new Int32Array(length) },
  U32: { bytes: 4, allocate: (length) => new Uint32Array(length) },
  U8: { bytes: 1, allocate: (length) => new Uint8Array(length) },
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof kinds;

export function kindOf(data: TensorData): KindName {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float64Array) return "F64";
  if (data instanceof Int32Array) return "I32";
  return data instanceof Uint32Array ? "U32" : "U8";
}

/** How many numbers a tensor of this shape has. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** The numbers as the bytes that are stored (little-endian, as every platform that Node runs on), without a copy. */
export const bytesOf = (data: TensorData): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
