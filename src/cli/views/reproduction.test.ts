import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import type { Reproduction } from "../../reproduce/index.ts";
import { formatReproduction } from "./reproduction.ts";

const row: Reproduction["rows"][number] = {
  ...{ model: "gmf-32", factors: 32, metric: "hr@10", published: 0.708, measured: 0.7112, low: 0.7001, high: 0.7222 },
  ...{ epochChosenBy: "validation", epochs: [17, 16], seeds: [1, 2], values: [0.711, 0.7114], seconds: 20 },
};

test("published, measured, interval, epochs, who chose them and seeds each have their column", () => {
  const rows: Reproduction["rows"] = [row, { ...row, protocol: "full", published: null, epochChosenBy: "test" }];
  const lines = stripVTControlCharacters(
    formatReproduction({ name: "x", protocol: "y", rows, seconds: 40, run: "all" }),
  ).split("\n");
  const cells = (line = "") => line.trim().split(/ {2,}/);
  const header = [
    "model",
    "metric",
    "published",
    "measured",
    "95 % interval",
    "epoch(s)",
    "chosen by",
    "seeds",
    "time",
  ];
  expect(cells(lines[1])).toEqual(header);
  const rest = [".7112", "[.7001, .7222]", "17, 16"];
  expect(cells(lines[3])).toEqual(["gmf-32", "hr@10", ".7080", ...rest, "validation", "1, 2", "20 s"]);
  expect(cells(lines[4])).toEqual(["gmf-32", "hr@10 full", "–", ...rest, "test", "1, 2", "20 s"]);
  expect(lines.join(" ")).toContain("optimistic");
});
