import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { coded, temporaryFolder } from "../../test/support/folder.ts";
import { writeParquet } from "../files/parquet.ts";
import { expandPlace } from "./places.ts";
import { readEvents } from "./read.ts";
import type { ReadResult } from "./result.ts";

/** A folder with files in folders, made from their paths. */
function tree(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** "user item" per event, in order. */
function pairs({ events }: ReadResult): string[] {
  return Array.from({ length: events.user.length }, (_, at) =>
    [events.users.text(events.user.at(at)), events.items.text(events.item.at(at))].join(" "),
  );
}

const codes = ({ report }: ReadResult): string[] => report.warnings.map(({ code }) => code);

describe("several files", () => {
  test("are read as one, in the order given", async () => {
    const folder = tree({ "a.csv": "user,item,stars\nu1,x,1\n", "b.csv": "user,item,stars\nu2,y,2\n" });
    const result = await readEvents([join(folder, "b.csv"), join(folder, "a.csv")]);
    expect(pairs(result)).toEqual(["u2 y", "u1 x"]);
    expect(result.report).toMatchObject({ rows: 2, source: `${join(folder, "b.csv")} and 1 more` });
    expect(result.report.layout).toMatch(/^2 files, text separated by commas/);
  });

  test("a pattern names them, numbers inside names by size, hidden ones not at all", async () => {
    const row = (user: string): string => `user,item\n${user},x\nz,y\n`;
    const folder = tree({ "p-10.csv": row("c"), "p-2.csv": row("b"), "p-1.csv": row("a"), ".p-0.csv": row("no") });
    const users = async (pattern: string): Promise<string[]> =>
      pairs(await readEvents(join(folder, pattern))).filter((_, at) => at % 2 === 0);
    expect(await users("*.csv")).toEqual(["a x", "b x", "c x"]);
    expect(await users("p-?.csv")).toEqual(["a x", "b x"]);
    expect(await users("p-{1,10}.csv")).toEqual(["a x", "c x"]);
    expect(await users("p-[!1]*.csv")).toEqual(["b x"]);
    expect(await users(join("..", "**", "p-10.csv"))).toEqual(["c x"]);
    await coded("DATA_FILE_MISSING", () => readEvents(join(folder, "*.tsv")));
  });

  test("named more than once are read once, and it is told", async () => {
    const folder = tree({ "a.csv": "user,item\nu1,x\nu2,y\n" });
    const result = await readEvents([join(folder, "a.csv"), join(folder, ".", "a.csv"), join(folder, "*.csv")]);
    expect(pairs(result)).toEqual(["u1 x", "u2 y"]);
    expect(codes(result)).toContain("named-twice");
  });

  test("with columns in another order are taken by name, and it is told", async () => {
    const folder = tree({ "a.csv": "user,item,stars\nu1,x,1\nu1,y,2\n", "b.csv": "stars,item,user\n5,y,u2\n4,x,u3\n" });
    const result = await readEvents(folder);
    expect(pairs(result)).toEqual(["u1 x", "u1 y", "u2 y", "u3 x"]);
    expect(Array.from({ length: 4 }, (_, at) => result.events.value?.at(at))).toEqual([1, 2, 5, 4]);
    expect(codes(result)).toContain("parts-in-another-order");
  });

  test("with other columns beside those that are needed are read, and it is told", async () => {
    const folder = tree({ "a.csv": "user,item\nu1,x\nu1,y\n", "b.csv": "user,item,shop\nu2,y,s\n" });
    const result = await readEvents(folder);
    expect(pairs(result)).toEqual(["u1 x", "u1 y", "u2 y"]);
    expect(result.report.warnings.find(({ code }) => code === "parts-differ")?.message).toContain("has shop besides");
  });

  test("that do not belong together are refused", async () => {
    const folder = tree({ "films.csv": "movieId,title\n1,A\n2,B\n", "ratings.csv": "userId,movieId\nu,1\nv,2\n" });
    const { message } = await coded("DATA_PARTS", () =>
      readEvents([join(folder, "ratings.csv"), join(folder, "films.csv")]),
    );
    expect(message).toContain("films.csv does not belong to");
  });

  test("are refused beside one without names where they have names, or other columns", async () => {
    const refused = async (later: Readonly<Record<string, string>>): Promise<{ message: string; fix: string }> =>
      coded("DATA_PARTS", () => readEvents(tree({ "a.csv": "Heat,Drama\nAlien,Horror\n", ...later })));
    const named = await refused({ "b.csv": "userId,movieId\nu,x\nv,y\n" });
    expect(named.message).toContain("the names userId, movieId");
    expect(named.fix).toMatch(/--header.*--no-header/);
    expect((await refused({ "b.csv": "u,x,5\nv,y,4\n" })).message).toContain("3 columns");
    expect((await refused({ "b.jsonl": '{"user":"u","item":"x"}\n' })).message).toContain("the names user, item");
  });

  test("without names are read by their places; a row of 0,1,2 and the caller's word stand against names", async () => {
    const folder = tree({ "a.csv": "7,8,3\n8,9,1\n", "b.csv": "0,1,2\n", "c.csv": "0,1,2\n9,8,4\n" });
    expect(pairs(await readEvents(folder))).toEqual(["7 8", "8 9", "0 1", "0 1", "9 8"]);
    const words = tree({ "a.csv": "Heat,Drama\nAlien,Horror\n", "b.csv": "user,item\nv,y\n" });
    expect(pairs(await readEvents(words, { header: false }))).toEqual([
      "Heat Drama",
      "Alien Horror",
      "user item",
      "v y",
    ]);
  });

  test("of which only the first has names, as pieces of a file that was cut by lines, are one file", async () => {
    const folder = tree({ xaa: "user,item,stars\nu1,x,1\nu2,y,2\n", xab: "u3,x,3\nu1,y,4\n" });
    const result = await readEvents(folder);
    expect(pairs(result)).toEqual(["u1 x", "u2 y", "u3 x", "u1 y"]);
    expect(codes(result)).toContain("part-without-names");
  });

  test("say in which of them a line is malformed", async () => {
    const folder = tree({ "a.csv": "user,item\nu1,x\nu2,y\n", "b.csv": "user,item\nu2,y\nu3\n" });
    const { report } = await readEvents(folder);
    expect(report.rejected.first[0]).toMatchObject({ line: 3, file: join(folder, "b.csv") });
  });
});

describe("a folder of parts", () => {
  test("is read without what is hidden, empty or about the data", async () => {
    const folder = tree({
      "part-00001.csv.gz": gzipSync("user,item\nu2,y\nu4,x\n"),
      "part-00000.csv": "user,item\nu1,x\nu3,y\n",
      "part-00002.csv": "",
      _SUCCESS: "",
      ".part-00000.csv.crc": "crc",
      "README.md": "about",
      "cover.png": Buffer.from([0x89, 0x50, 0x4e, 0x47]),
    });
    const result = await readEvents(folder);
    expect(pairs(result)).toEqual(["u1 x", "u3 y", "u2 y", "u4 x"]);
    expect(result.report.warnings.find(({ code }) => code === "files-not-read")?.message).toContain("cover.png");
  });

  test("may be JSON lines", async () => {
    const folder = tree({ "part-0.jsonl": '{"user":"a","item":"x"}\n', "part-1.jsonl": '{"item":"y","user":"b"}\n' });
    expect(pairs(await readEvents(folder))).toEqual(["a x", "b y"]);
  });
});

describe("pipes", () => {
  test.skipIf(process.platform === "win32")("are read to their end, by content", async () => {
    const folder = temporaryFolder();
    const fifo = join(folder, "fifo");
    execFileSync("mkfifo", [fifo]);
    const writer = spawn("sh", ["-c", `printf 'user,item\\nu1,x\\nu2,y\\n' | gzip > ${fifo}`]);
    const result = await readEvents(fifo);
    writer.kill();
    expect(pairs(result)).toEqual(["u1 x", "u2 y"]);
    expect(result.report.layout).toContain("gzip");
  });
});

describe("places that are no files", () => {
  test.each([
    ["https://example.org/data.csv", "curl -L https://example.org/data.csv | penchant import -"],
    ["s3://bucket/a b.csv", "aws s3 cp 's3://bucket/a b.csv' - | penchant import -"],
    ["postgres://localhost/shop", "--query"],
    ["mysql://localhost/shop", "Export a table"],
  ])("%s is named as what it is", async (place, help) => {
    expect((await coded("DATA_PLACE", () => readEvents(place))).fix).toContain(help);
  });

  test("a home folder and an address of a file are paths", () => {
    expect(expandPlace("~/ratings.csv")).toEqual([join(homedir(), "ratings.csv")]);
    expect(expandPlace("file:///data/a%20b.csv")).toEqual(["/data/a b.csv"]);
  });
});

describe("contents that are not read", () => {
  const tar = Buffer.alloc(1024);
  tar.write("ratings.csv");
  tar.write("ustar", 257);
  test.each<[name: string, content: string | Uint8Array, what: string, help: string]>([
    [
      "a.csv",
      Buffer.from("PK\u0003\u0004".padEnd(26, "\0").concat("\u0005\0\0\0a.csv"), "latin1"),
      "a ZIP archive",
      "unzip -p",
    ],
    ["a.csv", Buffer.from("PK\u0003\u0004......xl/workbook.xml", "latin1"), "an Excel workbook", "libreoffice"],
    ["a.tar", tar, "a tar archive", "tar -xOf"],
    ["a.tar.gz", gzipSync(tar), "a tar archive", "tar -xOf"],
    ["a.zst", Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), "compressed with zstd", "zstd -dc"],
    ["a.bz2", "BZh91AY", "compressed with bzip2", "bzip2 -dc"],
    ["a.xz", Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), "compressed with xz", "xz -dc"],
    ["a.db", "SQLite format 3\0", "an SQLite database", "sqlite3 -header -csv"],
    ["a.pkl", Buffer.from([0x80, 4, 0x95, 1, 0, 0]), "a Python pickle", "read_pickle"],
    ["a.feather", "ARROW1\0\0", "an Arrow or Feather file", "read_feather"],
    ["a.csv", "<!DOCTYPE html><html>", "a web page", "curl -L"],
    ["a.csv", "version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a pointer of Git LFS", "git lfs pull"],
    ["a.csv.gz", gzipSync(gzipSync("user,item\na,b\n")), "compressed with gzip twice", "gzip -dc"],
  ])("%s: %#", async (name, content, what, help) => {
    const folder = tree({ [name]: content });
    const { message, fix } = await coded("DATA_BINARY", () => readEvents(join(folder, name)));
    expect(message).toContain(what);
    expect(fix).toContain(help);
  });
});

