import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/support/folder.ts";
import { writeParquet } from "./parquet.ts";

const types = { user: "text", rank: "int32", score: "float64" } as const;

async function read(path: string): Promise<Record<string, unknown>[]> {
  const bytes = readFileSync(path);
  return parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) });
}

test("rows come back as they were written, whatever the batches", async () => {
  const path = join(temporaryFolder(), "lists.parquet");
  const batches = [
    { user: ["7", "日本"], rank: [1, 2], score: new Float32Array([0.5, -2]) },
    { user: [], rank: [], score: [] },
    { user: ["a, b"], rank: [2 ** 31 - 1], score: [1e-300] },
  ];
  expect(await writeParquet(path, types, batches)).toBe(3);
  expect(await read(path)).toEqual([
    { user: "7", rank: 1, score: 0.5 },
    { user: "日本", rank: 2, score: -2 },
    { user: "a, b", rank: 2147483647, score: 1e-300 },
  ]);
});

test("an absent number of a column that may be empty is an empty cell", async () => {
  const path = join(temporaryFolder(), "events.parquet");
  const rows = { item: ["7", "8", "9"], value: [null, 4.5, null] };
  await writeParquet(path, { item: "text", value: "float64?" }, [rows]);
  expect((await read(path)).map(({ value }) => value ?? null)).toEqual(rows.value);
});

test("rows beyond a row group go to the next one, and the same rows give the same bytes", async () => {
  const folder = temporaryFolder();
  async function* batches(length: number): AsyncGenerator<{ user: string[]; rank: Int32Array; score: number[] }> {
    for (let start = 0; start < 300_000; start += length) {
      const rows = Array.from({ length: Math.min(length, 300_000 - start) }, (_, i) => start + i);
      yield { user: rows.map((row) => `u${row}`), rank: Int32Array.from(rows), score: rows };
    }
  }
  for (const length of [1000, 170_000]) await writeParquet(join(folder, `${length}.parquet`), types, batches(length));
  const [one, other] = ["1000", "170000"].map((name) => readFileSync(join(folder, `${name}.parquet`)));
  expect(one?.equals(other as Buffer)).toBe(true);
  const { row_groups: groups } = parquetMetadata(new Uint8Array(one as Buffer));
  expect(groups.map(({ num_rows }) => Number(num_rows))).toEqual([131_072, 131_072, 37_856]);
  expect((await read(join(folder, "1000.parquet")))[299_999]).toEqual({
    user: "u299999",
    rank: 299_999,
    score: 299_999,
  });
});

test("no rows give a file with its columns", async () => {
  const path = join(temporaryFolder(), "empty.parquet");
  expect(await writeParquet(path, types, [])).toBe(0);
  expect(
    parquetMetadata(new Uint8Array(readFileSync(path)))
      .schema.map(({ name }) => name)
      .slice(1),
  ).toEqual(["user", "rank", "score"]);
  expect(await read(path)).toEqual([]);
});

test("when the rows fail, the file that was there stays and nothing is left beside it", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "lists.parquet");
  writeFileSync(path, "before");
  async function* batches(): AsyncGenerator<{ user: string[]; rank: number[]; score: number[] }> {
    yield { user: ["a"], rank: [1], score: [1] };
    throw new Error("stopped");
  }
  await expect(writeParquet(path, types, batches())).rejects.toThrow("stopped");
  expect(readFileSync(path, "utf8")).toBe("before");
  expect(readdirSync(folder)).toEqual(["lists.parquet"]);
  await expect(writeParquet(join(folder, "none", "x.parquet"), types, [])).rejects.toMatchObject({ code: "ENOENT" });
  expect(existsSync(join(folder, "none"))).toBe(false);
});
