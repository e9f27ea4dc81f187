import type { FileSink } from "../sink.ts";
import { encodeHeader, layOut } from "./header.ts";
import { bytesOf, type StoredTensor, type Tensors } from "./types.ts";

/** Writes tensors in the safetensors format; the bytes depend on the content alone. Throws ARTIFACT_SHAPE. */
export async function writeSafetensors(
  sink: FileSink,
  tensors: Tensors,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const entries = layOut(tensors);
  await sink.write(encodeHeader({ entries, metadata }));
  for (const { name } of entries) await sink.write(bytesOf((tensors.get(name) as StoredTensor).data));
}
