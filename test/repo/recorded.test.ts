import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { defaultsTable } from "../../bench/defaults/table.ts";
import { foldInTable } from "../../bench/fold-in/table.ts";
import { type Recorded, readRecorded, recordedNames, withRows } from "../../bench/reproductions/record.ts";
import { reproductionTable } from "../../bench/reproductions/table.ts";
import { documentWith, type Row, readRows, type Table, tableIn, withRow } from "../../bench/row-file.ts";
import { root } from "./tree.ts";

const recorded = <T extends Row>({ name, document, text }: Table<T>) => {
  const rows = readRows<T>(root, name);
  return { rows, table: text(rows), shown: tableIn(readFileSync(join(root, document), "utf8"), name) };
};

describe("tables of recorded results", () => {
  test.each([
    ["docs/defaults.md", recorded(defaultsTable)],
    ["docs/newcomers.md", recorded(foldInTable)],
  ])("%s holds what was recorded", (_, { rows, table, shown }) => {
    expect(rows.length).toBeGreaterThan(0);
    expect(shown).toBe(table);
  });

  test("a row measured again takes the place of the old one, and a new one joins those of its set", () => {
    const of = (set: string, model: string, users = 1) => ({ set, model, users });
    const two = [of("a", "m"), of("b", "m")];
    expect(withRow(two, of("a", "m", 7))).toEqual([of("a", "m", 7), of("b", "m")]);
    expect(withRow(two, of("a", "n")).map(({ set, model }) => set + model)).toEqual(["am", "an", "bm"]);
  });

  test("a table is written between its own marks alone", () => {
    const marks = (name: string) => `<!-- ${name}: begin (npm run bench -- ${name}) -->\nold\n<!-- ${name}: end -->`;
    const marked = documentWith(`before\n${marks("one")}\nbetween\n${marks("two")}\nafter`, "two", "new");
    expect(tableIn(marked, "one")).toBe("old");
    expect(tableIn(marked, "two")).toBe("new");
    expect(marked).toMatch(/^before\n[\s\S]*\nbetween\n[\s\S]*\nafter$/);
    expect(() => documentWith("no marks", "two", "new")).toThrow(/lacks/);
  });
});

describe("what reproductions measured", () => {
  const page = readFileSync(join(root, "docs", "reproductions.md"), "utf8");

  test.each(recordedNames(root))("the table of %s holds what was recorded", (name) => {
    const rows = readRecorded(root, name);
    expect(rows.length).toBeGreaterThan(0);
    expect(tableIn(page, name)).toBe(reproductionTable(rows));
  });

  const row: Recorded = {
    ...{ model: "m", factors: 1, metric: "hr@10", published: 0.7, measured: 0.69996, low: 0.6, high: 0.8, seconds: 1 },
    ...{ epochs: [3], seeds: [1], values: [0.69996] },
    epochChosenBy: "validation",
    run: "all",
  };
  const measured = (...rows: Recorded[]) => ({ name: "n", protocol: "p", seconds: 1, run: "all" as const, rows });

  test("a row measured again takes the place of the old one; another model, run or seed is a row of its own", () => {
    const other = { ...row, model: "n" };
    const rows = withRows([row, other], measured({ ...row, measured: 0.5 }));
    expect(rows.map((one) => [one.model, one.measured])).toEqual([
      ["m", 0.5],
      ["n", 0.69996],
    ]);
    const choose = withRows([row, other], { ...measured(row), run: "choose" });
    expect(choose.map(({ model, run }) => `${model} ${run}`)).toEqual(["m all", "m choose", "n all"]);
  });

  test("what was measured in small is not recorded", () => {
    expect(() => withRows([row], { ...measured(row), run: "quick" })).toThrow(/--quick/);
    for (const name of recordedNames(root))
      expect(readRecorded(root, name).map(({ run }) => run)).not.toContain("quick");
  });

  test("published values are reached to the digits shown, errors from above", () => {
    expect(reproductionTable([row])).toContain("| .7000 | **.7000** [.6000, .8000] |");
    expect(reproductionTable([{ ...row, metric: "rmse" }])).toContain("**.7000**");
    expect(reproductionTable([{ ...row, measured: 0.7004 }])).toContain("**.7004**");
    expect(reproductionTable([{ ...row, measured: 0.7004, metric: "rmse" }])).toContain("| .7004 [");
  });
});

describe("what was recorded of newcomers", () => {
  const { rows } = recorded(foldInTable);
  const reasoned = rows.flatMap(({ set, model, reasons }) => (reasons ? [{ name: `${set}, ${model}`, reasons }] : []));

  test.each(reasoned)(
    "$name: the first reason matters more than the most similar item, and was not disliked",
    (row) => {
      const { reason, similar, random, disliked } = row.reasons;
      // item-knn adds up similarities: there the most similar item is the reason
      if (row.name.endsWith("item-knn")) expect(reason).toBeGreaterThanOrEqual(similar);
      else expect(reason).toBeGreaterThan(similar);
      expect(reason).toBeGreaterThan(random);
      expect(disliked).toBe(0);
    },
  );
});
