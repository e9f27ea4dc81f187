import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { coded, realData, temporaryFile } from "../../test/support/folder.ts";
import type { Progress, ReadOptions } from "./options.ts";
import { inspect, readEvents } from "./read.ts";

/** Reads a file with this content; gives rows as [user, item, value, time], and the report. */
async function read(content: string | Uint8Array, options: ReadOptions = {}, name = "ratings.csv") {
  const { events, report } = await readEvents(temporaryFile(name, content), options);
  const rows = Array.from({ length: events.user.length }, (_, i) => [
    events.users.text(events.user.at(i)),
    events.items.text(events.item.at(i)),
    ...(events.value ? [events.value.at(i)] : []),
    ...(events.time ? [events.time.at(i)] : []),
  ]);
  return { rows, report };
}

const FOUR = [
  ["u1", "i1", 4, 978300760],
  ["u1", "i2", 3, 978300761],
  ["u2", "i1", 5, 978300762],
];

/** FOUR, with a header or not, separated and ended as given. */
const written = (delimiter: string, { header = true, end = "\n" } = {}): string =>
  [...(header ? [["userId", "movieId", "rating", "timestamp"]] : []), ...FOUR]
    .map((row) => row.join(delimiter) + end)
    .join("");

describe("readEvents", () => {
  test("reads text with any separator, with and without header, plain and gzip", async () => {
    for (const delimiter of [",", "\t", ";", "|", "::", " "]) {
      for (const header of [true, false]) {
        const text = written(delimiter, { header });
        expect((await read(text, {}, "x.dat")).rows).toEqual(FOUR);
        expect((await read(gzipSync(text), {}, "x.dat.gz")).rows).toEqual(FOUR);
      }
    }
  });

  test("reads CR LF, a byte order mark, quotes, and a last line without end", async () => {
    expect((await read(written(",", { end: "\r\n" }))).rows).toEqual(FOUR);
    expect((await read(`\uFEFF${written(",")}`)).rows).toEqual(FOUR);
    expect((await read(`\uFEFF${written(",", { header: false })}`)).rows).toEqual(FOUR);
    expect((await read(written(",").trimEnd())).rows).toEqual(FOUR);
    const quoted = '"userId","movieId"\n"a ""b""","two\nlines"\n"c,d",e\n';
    expect((await read(quoted)).rows).toEqual([
      ['a "b"', "two\nlines"],
      ["c,d", "e"],
    ]);
  });

  test("keeps ids byte for byte", async () => {
    const long = "x".repeat(200);
    const { rows } = await read(`user,item\n007,7\n7,${long}\n日本,🎬\n7 , 7\n`);
    expect(rows).toEqual([
      ["007", "7"],
      ["7", long],
      ["日本", "🎬"],
      ["7 ", " 7"],
    ]);
  });

  test("reads Latin-1 ids as such, id by id, and says so", async () => {
    const bytes = Buffer.concat([Buffer.from("user,item\nzoé,a\n", "utf8"), Buffer.from("caf\u00e9,b\n", "latin1")]);
    const { rows, report } = await read(bytes);
    expect(rows).toEqual([
      ["zoé", "a"],
      ["café", "b"],
    ]);
    expect(report.warnings.map(({ code }) => code)).toEqual(["not-utf-8"]);
    const all = await read(Buffer.from("user,item\nÃ©,a\nb,c\n", "latin1"), { encoding: "latin-1" });
    expect(all.rows[0]?.[0]).toBe("Ã©");
  });

  test("reads JSON lines: nested keys, numbers as written, missing values", async () => {
    const lines = [
      { user: { id: 12 }, item: "007", rating: 4.5, timestamp: "2020-01-01T00:00:00Z" },
      { user: { id: "12" }, item: 8, rating: 3 },
    ];
    const text = `${lines.map((line) => JSON.stringify(line)).join("\n")}\n{"user":{"id":12345678901234567890},"item":"x","rating":1}\n`;
    const { rows, report } = await read(text, { user: "user.id" }, "events.jsonl");
    expect(rows).toEqual([
      ["12", "007", 4.5, 1577836800],
      ["12", "8", 3, Number.NaN],
      ["12345678901234567890", "x", 1, Number.NaN],
    ]);
    expect([report.format, report.unknownTimes]).toEqual(["jsonl", 2]);
  });

  test("counts malformed JSON lines and shows them", async () => {
    const good = '{"user":"a","item":"b"}\n';
    const { rows, report } = await read(`${good.repeat(3)}{"user":"a",\n[1]\n{"user":"","item":"b"}\n`, {}, "x.jsonl");
    expect(rows).toHaveLength(3);
    expect(report.rejected.first.map(({ line, reason }) => [line, reason])).toEqual([
      [4, "not a JSON object"],
      [5, "not a JSON object"],
      [6, "empty user id"],
    ]);
  });

  test("takes columns by name or number where told to", async () => {
    const text = "a,b,c\n1,2,3\n4,5,6\n";
    expect((await read(text, { user: "c", item: 1, value: "b" })).rows).toEqual([
      ["3", "1", 2],
      ["6", "4", 5],
    ]);
    expect((await read(written(","), { value: false, time: false })).rows).toEqual(FOUR.map((row) => row.slice(0, 2)));
  });

  test("describes the columns, their roles and the first rows", async () => {
    const inspection = await inspect(temporaryFile("x.csv", written(",")));
    expect(inspection?.columns.map(({ name, role }) => [name, role])).toEqual([
      ["userId", "user"],
      ["movieId", "item"],
      ["rating", "value"],
      ["timestamp", "time"],
    ]);
    expect(inspection?.preview[0]).toEqual(["u1", "i1", "4", "978300760"]);
    expect(inspection?.layout).toBe("text separated by commas, names in the first line");
  });

  test("converts times to seconds and says so", async () => {
    const { rows, report } = await read("user,item,time\na,b,1600000000500\nc,d,1600000001000\n");
    expect(rows.map((row) => row[2])).toEqual([1600000000.5, 1600000001]);
    expect(report.warnings.map(({ code }) => code)).toEqual(["times-in-milliseconds"]);
    const micro = await read("user,item,time\na,b,1600000000500000\nc,d,1600000001000000\n");
    expect(micro.rows[0]?.[2]).toBe(1600000000.5);
    expect((await read("user,item,date\na,b,2020-01-01\n")).rows[0]?.[2]).toBe(1577836800);
  });

  test("warns of a header that looks like data", async () => {
    const { rows, report } = await read(written(",", { header: false }), { header: true, user: 1, item: 2 });
    expect(rows).toHaveLength(2);
    expect(report.warnings.map(({ code }) => code)).toContain("header-looks-like-data");
  });

  test("warns of ids that mean nothing and of ids with spaces around", async () => {
    const { report } = await read("user,item\nNULL,a\nb, c\n");
    expect(report.warnings.map(({ code }) => code)).toEqual(["padded-ids", "id-of-nothing"]);
  });

  test("gives kinds of events their values and leaves out the others, counted", async () => {
    const kinds = ["view", "view", "buy", "share"];
    const text = `user,item,event\n${Array.from({ length: 40 }, (_, i) => `u${i % 5},i${i},${kinds[i % 4]}`).join("\n")}\n`;
    const { rows, report } = await read(text, { eventValues: { view: 1, buy: 5 } });
    expect(rows.slice(0, 3).map((row) => row[2])).toEqual([1, 1, 5]);
    expect([rows.length, report.leftOut, report.events]).toEqual([30, 10, { view: 20, buy: 10, share: 10 }]);
    await coded("DATA_EMPTY", () => read(text, { eventValues: { like: 1 } }));
  });

  test("reports progress up to 1 and can be cancelled before and while it reads", async () => {
    const path = temporaryFile("x.csv", `user,item\n${"u,i\n".repeat(1_000_000)}`);
    const seen: Progress[] = [];
    await readEvents(path, { onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toEqual({ phase: "reading", rows: 1_000_000, fraction: 1 });
    expect(seen.length).toBeGreaterThan(3);
    await coded("DATA_CANCELLED", () => readEvents(path, { signal: AbortSignal.abort() }));
    const controller = new AbortController();
    const onProgress = (): void => controller.abort();
    await coded("DATA_CANCELLED", () => readEvents(path, { signal: controller.signal, onProgress }));
  });
});

describe("malformed lines", () => {
  /** 100 lines, of which some are bad, each in its own way. */
  const bad: readonly [line: number, text: string, reason: string][] = [
    [12, "only one field", "1 fields instead of 4"],
    [20, "u,i,4,978300760,extra", "5 fields instead of 4"],
    [31, ",i,4,978300760", "empty user id"],
    [32, "u,  ,4,978300760", "empty item id"],
    [40, "u,i,NaN,978300760", "value is not finite"],
    [41, "u,i,-Inf,978300760", "value is not finite"],
    [42, "u,i,1e400,978300760", "value is not finite"],
    [43, "u,i,1e39,978300760", "value is not finite"],
    [44, "u,i,good,978300760", "value is not a number"],
    [50, "u,i,4,yesterday", "time cannot be read"],
    [51, "u,i,4,1e400", "time is not finite"],
    [60, 'u,"i,4,978300760', "unclosed quote"],
  ];

  function text(end = "\n"): string {
    const lines = Array.from({ length: 100 }, (_, i) => `u${i % 9},i${i},${1 + (i % 5)},${978300760 + i}`);
    lines[0] = "user,item,rating,time";
    for (const [line, content] of bad) lines[line - 1] = content;
    // one record over two lines, before all the bad ones: line numbers must go on counting lines, not records
    lines[4] = `"two${end}lines",i4,4,978300760`;
    lines.splice(5, 1);
    return lines.map((line) => line + end).join("");
  }

  test("are counted by reason, and the first five shown with line number and text, in plain and gzip files", async () => {
    for (const end of ["\n", "\r\n"]) {
      for (const content of [text(end), gzipSync(text(end))]) {
        const { rows, report } = await read(content);
        expect(rows).toHaveLength(98 - bad.length);
        expect([report.rows, report.rejected.count]).toEqual([98, bad.length]);
        expect(report.rejected.first).toEqual(bad.slice(0, 5).map(([line, text, reason]) => ({ line, text, reason })));
        const reasons: Record<string, number> = {};
        for (const [, , reason] of bad) reasons[reason] = (reasons[reason] ?? 0) + 1;
        expect(report.rejected.reasons).toEqual(reasons);
      }
    }
  });

  test("have the right number far into a large gzip file", async () => {
    const lines = Array.from({ length: 400_000 }, (_, i) => `u${i % 999},i${i % 77},3`);
    lines[0] = "user,item,rating";
    lines[399_998] = "broken";
    const { report } = await readEvents(temporaryFile("x.csv.gz", gzipSync(lines.join("\n"))));
    expect(report.rejected.first).toEqual([{ line: 399_999, text: "broken", reason: "1 fields instead of 3" }]);
  });

  test("are refused altogether in strict mode, with the first lines in the message", async () => {
    const error = await coded("DATA_MALFORMED", () => read(text(), { strict: true }));
    expect(error.message).toContain("line 12 (1 fields instead of 4)");
    expect(error.details["count"]).toBe(bad.length);
    expect((await read(written(","), { strict: true })).rows).toHaveLength(3);
  });

  test("are refused when they are more than half", async () => {
    const garbage = "what is this\n".repeat(90);
    await coded("DATA_MALFORMED", () => read(`user,item,rating\n${garbage}${"u1,i1,4\nu2,i2,5\n".repeat(5)}`));
    await coded("DATA_MALFORMED", () => read(`user,item,rating\n${"u,i,bad\n".repeat(9)}u,i,3\n`, { value: "rating" }));
  });
});

describe("real files", () => {
  const cases = [
    ["ml-100k/u.data", 943, 1682, 100_000],
    ["ml-latest-small/ratings.csv", 610, 9724, 100_836],
    ["steam/game_play.dat", 11_350, 3600, 70_489],
    ["lastfm-2k/user_artists.dat", 1892, 17_632, 92_834],
  ] as const;
  for (const [name, users, items, rows] of cases) {
    const { path, missing } = realData(name);
    test.skipIf(missing)(`${name} is understood without help`, async () => {
      const { events, report } = await readEvents(path);
      expect([events.users.size, events.items.size, events.user.length]).toEqual([users, items, rows]);
      expect(report.rejected.count).toBe(0);
      expect(report.warnings).toEqual([]);
      expect(report.columns.slice(0, 3).map(({ role }) => role)).toEqual(["user", "item", "value"]);
    });
  }
});
