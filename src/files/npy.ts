/**
 * NumPy's file of one array: a magic, a version, the length of a header in the syntax of Python, and the numbers.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. The packages that read it take cut files, and numbers of objects, for arrays.
 */
import { type StoredAs, stored } from "./numbers.ts";

/** An array of a file: numbers by their place, the last dimension first. */
export interface StoredArray {
  readonly shape: readonly number[];
  /** How numbers are stored. */
  readonly as: StoredAs;
  at(place: number): number;
}

const MAGIC = "\u0093NUMPY";
const TYPES: Readonly<Record<string, StoredAs>> = {
  ...{ f8: "f64", f4: "f32", f2: "f16", i8: "i64", u8: "u64", i4: "i32", u4: "u32", i2: "i16", u2: "u16" },
  ...{ i1: "i8", u1: "u8", b1: "u8" },
};

/** Reads a `.npy` file, whichever order its numbers have. Throws an Error that says what is wrong with it. */
export function readNpy(bytes: Uint8Array): StoredArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (from: number, length: number) => String.fromCharCode(...bytes.subarray(from, from + length));
  if (bytes.length < 12 || text(0, 6) !== MAGIC) throw new Error("it does not begin as a .npy file does");
  const version = bytes[6] as number;
  if (version < 1 || version > 3) throw new Error(`it has version ${version} of the format`);
  const [start, length] = version === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  if (length > bytes.length - start || length > 1 << 16) throw new Error("it ends within its header");
  const header = text(start, length);
  const descr = /'descr':\s*(?:'([^']*)'|(\[))/.exec(header);
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape':\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  if (!descr || order === undefined || sizes === undefined) throw new Error("its header cannot be read");
  const { as, little } = typeOf(descr[1]);
  const shape = sizes.split(",").flatMap((size) => (size.trim() === "" ? [] : Number(size)));
  const count = shape.reduce((product, size) => product * size, 1);
  const { bytes: wide, read } = stored[as];
  const [from, expected] = [start + length, count * wide];
  if (bytes.length - from !== expected)
    throw new Error(`it holds ${bytes.length - from} bytes of numbers, and its shape asks for ${expected}`);
  const placed = order === "True" ? fortran(shape) : (place: number) => place;
  return { shape, as, at: (place) => read(view, from + placed(place) * wide, little) };
}

function typeOf(descr: string | undefined): { readonly as: StoredAs; readonly little: boolean } {
  const [, order, type = ""] = /^([<>|=]?)(.*)$/.exec(descr ?? "") ?? [];
  const as = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (as) return { as, little: order !== ">" };
  if (type.startsWith("O")) throw new Error("it holds objects of Python, which only running them would read");
  throw new Error(`it holds ${descr === undefined ? "records" : `values of the type ${descr}`}, which are no numbers`);
}

/** Where a number in row-major order stands when the first dimension comes first. */
function fortran(shape: readonly number[]): (place: number) => number {
  return (place) => {
    let [rest, stride] = [place, shape.reduce((product, size) => product * size, 1)];
    let found = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] as number;
      stride /= size;
      found += (rest % size) * stride;
      rest = Math.floor(rest / size);
    }
    return found;
  };
}
