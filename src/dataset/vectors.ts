/** Vectors as features: files of numbers that others write, with the ids of their rows in a file beside. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { fail } from "../core/errors.ts";
import { packVector } from "../features/index.ts";
import { readNpy, type StoredArray } from "../files/npy.ts";
import { type StoredAs, stored } from "../files/numbers.ts";
import { decodeHeader, headerLength } from "../files/safetensors.ts";
import { readTable, type TextTable } from "../ingest/index.ts";

/** Whose the rows of a file of vectors are. */
export interface VectorIds {
  /** A file with an id a line, or with columns; a line of names may come first. */
  readonly ids?: string | undefined;
  /** Which of its columns holds them. Default: the first. */
  readonly id?: string | number | undefined;
  /** Whether it begins with names. Default: where there is a line too many, of letters alone, that is no id of the data. */
  readonly header?: boolean | undefined;
  readonly known?: { index(id: string): number | undefined };
}

/** Beyond so many bytes a data set could not hold it. */
const MOST_BYTES = 2 ** 28;

/**
 * The rows of a `.npy` or `.safetensors` file as a table: an id, and a vector (or, of an array with one dimension, a number) for each array of
 * the file. A `.npy` file's is named after the file, those of safetensors have names. Throws FEATURE_FILE, FEATURE_VALUE for NaN,
 * FEATURE_ID, DATA_FILE_MISSING.
 */
export async function vectorTable(path: string, { ids, ...named }: VectorIds): Promise<TextTable> {
  if (!existsSync(path)) fail("DATA_FILE_MISSING", { what: `There is no file at ${path}` });
  if (ids === undefined) {
    return fail("FEATURE_ID", {
      what: `${path} holds vectors, and nothing says whose they are`,
      expected: "a file with the id of each row, in their order",
      fix: "Name it: --item-ids ids.txt (of import and update: --item-feature-ids; of recommend: --new-item-ids).",
    });
  }
  const arrays = arraysIn(path, await readFile(path));
  const [[, first] = wrong(path, "it holds no array")] = arrays;
  const rows = first.shape[0] as number;
  for (const [name, { shape }] of arrays)
    if (shape[0] !== rows) wrong(path, `"${name}" has ${shape[0]} rows, and others ${rows}`);
  const owners = await idsIn(ids, rows, named);
  const columns = arrays.map(([name, array]) => cellsOf(path, name, array, owners));
  return {
    source: path,
    names: ["id", ...arrays.map(([name]) => name)],
    rows: owners.map((owner, row) => [owner, ...columns.map((cells) => cells[row] as string)]),
    warnings: [],
  };
}

const SAFETENSORS: Readonly<Record<string, StoredAs>> = {
  ...{ F64: "f64", F32: "f32", F16: "f16", BF16: "bf16", I64: "i64", I32: "i32", I16: "i16", I8: "i8" },
  ...{ U64: "u64", U32: "u32", U16: "u16", U8: "u8", BOOL: "u8" },
};
const sizes = Object.fromEntries(Object.entries(SAFETENSORS).map(([name, as]) => [name, stored[as].bytes]));

function arraysIn(path: string, bytes: Buffer): (readonly [string, StoredArray])[] {
  const arrays = (() => {
    try {
      if (!path.toLowerCase().endsWith(".npy")) return tensorsIn(bytes);
      return [[basename(path, extname(path)), readNpy(bytes)] as const];
    } catch (cause) {
      return wrong(path, (cause as Error).message.replace(/\.$/, ""), { cause });
    }
  })();
  for (const [name, { shape, as }] of arrays) {
    if (shape.length < 1 || shape.length > 2)
      wrong(path, `"${name}" has the shape [${shape.join(", ")}]`, { expected: "a row an id: [ids, width] or [ids]" });
    if (shape.includes(0)) wrong(path, `"${name}" is empty: [${shape.join(", ")}]`);
    const size = (shape[0] as number) * (shape[1] ?? 1) * 4;
    if (size > MOST_BYTES)
      wrong(path, `"${name}" has ${(shape[0] as number) * (shape[1] ?? 1)} numbers, as ${as}`, {
        expected: `at most ${MOST_BYTES / 4} numbers`,
        fix: "Make the vectors narrower first, by principal components.",
      });
  }
  return arrays;
}

function tensorsIn(bytes: Buffer): (readonly [string, StoredArray])[] {
  const length = headerLength(bytes.subarray(0, 8), bytes.length);
  const start = 8 + length;
  const { entries } = decodeHeader(bytes.subarray(8, start), bytes.length - start, sizes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return entries.map(({ name, kind, shape, begin }) => {
    const as = SAFETENSORS[kind] as StoredAs;
    const { bytes: wide, read } = stored[as];
    return [name, { shape, as, at: (place) => read(view, start + begin + place * wide, true) }];
  });
}

function cellsOf(path: string, name: string, { shape, at }: StoredArray, owners: readonly string[]): string[] {
  const [, width = 1] = shape;
  return owners.map((owner, row) => {
    const values = Float32Array.from({ length: width }, (_, column) => at(row * width + column));
    const wrongAt = values.findIndex((value) => !Number.isFinite(value));
    if (wrongAt >= 0) {
      fail("FEATURE_VALUE", {
        what: `The row of ${JSON.stringify(owner)} in ${path} holds what is no number`,
        expected: "finite numbers that fit 32 bits",
        received: `${at(row * width + wrongAt)} in row ${row + 1}, column ${wrongAt + 1} of "${name}"`,
        fix: "Leave out the rows of which nothing is known, with their ids.",
        details: { feature: name, id: owner },
      });
    }
    return shape.length === 1 ? String(at(row)) : packVector(values);
  });
}

/** An id for each row. */
async function idsIn(path: string, rows: number, { id, header, known }: Omit<VectorIds, "ids">): Promise<string[]> {
  const lines = await linesOf(path, id);
  const [first = ""] = lines;
  const isName = () => lines.length === rows + 1 && /^[\p{L}_ ]+$/u.test(first) && known?.index(first) === undefined;
  const found = (header ?? isName()) ? lines.slice(1) : lines;
  if (found.length === rows) return found;
  return fail("FEATURE_FILE", {
    what: `${path} does not have an id for each row of the vectors`,
    expected: `${rows} ids`,
    received: `${found.length}, the first of them ${JSON.stringify(found[0] ?? "")}`,
    fix: "Write the ids in the order of the rows, one a line; a line of names may come first (--header).",
  });
}

async function linesOf(path: string, id: string | number | undefined): Promise<string[]> {
  if (!existsSync(path)) fail("DATA_FILE_MISSING", { what: `There is no file at ${path}` });
  const text = await readFile(path, "utf8");
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  const plain = lines.map((line) => line.trim().replace(/^"(.*)"$/s, "$1"));
  if (!lines.some((line) => /[,;\t|]|::/.test(line))) return plain;
  const { names, rows } = await readTable(path, { header: true });
  const at = id === undefined ? 0 : typeof id === "number" ? id - 1 : names.indexOf(id);
  if (at < 0 || at >= names.length) {
    fail("FEATURE_UNKNOWN", { what: `${path} has no column ${JSON.stringify(id)}`, expected: names.join(", ") });
  }
  return [names[at] as string, ...rows.map((row) => row[at] ?? "")];
}

interface Told {
  readonly expected?: string | undefined;
  readonly fix?: string;
  readonly cause?: unknown;
}

function wrong(path: string, what: string, told: Told = {}): never {
  return fail("FEATURE_FILE", { what: `${path} cannot be read: ${what}`, ...told, details: { path } });
}
