import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/support/folder.ts";
import { isFolder, makeFolder, removeAll } from "./folder.ts";

test("a folder is made with those above it, and nothing happens where it is there", () => {
  const path = join(temporaryFolder(), "a", "b", "c");
  makeFolder(path);
  makeFolder(path);
  expect(isFolder(path)).toBe(true);
  removeAll(join(path, "..", ".."));
  expect(existsSync(path)).toBe(false);
});

test.skipIf(!existsSync("/proc"))("a folder that nobody can make is an error, not an endless wait", () => {
  expect(() => makeFolder("/proc/penchant/runs")).toThrow(/ENOENT/);
});
