import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Csr } from "../penchant.ts";

type Values = Int32Array | Float32Array;

/** A temporary folder of raw little-endian arrays that peers read (`peers/arrays.py`). */
export class SharedFolder {
  readonly path: string = mkdtempSync(join(tmpdir(), "penchant-bench-"));

  /** Writes NAME.i32 or NAME.f32; "/" in a name becomes ".". */
  write(name: string, values: Values): void {
    const suffix = values instanceof Int32Array ? "i32" : "f32";
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    writeFileSync(join(this.path, `${name.replaceAll("/", ".")}.${suffix}`), bytes);
  }

  writeAll(arrays: Readonly<Record<string, Values>>): void {
    for (const [name, values] of Object.entries(arrays)) this.write(name, values);
  }

  writeRows({ offsets, items, values }: Csr): void {
    this.writeAll({ "seen.offsets": offsets, "seen.items": items, ...(values && { "seen.values": values }) });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
