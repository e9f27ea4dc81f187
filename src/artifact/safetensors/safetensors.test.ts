import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { FileSink } from "../sink.ts";
import { FileSource } from "../source.ts";
import { readSafetensors } from "./read.ts";
import type { StoredTensor } from "./types.ts";
import { writeSafetensors } from "./write.ts";

const folder = mkdtempSync(join(tmpdir(), "penchant-safetensors-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const fresh = () => join(folder, `${files++}.safetensors`);

async function write(tensors: Record<string, StoredTensor>, metadata?: Record<string, string>): Promise<string> {
  const path = fresh();
  await FileSink.create(path, (sink) => writeSafetensors(sink, new Map(Object.entries(tensors)), metadata));
  return path;
}
const read = (path: string) => FileSource.read(path, readSafetensors);

/** A file with a hand-made header and so many bytes of data. */
function forge(header: unknown, dataBytes: number, announced?: number): string {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(announced ?? text.length));
  const path = fresh();
  writeFileSync(path, Buffer.concat([prefix, text, Buffer.alloc(dataBytes)]));
  return path;
}
/** A file of these bytes. */
function raw(...bytes: readonly number[]): string {
  const path = fresh();
  writeFileSync(path, Uint8Array.from(bytes));
  return path;
}
const f32 = (begin: number, end: number, shape: unknown = [(end - begin) / 4]) => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});

describe("safetensors", () => {
  test("the bytes are those that the format prescribes", async () => {
    const path = await write({
      b: { shape: [2], data: Float32Array.of(1, -2) },
      a: { shape: [], data: Uint8Array.of(9) },
    });
    const bytes = readFileSync(path);
    const length = Number(bytes.readBigUInt64LE());
    expect(length % 8).toBe(0);
    expect(
      bytes
        .subarray(8, 8 + length)
        .toString()
        .trimEnd(),
    ).toBe('{"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"U8","shape":[],"data_offsets":[8,9]}}');
    expect(bytes.readFloatLE(8 + length)).toBe(1);
    expect(bytes.readFloatLE(12 + length)).toBe(-2);
    expect(bytes[16 + length]).toBe(9);
    expect(bytes.length).toBe(17 + length);
  });
  test("every type, shape and name comes back, with metadata", async () => {
    const tensors = {
      wide: { shape: [2, 1], data: Float64Array.of(Math.PI, -0) },
      "mlp/0/kernel": { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, Number.NaN) },
      "ids 🎬": { shape: [2], data: Int32Array.of(-1, 2 ** 31 - 1) },
      seeds: { shape: [1], data: Uint32Array.of(2 ** 32 - 1) },
      flags: { shape: [3], data: Uint8Array.of(0, 1, 255) },
      none: { shape: [0, 7], data: new Float32Array(0) },
      one: { shape: [], data: Int32Array.of(5) },
    };
    const back = await read(await write(tensors, { maker: "test" }));
    expect(Object.fromEntries(back.tensors)).toEqual(tensors);
    expect(back.metadata).toEqual({ maker: "test" });
  });
  test("a view into a larger buffer is written as the view", async () => {
    const data = Float32Array.of(0, 1, 2, 3).subarray(1, 3);
    const back = await read(await write({ view: { shape: [2], data } }));
    expect([...(back.tensors.get("view")?.data ?? [])]).toEqual([1, 2]);
  });
  test("the order in which tensors are given plays no part", async () => {
    const [a, b] = [
      { shape: [1], data: Float32Array.of(1) },
      { shape: [1], data: Float32Array.of(2) },
    ];
    expect(readFileSync(await write({ a, b }))).toEqual(readFileSync(await write({ b, a })));
  });
  test("a shape that does not fit its numbers is not written (ARTIFACT_SHAPE)", async () => {
    const wrong = { shape: [2, 2], data: new Float32Array(3) };
    await expect(write({ wrong })).rejects.toMatchObject({
      code: "ARTIFACT_SHAPE",
      message: expect.stringMatching(
        /"wrong" cannot be stored.*expected 4 numbers for shape \[2, 2\].*received 3 numbers/,
      ),
    });
  });

  test.each<[problem: string, path: () => string]>([
    ["no bytes", () => raw()],
    ["a header longer than the file", () => forge({}, 0, 1 << 20)],
    ["a header of absurd length", () => forge({}, 0, Number.MAX_SAFE_INTEGER)],
    ["a header that is not JSON", () => forge("{oops", 0)],
    ["a header that is a list", () => forge([], 0)],
    ["a header that is not UTF-8", () => raw(2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe)],
    ["an unknown type", () => forge({ a: { ...f32(0, 4), dtype: "F8" } }, 4)],
    ["the name of an inherited property as type", () => forge({ a: { ...f32(0, 4), dtype: "toString" } }, 4)],
    ["no type", () => forge({ a: 5 }, 4)],
    ["a negative size", () => forge({ a: f32(0, 4, [-1, -1]) }, 4)],
    ["a fractional size", () => forge({ a: f32(0, 4, [0.5, 2]) }, 4)],
    ["a shape that needs more bytes", () => forge({ a: f32(0, 4, [2]) }, 4)],
    ["three offsets", () => forge({ a: { ...f32(0, 4), data_offsets: [0, 4, 8] } }, 4)],
    ["offsets backwards", () => forge({ a: f32(4, 0, [1]) }, 4)],
    ["overlapping tensors", () => forge({ a: f32(0, 8), b: f32(4, 12) }, 12)],
    ["a hole between tensors", () => forge({ a: f32(0, 4), b: f32(8, 12) }, 12)],
    ["data before the first tensor", () => forge({ a: f32(4, 8) }, 8)],
    ["data cut short", () => forge({ a: f32(0, 8) }, 6)],
    ["data behind the last tensor", () => forge({ a: f32(0, 8) }, 9)],
    ["metadata that are no strings", () => forge({ __metadata__: { a: 1 } }, 0)],
  ])("a file with %s is refused with ARTIFACT_CORRUPT", async (_problem, path) => {
    await expect(read(path())).rejects.toMatchObject({ code: "ARTIFACT_CORRUPT" });
  });
  test("a file cut anywhere is refused with ARTIFACT_CORRUPT", async () => {
    const bytes = readFileSync(await write({ a: { shape: [3], data: Float32Array.of(1, 2, 3) } }));
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), async (length) => {
        const path = fresh();
        writeFileSync(path, bytes.subarray(0, length));
        await expect(read(path)).rejects.toMatchObject({ code: "ARTIFACT_CORRUPT" });
      }),
      { numRuns: 30 },
    );
  });
});
