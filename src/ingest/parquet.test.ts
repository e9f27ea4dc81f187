import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { expect, test } from "vitest";
import { coded, temporaryFile, temporaryFolder } from "../../test/support/folder.ts";
import { inspect, readEvents } from "./read.ts";

/** Runs SQL on a fresh in-memory database. */
async function sql(statement: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1", autoinstall_known_extensions: "false" });
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(statement)).getRowsJson() as unknown[][];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function parquet(select: string, name = "x.parquet"): Promise<string> {
  const path = join(temporaryFolder(), name);
  await sql(`copy (${select}) to '${path.replaceAll("'", "''")}' (format parquet)`);
  return path;
}

const texts = async (path: string): Promise<unknown[][]> => {
  const { events } = await readEvents(path);
  return Array.from({ length: events.user.length }, (_, i) => [
    events.users.text(events.user.at(i)),
    events.items.text(events.item.at(i)),
    events.value?.at(i),
    events.time?.at(i),
  ]);
};

test("Parquet is read with its types: integers and text as ids, timestamps as seconds", async () => {
  const path = await parquet(
    "select * from (values (7, '007', 4.5, timestamp '2020-01-01 00:00:01.5'), (12345678901234567, '日本', 3, null)) t(user_id, item_id, rating, ts)",
  );
  expect(await texts(path)).toEqual([
    ["7", "007", 4.5, 1577836801.5],
    ["12345678901234567", "日本", 3, Number.NaN],
  ]);
  expect((await inspect(path))?.columns.map(({ role }) => role)).toEqual(["user", "item", "value", "time"]);
});

test("Parquet in milliseconds or ISO text is converted, and rows without an id are rejected with their number", async () => {
  const path = await parquet(
    "select case when i = 50000 then null else 'u' || (i % 1000) end as user, i % 77 as item, 1600000000000 + i as time from range(100000) t(i)",
    "what's [this]?.parquet",
  );
  const { events, report } = await readEvents(path);
  expect([events.user.length, events.users.size, events.items.size]).toEqual([99_999, 1000, 77]);
  expect(report.rejected.first).toMatchObject([{ line: 50_001, reason: "empty user id" }]);
  expect(events.time?.at(1)).toBe(1600000000.001);
  const iso = await parquet("select 'a' as user, 'b' as item, '2020-01-01T00:00:00Z' as time");
  expect((await texts(iso))[0]?.[3]).toBe(1577836800);
});

test("a damaged Parquet file and a cancelled one are coded errors", async () => {
  await coded("DATA_FORMAT", () => readEvents(temporaryFile("x.parquet", "PAR1 garbage PAR1")));
  const path = await parquet("select i % 1000 as user, i % 77 as item from range(500000) t(i)");
  const controller = new AbortController();
  const onProgress = (): void => controller.abort();
  await coded("DATA_CANCELLED", () => readEvents(path, { signal: controller.signal, onProgress }));
  await coded("DATA_COLUMN", () => readEvents(path, { user: "usr" }));
});

test("delimited text is read as DuckDB reads it", async () => {
  const cell = fc.string({
    unit: fc.constantFrom("a", "b", "é", '"', ",", "\n", "7", "'"),
    minLength: 1,
    maxLength: 5,
  });
  const quote = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const row = fc.tuple(cell, cell, fc.integer({ min: 1, max: 5 }));
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 30 }), async (rows) => {
      const text = `user,item,rating\n${rows.map(([u, i, r]) => `${quote(u)},${quote(i)},${r}\n`).join("")}`;
      const path = temporaryFile("x.csv", text);
      const theirs = await sql(
        `select u, i, r::double from read_csv('${path}', header = true, auto_detect = false, delim = ',', quote = '"', escape = '"', columns = {'u': 'VARCHAR', 'i': 'VARCHAR', 'r': 'INTEGER'})`,
      );
      expect((await texts(path)).map((one) => one.slice(0, 3))).toEqual(theirs);
    }),
    { numRuns: 25 },
  );
});
