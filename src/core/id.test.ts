import { describe, expect, test } from "vitest";
import { idText, idTexts } from "./id.ts";

describe("ids", () => {
  test.each([
    ["007", "007"],
    ["", ""],
    [42, "42"],
    [0, "0"],
    [-0, "0"],
    [-7, "-7"],
    [2 ** 53 - 1, "9007199254740991"],
  ])("%j is the id %j", (id, text) => {
    expect(idText(id, "The user")).toBe(text);
  });
  test.each([
    [1.5],
    [Number.NaN],
    [Infinity],
    [2 ** 53],
    [1e21],
    [null],
    [undefined],
    [true],
    [12n],
    [{}],
    [[]],
    [["a"]],
  ])("%s is none: DATA_ID", (id) => {
    expect(() => idText(id, "The user")).toThrow(expect.objectContaining({ code: "DATA_ID" }));
  });
  test.each([["50"], [50], [null], [{ 0: "a" }], [new Set(["a"])], [["a", null]], [[undefined, "a"]]])(
    "%j is no list of ids: DATA_ID",
    (ids) => {
      expect(() => idTexts(ids, "items")).toThrow(expect.objectContaining({ code: "DATA_ID" }));
    },
  );
  test("a list may mix texts and numbers, and be empty", () => {
    expect(idTexts([50, "0181"], "items")).toEqual(["50", "0181"]);
    expect(idTexts([], "items")).toEqual([]);
  });
  test("the message says which entry, and what to write", () => {
    expect(() => idTexts(["a", 1.5], "items")).toThrow(/items\[1\] is no id/);
    expect(() => idTexts("50", "items")).toThrow(expect.objectContaining({ fix: 'Put it in a list: ["50"].' }));
  });
});
