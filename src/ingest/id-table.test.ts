import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IdTable } from "./id-table.ts";

describe("IdTable", () => {
  test("numbers ids in the order of their first appearance", () => {
    const table = new IdTable();
    expect(["b", "a", "b", "c"].map((id) => table.internText(id))).toEqual([0, 1, 0, 2]);
    expect([0, 1, 2].map((index) => table.text(index))).toEqual(["b", "a", "c"]);
    expect(table.findText("d")).toBe(-1);
  });

  test("agrees with a Map for any strings", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 30 })), (ids) => {
        const table = new IdTable();
        const map = new Map<string, number>();
        for (const id of ids) if (!map.has(id)) map.set(id, map.size);
        for (const id of ids) expect(table.internText(id)).toBe(map.get(id));
        for (const [id, index] of map) expect([table.text(index), table.findText(id)]).toEqual([id, index]);
        expect(table.size).toBe(map.size);
      }),
    );
  });

  test("keeps ids apart that differ in a zero, a space, a case or an accent's form", () => {
    const ids = [
      "7",
      "07",
      "007",
      "7 ",
      " 7",
      "a",
      "A",
      "é",
      "e\u0301",
      "x".repeat(200),
      "x".repeat(199),
      "日本",
      "🎬",
    ];
    const table = new IdTable();
    for (const id of ids) table.internText(id);
    expect(ids.map((_, index) => table.text(index))).toEqual(ids);
  });

  test("finds every one of 200,000 ids, also in a copy made from its parts", () => {
    const table = new IdTable();
    for (let i = 0; i < 200_000; i++) table.internText(`id-${i}`);
    const { bytes, offsets } = table.parts;
    const copy = new IdTable(bytes.slice(), offsets.slice());
    for (let i = 0; i < 200_000; i += 997) expect(copy.findText(`id-${i}`)).toBe(i);
    expect(copy.internText("another")).toBe(200_000);
    expect(copy.findText("id-199999")).toBe(199_999);
  });

  test("reads an id in the middle of other bytes", () => {
    const table = new IdTable();
    const bytes = Buffer.from("xx,abc,yy");
    expect(table.intern(bytes, 3, 6)).toBe(0);
    expect(table.findText("abc")).toBe(0);
  });

  test("answers with the empty string outside its range", () => {
    expect(new IdTable().text(0)).toBe("");
  });
});
