import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { fitFeatures, packVector } from "../features/index.ts";
import { addFeatures, extendFeatures } from "./features.ts";
import { Interactions } from "./interactions.ts";
import { vectorTable } from "./vectors.ts";
import { Vocabulary } from "./vocabulary.ts";

const folder = mkdtempSync(join(tmpdir(), "penchant-vectors-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

/** A file as numpy.save writes it. */
function npy(
  name: string,
  descr: string,
  shape: readonly number[],
  data: Uint8Array,
  { fortran = false, cut = 0, version = 1 } = {},
): string {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': ${descr}, 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${sizes}), }`;
  const start = version === 1 ? 10 : 12;
  const header = `${text.padEnd(Math.ceil((start + text.length + 1) / 64) * 64 - start - 1)}\n`;
  const prefix = Buffer.alloc(start);
  prefix.write("\x93NUMPY", "latin1");
  prefix[6] = version;
  if (version === 1) prefix.writeUInt16LE(header.length, 8);
  else prefix.writeUInt32LE(header.length, 8);
  const bytes = Buffer.concat([prefix, Buffer.from(header), data]);
  writeFileSync(at(name), bytes.subarray(0, bytes.length - cut));
  return at(name);
}
function tensors(name: string, entries: Record<string, { dtype: string; shape: number[]; bytes: Uint8Array }>): string {
  let offset = 0;
  const header = Object.fromEntries(
    Object.entries(entries).map(([key, { dtype, shape, bytes }]) => {
      offset += bytes.length;
      return [key, { dtype, shape, data_offsets: [offset - bytes.length, offset] }];
    }),
  );
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(at(name), Buffer.concat([prefix, text, ...Object.values(entries).map(({ bytes }) => bytes)]));
  return at(name);
}
function idFile(name: string, text: string): string {
  writeFileSync(at(name), text);
  return at(name);
}
const bytes = (of: ArrayBufferView) => new Uint8Array(of.buffer, of.byteOffset, of.byteLength);
const six = Float32Array.of(1, 2, 3, -4, 0.5, 6);
const two = idFile("two.txt", "a\nb\n");
const rowsOf = async (path: string, ids = two) => (await vectorTable(path, { ids })).rows;
const expected = [
  ["a", packVector(six.slice(0, 3))],
  ["b", packVector(six.slice(3))],
];

describe("a file of vectors", () => {
  test.each<[string, string, Uint8Array]>([
    ["f64", "'<f8'", bytes(Float64Array.from(six))],
    ["f32", "'<f4'", bytes(six)],
    ["f16", "'<f2'", bytes(Uint16Array.of(0x3c00, 0x4000, 0x4200, 0xc400, 0x3800, 0x4600))],
    ["f32, big-endian", "'>f4'", bytes(Buffer.from(bytes(six)).swap32())],
  ])("of %s", async (_, descr, data) => {
    expect(await rowsOf(npy("x.npy", descr, [2, 3], data))).toEqual(expected);
  });

  test.each<[string, string, Uint8Array]>([
    ["i64", "'<i8'", bytes(BigInt64Array.of(1n, -2n, 3n, 4n))],
    ["i32", "'<i4'", bytes(Int32Array.of(1, -2, 3, 4))],
    ["i16", "'<i2'", bytes(Int16Array.of(1, -2, 3, 4))],
    ["i8", "'|i1'", bytes(Int8Array.of(1, -2, 3, 4))],
  ])("of %s", async (_, descr, data) => {
    const rows = await rowsOf(npy("x.npy", descr, [2, 2], data));
    expect(rows).toEqual([
      ["a", packVector(Float32Array.of(1, -2))],
      ["b", packVector(Float32Array.of(3, 4))],
    ]);
  });

  test("in Fortran's order, of a later version, and with one dimension", async () => {
    const columns = bytes(Float32Array.of(1, -4, 2, 0.5, 3, 6));
    expect(await rowsOf(npy("x.npy", "'<f4'", [2, 3], columns, { fortran: true, version: 2 }))).toEqual(expected);
    expect(await rowsOf(npy("x.npy", "'<f4'", [2], bytes(six.slice(0, 2))))).toEqual([
      ["a", "1"],
      ["b", "2"],
    ]);
  });

  test("of several tensors, each a feature with its name", async () => {
    const bf16 = bytes(Uint16Array.of(0x3f80, 0xc000));
    const file = tensors("x.safetensors", {
      poster: { dtype: "F32", shape: [2, 3], bytes: bytes(six) },
      length: { dtype: "BF16", shape: [2], bytes: bf16 },
    });
    const { names, rows } = await vectorTable(file, { ids: two });
    expect(names).toEqual(["id", "poster", "length"]);
    expect(rows).toEqual([
      [...(expected[0] ?? []), "1"],
      [...(expected[1] ?? []), "-2"],
    ]);
  });

  test.each<[string, string, string]>([
    ["objects", "'|O'", "objects of Python"],
    ["texts", "'<U3'", "no numbers"],
    ["complex numbers", "'<c8'", "no numbers"],
    ["records", "[('a', '<f4')]", "records"],
  ])("of %s is refused", async (_, descr, why) => {
    const file = npy("x.npy", descr, [2, 3], bytes(six));
    await expect(rowsOf(file)).rejects.toMatchObject({ code: "FEATURE_FILE", message: expect.stringContaining(why) });
  });

  test.each<[string, () => string]>([
    ["cut within its numbers", () => npy("x.npy", "'<f4'", [2, 3], bytes(six), { cut: 1 })],
    ["cut within its header", () => npy("x.npy", "'<f4'", [2, 3], bytes(six), { cut: 60 })],
    ["longer than its shape says", () => npy("x.npy", "'<f4'", [2, 2], bytes(six))],
    ["of three dimensions", () => npy("x.npy", "'<f4'", [2, 1, 3], bytes(six))],
    ["of a single number", () => npy("x.npy", "'<f4'", [], bytes(six.slice(0, 1)))],
    ["without rows", () => npy("x.npy", "'<f4'", [0, 3], bytes(six.slice(0, 0)))],
    ["that is text", () => idFile("x.npy", "1,2,3\n4,5,6\n")],
    ["that is empty", () => idFile("x.npy", "")],
    ["of another version", () => npy("x.npy", "'<f4'", [2, 3], bytes(six), { version: 9 })],
    [
      "of tensors with different rows",
      () =>
        tensors("x.safetensors", {
          a: { dtype: "F32", shape: [2, 2], bytes: bytes(six.slice(0, 4)) },
          b: { dtype: "F32", shape: [1], bytes: bytes(six.slice(0, 1)) },
        }),
    ],
    ["of no tensor", () => tensors("x.safetensors", {})],
    [
      "of complex tensors",
      () => tensors("x.safetensors", { a: { dtype: "C64", shape: [2], bytes: new Uint8Array(16) } }),
    ],
    ["of tensors, cut", () => idFile("x.safetensors", "\x20\0\0\0\0\0\0\0{}")],
  ])("%s is refused", async (_, file) => {
    await expect(rowsOf(file())).rejects.toMatchObject({ code: "FEATURE_FILE" });
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 1e300])(
    "with %d is refused, with the id and the place",
    async (value) => {
      const file = npy("x.npy", "'<f8'", [2, 3], bytes(Float64Array.of(1, 2, 3, 4, 5, value)));
      await expect(rowsOf(file)).rejects.toMatchObject({
        code: "FEATURE_VALUE",
        message: expect.stringMatching(/"b".*row 2, column 3/),
      });
    },
  );
});

describe("the ids of vectors", () => {
  const file = npy("ids.npy", "'<f4'", [2, 3], bytes(six));
  test.each<[string, string]>([
    ["an id a line", "a\nb"],
    ["Windows' line ends and a byte order mark", "\uFEFFa\r\nb\r\n"],
    ["a line of names", "item_id\na\nb\n"],
    ["several columns, the first of which counts", 'film,title\na,"The end, again"\nb,War\n'],
  ])("%s", async (_, text) => {
    expect((await rowsOf(file, idFile("ids.txt", text))).map(([id]) => id)).toEqual(["a", "b"]);
  });

  test("of a column that is named", async () => {
    const ids = idFile("ids.csv", "title,film\nx,a\ny,b\n");
    expect((await vectorTable(file, { ids, id: "film" })).rows.map(([id]) => id)).toEqual(["a", "b"]);
    await expect(vectorTable(file, { ids, id: "fim" })).rejects.toMatchObject({ code: "FEATURE_UNKNOWN" });
  });

  test.each<[string, string]>([
    ["too few", "a\n"],
    ["too many", "a\nb\nc\nd\n"],
    ["one too many, none of which is a name", "film-1\nfilm-2\nfilm-3\n"],
    ["none", ""],
  ])("%s: refused", async (_, text) => {
    await expect(rowsOf(file, idFile("ids.txt", text))).rejects.toMatchObject({ code: "FEATURE_FILE" });
  });

  test("one too many, the first of which the data know: nothing shifts", async () => {
    const known = Vocabulary.from(["a", "b", "c"]);
    await expect(vectorTable(file, { ids: idFile("ids.txt", "c\na\nb\n"), known })).rejects.toMatchObject({
      code: "FEATURE_FILE",
    });
    expect((await vectorTable(file, { ids: idFile("ids.txt", "film\na\nb\n"), known })).rows).toHaveLength(2);
  });

  test("are asked for", async () => {
    await expect(vectorTable(file, {})).rejects.toMatchObject({ code: "FEATURE_ID" });
    await expect(vectorTable(at("no.npy"), { ids: two })).rejects.toMatchObject({ code: "DATA_FILE_MISSING" });
    await expect(vectorTable(file, { ids: at("no.txt") })).rejects.toMatchObject({ code: "DATA_FILE_MISSING" });
  });
});

test("vectors become a feature of the data set, and new ones stand in place of old ones", async () => {
  const interactions = new Interactions(Vocabulary.from(["u"]), Vocabulary.from(["a", "b", "c"]), {
    offsets: Int32Array.of(0, 3),
    items: Int32Array.of(0, 1, 2),
  });
  const path = npy("poster.npy", "'<f4'", [2, 3], bytes(six));
  const { dataset, added } = await addFeatures({ interactions } as never, { path, ids: two, side: "item" });
  expect(added).toMatchObject({
    id: "id",
    rows: 2,
    matched: 2,
    features: [{ name: "poster", kind: "vector", coverage: 2 / 3 }],
  });
  expect(fitFeatures(dataset.features?.items ?? [], [0, 1, 2])).toMatchObject({ width: 3 });
  npy("poster.npy", "'<f4'", [1, 3], bytes(six.slice(3)));
  const { dataset: richer } = await extendFeatures(dataset, { path, ids: idFile("c.txt", "c"), side: "item" });
  expect(richer.features?.items?.[0]?.values).toEqual([expected[0]?.[1], expected[1]?.[1], expected[1]?.[1]]);
  npy("poster.npy", "'<f4'", [1, 2], bytes(six.slice(4)));
  await expect(addFeatures(dataset, { path, ids: idFile("d.txt", "d"), side: "item" })).rejects.toMatchObject({
    code: "FEATURE_ID",
  });
});
