import { describe, expect, test } from "vitest";
import { parseOptions, UsageError } from "./options.ts";

const known = ["neumf-8", "neumf-64", "threads"];
const parse = (...args: string[]) => parseOptions(args, known, ["threads"]);

describe("options", () => {
  test("defaults are five rounds of three seconds on two threads, recorded", () => {
    expect(parse("neumf-8")).toEqual({
      names: ["neumf-8"],
      rounds: 5,
      seconds: 3,
      threads: 2,
      check: false,
      base: undefined,
      list: false,
      record: true,
    });
  });

  test("several names run in the order of the table; all means every one", () => {
    expect(parse("threads", "neumf-8").names).toEqual(["neumf-8", "threads"]);
    expect(parse("all").names).toEqual(known);
  });

  test("--check never records, and takes everything recorded where no name is given", () => {
    expect(parse("--check")).toMatchObject({ names: ["threads"], check: true, record: false });
    expect(parse("--check", "neumf-8").names).toEqual(["neumf-8"]);
  });

  test("--base takes what two revisions can be compared in, recorded or not", () => {
    expect(parse("--check", "--base", "main")).toMatchObject({
      names: ["neumf-8", "neumf-64"],
      base: "main",
      record: false,
    });
    expect(parse("--check", "--base", "main", "threads").names).toEqual(["threads"]);
  });

  test.each([
    [["neumf-8", "--base", "main"], "goes with --check"],
    [["neumf-8", "--check", "--base", "main", "--rounds", "4"], "five rounds"],
    [["neumf-9"], 'no benchmark "neumf-9"'],
    [[], "which benchmark"],
    [["neumf-8", "--rounds", "0"], "--rounds"],
    [["neumf-8", "--rounds", "1.5"], "whole"],
    [["neumf-8", "--seconds", "soon"], "--seconds"],
    [["neumf-8", "--quick"], "--quick"],
  ])("%j is refused", (args, reason) => {
    expect(() => parse(...args)).toThrow(UsageError);
    expect(() => parse(...args)).toThrow(reason);
  });
});
