import { fail } from "../../core/errors.ts";
import { type Entry, type Header, METADATA } from "../../files/safetensors.ts";
import { type KindName, kindOf, kinds, sizeOf, type Tensors } from "./types.ts";

/** Stores wide numbers first, then by name, so that every tensor is aligned and the same content gives the same bytes. */
export function layOut(tensors: Tensors): Entry<KindName>[] {
  const sorted = [...tensors].map(([name, { shape, data }]) => ({ name, shape, data, kind: kindOf(data) }));
  sorted.sort((a, b) => kinds[b.kind].bytes - kinds[a.kind].bytes || (a.name < b.name ? -1 : 1));
  let begin = 0;
  return sorted.map(({ name, shape, data, kind }) => {
    if (name === METADATA || sizeOf(shape) !== data.length) {
      fail("ARTIFACT_SHAPE", {
        what: `The tensor "${name}" cannot be stored`,
        expected: `${sizeOf(shape)} numbers for shape [${shape.join(", ")}]`,
        received: `${data.length} numbers`,
      });
    }
    const end = begin + data.byteLength;
    const entry = { name, kind, shape, begin, end };
    begin = end;
    return entry;
  });
}

/** The bytes before the data, padded with spaces so that the data starts at a multiple of 8. */
export function encodeHeader({ entries, metadata }: Header<KindName>): Uint8Array {
  const json: Record<string, unknown> = Object.keys(metadata).length > 0 ? { [METADATA]: metadata } : {};
  for (const { name, kind, shape, begin, end } of entries) {
    json[name] = { dtype: kind, shape, data_offsets: [begin, end] };
  }
  const text = new TextEncoder().encode(JSON.stringify(json));
  const length = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, 8);
  return bytes;
}
