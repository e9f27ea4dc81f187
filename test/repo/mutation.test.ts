import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./tree.ts";

interface Equivalent {
  readonly file: string;
  readonly line: string;
  readonly replacement: string;
  readonly why: string;
}

test("every mutant listed as equivalent has its line in the source, and a reason", () => {
  const listed = JSON.parse(readFileSync(join(root, "test", "mutation", "equivalent.json"), "utf8")) as Equivalent[];
  const stale = listed.filter(({ file, line }) => {
    const lines = readFileSync(join(root, file), "utf8").split("\n");
    return !lines.some((one) => one.trim() === line);
  });
  expect(stale).toEqual([]);
  expect(listed.filter(({ replacement, why }) => !replacement || !(why?.length > 10))).toEqual([]);
});
