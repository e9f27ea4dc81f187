import { Buffer } from "node:buffer";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { coded, temporaryFile, temporaryFolder } from "../../test/support/folder.ts";
import { PenchantError } from "../core/errors.ts";
import type { ReadOptions } from "./options.ts";
import { readEvents } from "./read.ts";
import type { ReadResult } from "./result.ts";

const read = (content: string | Uint8Array, options: ReadOptions = {}, name = "x.csv"): Promise<ReadResult> =>
  readEvents(temporaryFile(name, content), options);

describe("bad input", () => {
  test("is one coded error each, with what to do", async () => {
    const cases: readonly [code: string, name: string, content: string | Uint8Array, options?: ReadOptions][] = [
      ["DATA_EMPTY", "empty.csv", ""],
      ["DATA_EMPTY", "blank.csv", "\n \n\n"],
      ["DATA_EMPTY", "empty.csv.gz", gzipSync("")],
      ["DATA_EMPTY", "header.csv", "userId,movieId,rating\n"],
      ["DATA_EMPTY", "header.csv", "userId,movieId,rating"],
      ["DATA_COLUMNS", "one.csv", "alpha\nbeta\ngamma\n"],
      ["DATA_COLUMNS", "one.jsonl", '{"user":1}\n{"user":2}\n'],
      ["DATA_COLUMNS", "comma.csv", "a,b\nc,d\n", { delimiter: ";" }],
      ["DATA_COLUMN", "missing.csv", "user,item\na,b\n", { value: "stars" }],
      ["DATA_BINARY", "garbage.csv", Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 37) % 256))],
      ["DATA_BINARY", "book.xlsx", Buffer.from("PK\u0003\u0004rest")],
      ["DATA_BINARY", "x.db", Buffer.from("SQLite format 3\u0000")],
      ["DATA_BINARY", "x.csv.zst", Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3])],
      ["DATA_FORMAT", "array.json", "[[1,2],[3,4]]"],
      ["DATA_FORMAT", "rows.json", '{"rows":[{"user":1,"item":2},{"user":2,"item":2}]}'],
      ["DATA_FORMAT", "columns.json", '{"user":{"0":1,"1":2},"item":{"0":1,"1":1}}'],
      ["DATA_COLUMNS", "pretty.json", '{\n  "user": 1\n}\n'],
      ["DATA_FORMAT", "x.parquet", "user,item\na,b\n"],
      ["DATA_FORMAT", "x.csv", "user,item\na,b\n", { format: "lightgcn" }],
      ["DATA_UNREADABLE", "cut.csv.gz", gzipSync("user,item\n".concat("a,b\n".repeat(50_000))).subarray(0, -20)],
      ["CONFIG_UNKNOWN", "x.csv", "user,item\na,b\n", { format: "xml" as never }],
      ["CONFIG_VALUE", "x.csv", "user,item\na,b\n", { delimiter: "" }],
      ["CONFIG_VALUE", "x.csv", "user,item\na,b\n", { eventValues: { view: Number.NaN } }],
    ];
    for (const [code, name, content, options] of cases) await coded(code, () => read(content, options, name));
  });

  test("of any kind, bytes or scraps of tables, is read or refused with a code", async () => {
    const scrap = fc.constantFrom(
      "user,item,rating\n",
      "a,b,3\n",
      "c,d\n",
      '"',
      ",",
      "\n",
      "\t",
      "{",
      '{"user":1,"item":2}\n',
      "1e400",
      "é",
    );
    const table = fc.array(scrap, { minLength: 1, maxLength: 25 }).map((scraps) => Buffer.from(scraps.join("")));
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 200 }).map((array) => Buffer.from(array));
    const path = temporaryFile("fuzz.csv", "");
    await fc.assert(
      fc.asyncProperty(fc.oneof(table, bytes), fc.boolean(), async (content, zipped) => {
        writeFileSync(path, zipped ? gzipSync(content) : content);
        const result = await readEvents(path).catch((error: unknown) => error);
        if (result instanceof Error) expect(result).toBeInstanceOf(PenchantError);
        else expect((result as ReadResult).events.user.length).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });

  test("names the file that was probably meant", async () => {
    const folder = temporaryFolder({ "ratings.csv": "user,item\na,b\n" });
    const error = await coded("DATA_FILE_MISSING", () => readEvents(join(folder, "rating.csv")));
    expect(error.fix).toContain("ratings.csv");
    await coded("DATA_FILE_MISSING", () => readEvents(join(folder, "no", "such.csv")));
    await coded("DATA_FILE_MISSING", () => readEvents(join(folder, "ratings.csv", "x")));
  });

  test("says what is in a folder without interactions", async () => {
    const folder = temporaryFolder({ "notes.md": "# notes", ".hidden.csv": "user,item\na,b\n" });
    mkdirSync(join(folder, "inside"));
    writeFileSync(join(folder, "inside", "ratings.csv"), "user,item\na,b\n");
    const { message, fix } = await coded("DATA_DIRECTORY", () => readEvents(folder));
    expect(message).toContain("received .hidden.csv, inside, notes.md");
    expect(fix).toContain(`'${join(folder, "*", "*.csv")}'`);
    const packed = temporaryFolder({ "x.csv.zst": Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3]) });
    const zst = await coded("DATA_DIRECTORY", () => readEvents(packed));
    expect(zst.message).toContain("is compressed with zstd");
    expect(zst.fix).toContain("zstd -dc");
  });

  test.skipIf(process.getuid?.() === 0)("says when a file may not be read", async () => {
    const path = temporaryFile("secret.csv", "user,item\na,b\n");
    chmodSync(path, 0);
    await coded("DATA_UNREADABLE", () => readEvents(path));
  });

  test("reads a file whose name is a pattern or has quotes", async () => {
    for (const name of ["a[1].csv", "what's this?.csv", "*.csv"]) {
      expect((await read("user,item\na,b\n", {}, name)).report.rows).toBe(1);
    }
  });
});