describe("folders named key=value", () => {
  const times = ({ events }: ReadResult): (string | undefined)[] =>
    Array.from({ length: events.user.length }, (_, at) => {
      const time = events.time?.at(at) ?? Number.NaN;
      return Number.isNaN(time) ? undefined : new Date(1000 * time).toISOString().slice(0, 10);
    });

  test("give a column: the time of CSV files", async () => {
    const folder = tree({
      "day=2024-01-15/part-0.csv": "user,item\nu1,x\nu2,y\nu1,y\n",
      "day=2024-01-16/part-0.csv": "item,user\nx,u2\nz,u1\n",
      "day=__HIVE_DEFAULT_PARTITION__/part-0.csv": "user,item\nu3,x\n",
      _SUCCESS: "",
    });
    const result = await readEvents(folder);
    expect(pairs(result)).toEqual(["u3 x", "u1 x", "u2 y", "u1 y", "u2 x", "u1 z"]);
    expect(times(result)).toEqual([undefined, "2024-01-15", "2024-01-15", "2024-01-15", "2024-01-16", "2024-01-16"]);
    expect(result.report.columns.find(({ name }) => name === "day")).toMatchObject({ number: 3, role: "time" });
    expect(result.report.unknownTimes).toBe(1);
  });

  test("may hold the event, two deep, of JSON lines, escaped as in an address", async () => {
    const line = (user: string, item: string): string => `${JSON.stringify({ user, item })}\n`;
    const folder = tree({
      "year=2024/event=add%20to%20cart/a.jsonl": line("u1", "x") + line("u2", "x"),
      "year=2024/event=view/a.jsonl": line("u1", "y") + line("u2", "y"),
    });
    const { report, events } = await readEvents(folder, { event: "event", eventValues: { "add to cart": 5, view: 1 } });
    expect(report.events).toEqual({ "add to cart": 2, view: 2 });
    expect([0, 1, 2, 3].map((at) => events.value?.at(at))).toEqual([5, 5, 1, 1]);
    expect(report.first?.[0]).toEqual({ user: "u1", item: "x", value: 5, event: "add to cart" });
  });

  test("may hold the user or the time of Parquet files", async () => {
    const folder = tree({ "who=a/x": "", "who=b/x": "" });
    const rows = (item: string) => [{ item: [item, "z"], stars: [1, 2] }];
    await writeParquet(join(folder, "who=a", "part-0.parquet"), { item: "text", stars: "float32" }, rows("x"));
    await writeParquet(join(folder, "who=b", "part-0.parquet"), { item: "text", stars: "float32" }, rows("y"));
    expect(pairs(await readEvents(folder, { user: "who", item: "item" }))).toEqual(["a x", "a z", "b y", "b z"]);
    const days = tree({ "day=2024-01-15/x": "", "day=2024-01-16/x": "" });
    for (const [at, day] of ["2024-01-15", "2024-01-16"].entries()) {
      const batch = [{ user: [`u${at}`, "v"], item: ["x", "y"] }];
      await writeParquet(join(days, `day=${day}`, "part-0.parquet"), { user: "text", item: "text" }, batch);
    }
    expect(times(await readEvents(days))).toEqual(["2024-01-15", "2024-01-15", "2024-01-16", "2024-01-16"]);
  });

  test("may hold the user", async () => {
    const folder = tree({ "user=a/x.csv": "item,stars\nx,1\ny,2\n", "user=b/x.csv": "item,stars\nx,3\nz,4\n" });
    expect(pairs(await readEvents(folder, { user: "user", item: "item" }))).toEqual(["a x", "a y", "b x", "b z"]);
  });

  test("of different kinds are refused", async () => {
    const folder = tree({ "day=1/x.csv": "user,item\nu,x\n", "y.csv": "user,item\nu,x\n" });
    await coded("DATA_PARTS", () => readEvents(folder));
  });
});

describe("kinds of events", () => {
  const log = "user,item,event\na,x,view\nb,x,view\na,y,purchase\nb,y,cart\nc,x,view\nc,y,view\n";
  const read = (eventValues: Record<string, number>) =>
    readEvents(join(tree({ "log.csv": log }), "log.csv"), { event: "event", eventValues });

  test("that nearly are called as one that is there are a slip", async () => {
    expect((await coded("DATA_EVENT", () => read({ view: 1, purchse: 5 }))).fix).toBe('Did you mean "purchase"?');
  });

  test("that do not occur are told", async () => {
    const { report } = await read({ view: 1, refund: -1 });
    expect(report.warnings.find(({ code }) => code === "absent-events")?.message).toContain(
      'No row has the event "refund"',
    );
  });

  test("need a column", async () => {
    const folder = tree({ "log.csv": "user,item\na,x\nb,y\n" });
    await coded("DATA_COLUMN", () => readEvents(join(folder, "log.csv"), { eventValues: { view: 1 } }));
  });
});
