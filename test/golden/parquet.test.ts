/** Files that Arrow and DuckDB wrote (test/golden/parquet/make.py), read to the last digit. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ReadOptions } from "../../src/ingest/options.ts";
import { inspect, readEvents } from "../../src/ingest/read.ts";
import { coded, temporaryFile } from "../support/folder.ts";

const folder = join(import.meta.dirname, "parquet");
const files = readdirSync(folder).filter((name) => name.endsWith(".parquet"));
const pathOf = (name: string): string => join(folder, `${name}.parquet`);

async function rows(path: string, options: ReadOptions = {}): Promise<unknown[][]> {
  const { events } = await readEvents(path, options);
  return Array.from({ length: events.user.length }, (_, i) => [
    events.users.text(events.user.at(i)),
    events.items.text(events.item.at(i)),
    events.value?.at(i),
    events.time?.at(i),
  ]);
}

/** What make.py says, in TypeScript. */
const expected = Array.from({ length: 40 }, (_, i) => [
  i === 7 ? "9007199254740993" : String(i % 5),
  i % 3 === 0 ? `item-${i}` : `é${i % 3}`,
  i === 11 ? Number.NaN : (i % 9) / 2,
  i === 13 ? Number.NaN : 1_600_000_000 + i,
]);

describe("the same events in every form", () => {
  const forms = files.filter((name) => /^(codec|pages|encodings|checksums|duckdb)/.test(name));

  test("there are all codecs, both page versions, all encodings", () => expect(forms).toHaveLength(14));

  test.each(forms)("%s", async (name) => {
    expect(await rows(join(folder, name))).toEqual(expected);
    const { report } = await readEvents(join(folder, name));
    expect([report.rows, report.rejected.count, report.unknownValues, report.unknownTimes]).toEqual([40, 0, 1, 1]);
  });
});

test.each(["types", "types-plain"])("every type has its exact text (%s)", async (name) => {
  const looked = await inspect(pathOf(name), { user: "text", item: "after" });
  const cells = Object.fromEntries(
    (looked?.columns ?? []).map((column, i) => [column.name, looked?.preview.slice(0, 2).map((row) => row[i])]),
  );
  expect(cells).toEqual({
    int8: ["-5", "7"],
    uint32: ["4294967295", "0"],
    int64: ["-9007199254740993", "9223372036854775807"],
    uint64: ["18446744073709551615", "3"],
    float16: ["0.5", "-2"],
    float32: ["4.1", "16777216"],
    float64: ["0.1", "42"],
    bool: ["true", "false"],
    decimal: ["-0.05", "1234.50"],
    decimal38: ["12345678901234567890123456789.01", "-1.00"],
    date: ["2020-01-02T00:00:00Z", "1969-12-31T00:00:00Z"],
    seconds: ["2020-01-02T03:04:05Z", "1969-12-31T23:59:59Z"],
    millis: ["2020-01-02T03:04:05.678Z", "1969-12-31T23:59:59.5Z"],
    micros: ["2020-01-02T03:04:05.678901Z", "1969-12-31T23:59:59.5Z"],
    nanos: ["2020-01-02T03:04:05.678901234Z", "1969-12-31T23:59:59.5Z"],
    time: ["01:02:03.45", "23:59:59"],
    text: ["日本", "a,b"],
    category: ["x", "y"],
    binary: ["plain", "00ff"],
    fixed: ["000102030405060708090a0b", "abcdefghijkl"],
    uuid: ["12345678-1234-5678-1234-567812345678", "00000000-0000-0000-0000-000000000000"],
    nothing: ["", ""],
    "pair.id": ["1", ""],
    "pair.deep.name": ["a", ""],
    after: ["l", "m"],
  });
  expect(looked?.warnings).toMatchObject([
    { code: "nested-columns", message: expect.stringContaining('"list", "map"') },
    { code: "time-of-day-not-used" },
  ]);
});

test.each([
  ["date", [1_577_923_200, -86_400]],
  ["seconds", [1_577_934_245, -1]],
  ["millis", [1_577_934_245.678, -0.5]],
  ["micros", [1_577_934_245.678901, -0.5]],
  ["nanos", [1_577_934_245.6789012, -0.5]],
])("%s are Unix seconds", async (time, seconds) => {
  const read = await rows(pathOf("types"), { user: "text", item: "after", value: false, time });
  expect(read.map((row) => row[3])).toEqual(seconds);
});

test("numbers of every type are values; a time of day is no time", async () => {
  const values = async (value: string): Promise<unknown[]> =>
    (await rows(pathOf("types"), { user: "text", item: "after", value, time: false })).map((row) => row[2]);
  expect(await values("int8")).toEqual([-5, 7]);
  expect(await values("float16")).toEqual([0.5, -2]);
  expect(await values("float32")).toEqual([Math.fround(4.1), 16_777_216]);
  expect(await values("decimal")).toEqual([Math.fround(-0.05), 1234.5]);
  await coded("DATA_MALFORMED", () =>
    rows(pathOf("types"), { user: "text", item: "after", value: false, time: "time" }),
  );
});

test("the old 96-bit timestamps are read", async () => {
  expect((await rows(pathOf("int96"))).map((row) => row[3])).toEqual([1_577_934_245.678901, -0.5]);
});

test("fields of structures are columns with dots, exact beyond 2^53; lists are not read, and refused when asked for", async () => {
  expect((await rows(pathOf("nested"))).map((row) => row.slice(0, 2))).toEqual([
    ["9007199254740993", "a"],
    ["9007199254740992", "b"],
  ]);
  const error = await coded("DATA_COLUMN", () => rows(pathOf("nested"), { item: "tags" }));
  expect(error.message).toContain("several values");
});

test("a file without rows holds no interaction", () => coded("DATA_EMPTY", () => rows(pathOf("empty"))));

test("damaged files are coded errors or are read, never a crash, and a wrong byte is noticed where there are checksums", async () => {
  const damaged = (name: string, damage: (bytes: Uint8Array) => Uint8Array | undefined): Promise<string> => {
    const bytes = Uint8Array.from(readFileSync(join(folder, name)));
    const path = temporaryFile("x.parquet", damage(bytes) ?? bytes);
    return rows(path, { user: 1, item: 2 }).then(
      () => "read",
      (error: { code?: string }) => error.code ?? String(error),
    );
  };
  const answers = new Set<string>();
  let seed = 1;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (let i = 0; i < 400; i++) {
    const name = files[random(files.length)] ?? "";
    answers.add(
      await damaged(name, (bytes) => {
        for (let flips = 1 + random(3); flips > 0; flips--)
          bytes[4 + random(bytes.length - 4)] = random(4) ? random(256) : 255;
        return random(10) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes;
      }),
    );
  }
  expect([...answers].filter((answer) => !/^(read|DATA_[A-Z]+)$/.test(answer))).toEqual([]);
  expect(answers).toContain("DATA_FORMAT");
  expect(await damaged("checksums.parquet", (bytes) => bytes.fill(1 ^ (bytes[300] ?? 0), 300, 301))).toBe(
    "DATA_FORMAT",
  );
});
