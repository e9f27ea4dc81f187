import { fail } from "../../core/errors.ts";

/** Arrays that a stored data set consists of. */
export type Stored = Uint8Array | Uint32Array | Int32Array | Float32Array | Float64Array;

const TYPES = {
  u8: Uint8Array,
  u32: Uint32Array,
  i32: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const satisfies Record<string, new (buffer: ArrayBuffer, offset: number, length: number) => Stored>;

export type StoredType = keyof typeof TYPES;

/** Where an array stands in the file, in bytes; offsets are multiples of 8, bytes are little-endian. */
export interface Section {
  readonly name: string;
  readonly type: StoredType;
  readonly offset: number;
  /** In elements. */
  readonly length: number;
}

/** Lays arrays out one after the other. */
export function layOut(arrays: Readonly<Record<string, Stored>>): {
  readonly sections: Section[];
  readonly bytes: number;
} {
  let offset = 0;
  const sections = Object.entries(arrays).map(([name, array]) => {
    const section = { name, type: typeOf(array), offset, length: array.length };
    offset = align(offset + array.byteLength);
    return section;
  });
  return { sections, bytes: offset };
}

export const align = (offset: number): number => Math.ceil(offset / 8) * 8;

function typeOf(array: Stored): StoredType {
  for (const [type, Type] of Object.entries(TYPES)) if (array instanceof Type) return type as StoredType;
  return fail("DATA_INTERACTIONS", { what: "An array of this type cannot be stored" });
}

/** Views of the arrays in a file's bytes; undefined where a section does not fit. */
export function viewSections(buffer: ArrayBuffer, sections: readonly Section[]): Record<string, Stored> | undefined {
  const arrays: Record<string, Stored> = {};
  for (const { name, type, offset, length } of sections) {
    const Type = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
    if (Type === undefined || !(offset >= 0 && offset % 8 === 0 && Number.isInteger(length) && length >= 0))
      return undefined;
    if (offset + length * Type.BYTES_PER_ELEMENT > buffer.byteLength) return undefined;
    arrays[name] = new Type(buffer, offset, length);
  }
  return arrays;
}
