import { decodeHeader, headerLength } from "../../files/safetensors.ts";
import type { FileSource } from "../source.ts";
import { bytesOf, type KindName, kinds, type StoredTensor } from "./types.ts";

export interface SafetensorsFile {
  readonly tensors: Map<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const sizes = Object.fromEntries(Object.entries(kinds).map(([name, { bytes }]) => [name, bytes])) as Record<
  KindName,
  number
>;

/** Reads a whole safetensors file, each tensor into memory of its own. Throws ARTIFACT_CORRUPT. */
export async function readSafetensors(source: FileSource): Promise<SafetensorsFile> {
  const prefix = await source.take(Math.min(8, source.bytes));
  const length = headerLength(prefix, source.bytes);
  const { entries, metadata } = decodeHeader(await source.take(length), source.bytes - 8 - length, sizes);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, kind, shape, begin, end } of entries) {
    const data = kinds[kind].allocate((end - begin) / kinds[kind].bytes);
    await source.fill(bytesOf(data));
    tensors.set(name, { shape, data });
  }
  return { tensors, metadata };
}
