import { InvalidArgumentError } from "commander";
import { describe, expect, test } from "vitest";
import { coded } from "../../test/support/folder.ts";
import { isSeveral, refuseSeveral, splitChoice, splitText } from "./split-choice.ts";

describe("splitChoice", () => {
  test("reads kinds, all parts and one part, and writes them the same way", () => {
    expect(splitChoice("ratio")).toEqual({ kind: "ratio" });
    expect(splitChoice("time")).toEqual({ kind: "time" });
    expect(splitChoice("k-fold")).toEqual({ kind: "k-fold", parts: 5 });
    expect(splitChoice("k-fold:2/7")).toEqual({ kind: "k-fold", part: 2, parts: 7 });
    for (const text of ["none", "k-fold:5", "k-fold:1/2", "time:1", "time:3/3"]) {
      expect(splitText({ ...splitChoice(text) })).toBe(text);
    }
  });

  test.each([
    "",
    "folds",
    "ratio:2",
    "k-fold:1",
    "k-fold:0/3",
    "k-fold:4/3",
    "time:0",
    "time:101",
    "time:1/",
    "time:a",
  ])("refuses %j", (text) => expect(() => splitChoice(text)).toThrow(InvalidArgumentError));
});

test("what looks at one split refuses several, and names one", async () => {
  expect(["time", "time:1/2", "time:2"].map((text) => isSeveral(splitChoice(text)))).toEqual([false, false, true]);
  const error = await coded("USAGE_ARGUMENTS", () => refuseSeveral(splitChoice("time:2"), "Tuning"));
  expect(error.fix).toContain("--split time:1/2");
  for (const split of [undefined, splitChoice("time:2/2")]) refuseSeveral(split, "Tuning");
});
