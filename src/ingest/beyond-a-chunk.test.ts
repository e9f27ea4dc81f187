import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { temporaryFile } from "../../test/support/folder.ts";
import { readEvents } from "./read.ts";

/**
 * 300,000 rows of 5 MB: more than the start that is looked at, than a piece of the file, a chunk of a column, and the first
 * size of an id table. Ids of two and three bytes a letter lie across the seams; the last rows alone have new ids.
 */
const ROWS = 300_000;
const user = (row: number) => (row < ROWS - 3 ? `ü${(row * 7919) % 5003}` : `last-${row}`);
const item = (row: number) => `é${(row * 104_729) % 2999}中`;
const value = (row: number) => 1 + ((row * 31) % 9) / 2;
const text = (line: (row: number) => string) => Array.from({ length: ROWS }, (_, row) => line(row)).join("\n");

const csv = `user,item,rating\n${text((row) => `${user(row)},${item(row)},${value(row)}`)}\n`;
const jsonl = text((row) => JSON.stringify({ user: user(row), item: item(row), rating: value(row) }));

describe("a file longer than every block", () => {
  test.each([
    ["csv", "long.csv", csv],
    ["csv, gzip", "long.csv.gz", gzipSync(csv, { level: 1 })],
    ["JSON lines without a last line end", "long.jsonl", jsonl],
  ])("%s: every row arrives as it is, in order", async (_, name, content) => {
    const { events, report } = await readEvents(temporaryFile(name, content));
    expect([report.rows, report.rejected.count, events.user.length]).toEqual([ROWS, 0, ROWS]);
    expect([events.users.size, events.items.size]).toEqual([5003 + 3, 2999]);
    let wrong = 0;
    for (let row = 0; row < ROWS; row++) {
      if (events.users.text(events.user.at(row)) !== user(row)) wrong++;
      if (events.items.text(events.item.at(row)) !== item(row)) wrong++;
      if (events.value?.at(row) !== Math.fround(value(row))) wrong++;
    }
    expect(wrong).toBe(0);
    const taken = events.user.take();
    expect([taken.length, taken[0], taken.at(-1)]).toEqual([ROWS, 0, 5005]);
    expect(events.users.text(taken[1 << 18] as number)).toBe(user(1 << 18));
  });

  test("a wrong line far behind the start is found by its number, and alone", async () => {
    const lines = csv.trimEnd().split("\n");
    lines[290_000] = "ü1,é1中,many"; // line 290,001 of the file
    const { report } = await readEvents(temporaryFile("late.csv", lines.join("\n")));
    expect([report.rows, report.rejected.count]).toEqual([ROWS, 1]);
    expect(report.rejected.first[0]).toMatchObject({ line: 290_001, text: "ü1,é1中,many" });
  });
});
