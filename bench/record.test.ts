import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { caseWith, resultWith } from "./fixtures.ts";
import { readResult, readResults, recordedNames, whyNotRecorded, writeResult } from "./record.ts";

const folder = mkdtempSync(join(tmpdir(), "penchant-record-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("recorded results", () => {
  const good = resultWith("neumf-8", [caseWith("a", [2, 3, 4])]);
  const run = { rounds: 5, seconds: 3, engine: "native" };

  test("what is written is read back whole", () => {
    writeResult(folder, good);
    expect(readResult(folder, "neumf-8")).toEqual(good);
    expect(recordedNames(folder)).toEqual(["neumf-8"]);
  });

  test("results are read in the order asked for; missing ones are left out", () => {
    writeResult(folder, resultWith("threads", []));
    expect(readResults(folder, ["threads", "nothing", "neumf-8"]).map(({ name }) => name)).toEqual([
      "threads",
      "neumf-8",
    ]);
  });

  test("a folder that is not there has no results", () => {
    expect(recordedNames(join(folder, "none"))).toEqual([]);
    expect(readResult(join(folder, "none"), "neumf-8")).toBeUndefined();
  });

  test("a full run with peers and the same work is recorded", () => {
    expect(whyNotRecorded(good, run)).toBeUndefined();
  });

  test.each([
    ["another engine", good, { ...run, engine: "reference" }, "reference engine"],
    ["too few rounds", good, { ...run, rounds: 2 }, "rounds"],
    ["too short rounds", good, { ...run, seconds: 0.5 }, "rounds of less"],
    ["no peer", resultWith("x", [caseWith("a", [1], { ratio: undefined })]), run, "no peer"],
    [
      "other work",
      resultWith("x", [caseWith("a", [1], { agreement: [{ holds: false, text: "" }] })]),
      run,
      "not the same work: a",
    ],
  ])("%s is not recorded, with the reason", (_, result, options, reason) => {
    expect(whyNotRecorded(result, options)).toContain(reason);
  });
});
