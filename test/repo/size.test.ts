import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { filesIn, isProductSource, lineCount, root } from "./tree.ts";

/** Files over the cap, each with the reason why it is better whole. */
const longFiles: Readonly<Record<string, string>> = {
  "src/core/catalogue.ts": "one table of every error code, so that none is born elsewhere",
  "native/kernels/src/program/action.rs":
    "every action once in each of four tables: what it holds, its name, width and views",
};

const cap = 300;
const rustCap = 500;

describe("file size", () => {
  const files = filesIn(join(root, "src"), isProductSource).map((path) => `src/${path}`);

  test(`no TypeScript source has more than ${cap} lines without a stated reason`, () => {
    const long = files.filter((path) => lineCount(join(root, path)) > cap);
    expect(long.filter((path) => longFiles[path] === undefined)).toEqual([]);
  });

  test(`no Rust source has more than ${rustCap} lines without a stated reason`, () => {
    const rust = filesIn(join(root, "native"), (path) => path.endsWith(".rs")).map((path) => `native/${path}`);
    const long = rust.filter((path) => lineCount(join(root, path)) > rustCap);
    expect(long.filter((path) => longFiles[path] === undefined)).toEqual([]);
  });

  test("every stated exception still exists and still needs to be one", () => {
    for (const path of Object.keys(longFiles)) expect(lineCount(join(root, path)), path).toBeGreaterThan(cap);
  });
});
