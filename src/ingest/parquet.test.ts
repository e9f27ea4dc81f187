import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parquetWriteFile } from "hyparquet-writer";
import { expect, test } from "vitest";
import { coded, temporaryFile, temporaryFolder } from "../../test/support/folder.ts";
import { inspect, readEvents } from "./read.ts";

type Columns = Parameters<typeof parquetWriteFile>[0]["columnData"];

function parquet(columnData: Columns, name = "x.parquet"): string {
  const filename = join(temporaryFolder(), name);
  parquetWriteFile({ filename, columnData });
  return filename;
}

const numbers = <T>(length: number, of: (i: number) => T): T[] => Array.from({ length }, (_, i) => of(i));

test("integers and text are ids, timestamps seconds; an empty time is unknown", async () => {
  const path = parquet([
    { name: "user_id", data: [7n, 12345678901234567n], type: "INT64" },
    { name: "item_id", data: ["007", "日本"], type: "STRING" },
    { name: "rating", data: [4.5, 3], type: "DOUBLE" },
    { name: "ts", data: [new Date(1577836801500), null], type: "TIMESTAMP" },
  ]);
  const { events } = await readEvents(path);
  expect([0, 1].map((i) => [events.users.text(events.user.at(i)), events.items.text(events.item.at(i))])).toEqual([
    ["7", "007"],
    ["12345678901234567", "日本"],
  ]);
  expect([0, 1].map((i) => [events.value?.at(i), events.time?.at(i)])).toEqual([
    [4.5, 1577836801.5],
    [3, Number.NaN],
  ]);
  expect((await inspect(path))?.columns.map(({ role }) => role)).toEqual(["user", "item", "value", "time"]);
});

test("rows beyond a page and a row group keep their order, and one without an id is rejected with its number", async () => {
  const rows = 250_000;
  const path = parquet(
    [
      { name: "user", data: numbers(rows, (i) => (i === 150_000 ? null : `u${i % 1000}`)), type: "STRING" },
      { name: "item", data: numbers(rows, (i) => i), type: "INT32" },
      { name: "time", data: numbers(rows, (i) => 1600000000000n + BigInt(i)), type: "INT64" },
    ],
    "what's [this]?.parquet",
  );
  const { events, report } = await readEvents(path);
  expect([report.rows, events.user.length, events.users.size, events.items.size]).toEqual([
    rows,
    rows - 1,
    1000,
    rows - 1,
  ]);
  expect(report.rejected.first).toMatchObject([{ line: 150_001, reason: "empty user id" }]);
  expect(numbers(3, (i) => events.time?.at(100_000 * i + 7))).toEqual([1600000000.007, 1600000100.007, 1600000200.008]);
  expect(events.items.text(events.item.at(249_998))).toBe("249999");
});

test("text in a column of times is read as in a text file, and a huge id is kept whole", async () => {
  const id = "é".repeat(5000);
  const { events } = await readEvents(
    parquet([
      { name: "user", data: [id, "b"], type: "STRING" },
      { name: "item", data: ["x", "y"], type: "STRING" },
      { name: "time", data: ["2020-01-01T00:00:00Z", "2020-01-01"], type: "STRING" },
    ]),
  );
  expect(events.users.text(0)).toBe(id);
  expect([events.time?.at(0), events.time?.at(1)]).toEqual([1577836800, 1577836800]);
});

test("text that is no UTF-8 is read as Latin-1 and told, and an encoding asked for does not touch what is", async () => {
  const bytes = [Uint8Array.of(0xe9), Uint8Array.of(0xc3, 0xa9)];
  const columns: Columns = [
    { name: "user", data: bytes, type: "STRING" },
    { name: "item", data: ["é", "x"], type: "STRING" },
  ];
  for (const encoding of ["utf-8", "latin-1"] as const) {
    const { events, report } = await readEvents(parquet(columns), { encoding });
    expect([events.users.size, events.users.text(0), events.items.text(0)]).toEqual([1, "é", "é"]);
    expect(report.warnings.map(({ code }) => code)).toEqual(["not-utf-8"]);
  }
});

test("numbers that are not finite are no values", async () => {
  const path = parquet([
    { name: "user", data: ["a", "b", "c", "d"], type: "STRING" },
    { name: "item", data: ["x", "y", "z", "w"], type: "STRING" },
    { name: "rating", data: [1, Number.NaN, 2, 3], type: "DOUBLE" },
  ]);
  expect((await readEvents(path)).report.rejected.reasons).toEqual({ "value is not finite": 1 });
});

test("a damaged, a truncated and a cancelled file are coded errors", async () => {
  await coded("DATA_FORMAT", () => readEvents(temporaryFile("x.parquet", "PAR1 garbage PAR1")));
  await coded("DATA_FORMAT", () => readEvents(temporaryFile("x.parquet", "PAR1")));
  const path = parquet([
    { name: "user", data: numbers(200_000, (i) => i % 1000), type: "INT32" },
    { name: "item", data: numbers(200_000, (i) => i % 77), type: "INT32" },
  ]);
  const whole = readFileSync(path);
  await coded("DATA_FORMAT", () => readEvents(temporaryFile("x.parquet", whole.subarray(0, whole.length / 2))));
  const controller = new AbortController();
  const onProgress = (): void => controller.abort();
  await coded("DATA_CANCELLED", () => readEvents(path, { signal: controller.signal, onProgress }));
  await coded("DATA_COLUMN", () => readEvents(path, { user: "usr" }));
});
