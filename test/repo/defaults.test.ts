import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readRows, resultsFile, withRow } from "../../bench/defaults/record.ts";
import { documentWith, tableIn, tableOf } from "../../bench/defaults/table.ts";
import { root } from "./tree.ts";

describe("docs/defaults.md", () => {
  const rows = readRows(resultsFile(root));

  test("holds the table of the recorded results", () => {
    expect(rows.length).toBeGreaterThan(0);
    expect(tableIn(readFileSync(join(root, "docs", "defaults.md"), "utf8"))).toBe(tableOf(rows));
  });

  test("a row measured again takes the place of the old one, and a new one joins those of its set", () => {
    const [row] = rows;
    if (!row) return expect.unreachable();
    const of = (set: string, model: string) => ({ ...row, set, model });
    const two = [of("a", "m"), of("b", "m")];
    const again = withRow(two, { ...of("a", "m"), users: 7 });
    expect(again.map(({ set, users }) => [set, users])).toEqual([
      ["a", 7],
      ["b", row.users],
    ]);
    expect(withRow(two, of("a", "n")).map(({ set, model }) => set + model)).toEqual(["am", "an", "bm"]);
  });

  test("a table is written between the marks alone", () => {
    const marked = documentWith(
      "before\n<!-- defaults: begin (npm run bench -- defaults) -->\nold\n<!-- defaults: end -->\nafter",
      "new",
    );
    expect(tableIn(marked)).toBe("new");
    expect(marked).toMatch(/^before\n[\s\S]*\nafter$/);
    expect(() => documentWith("no marks", "new")).toThrow(/lacks/);
  });
});
