import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { specifiers, violations } from "./boundaries.ts";
import { root } from "./tree.ts";

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<
  "dependencies" | "peerDependencies",
  object
>;
/** Optional ones are imported where they are used, and their absence is told (test/package). */
const packages = new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }));

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true });
});

function tree(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "penchant-boundaries-"));
  made.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

describe("boundaries", () => {
  test("every import of the product goes to its own folder or a lower stage", () => {
    expect(violations(join(root, "src"), packages)).toEqual([]);
  });

  test.each([
    ["static", 'import { a } from "../nn/a.ts";'],
    ["type", 'import type { A } from "../nn/a.ts";'],
    ["re-exported", 'export * from "../nn/a.ts";'],
    ["side-effect", 'import "../nn/a.ts";'],
    ["dynamic", 'const a = await import("../nn/a.ts");'],
    ["spread over lines", 'import {\n  a,\n} from "../nn/a.ts";'],
    ["module URL", 'new Worker(new URL("../nn/a.ts", import.meta.url));'],
  ])("an upward %s import is found", (_, text) => {
    expect(violations(tree({ "graph/bad.ts": text }), packages)).toHaveLength(1);
  });

  test.each([
    ["an equal stage", "models/bad.ts", 'import "../evaluate/a.ts";'],
    ["a forbidden pair", "serve/bad.ts", 'import "../train/a.ts";'],
    ["a folder without a stage", "misc/bad.ts", ""],
    ["a public door", "train/bad.ts", 'import "../index.ts";'],
    ["something outside src", "train/bad.ts", 'import "../../test/a.ts";'],
    ["a package that is not a dependency", "train/bad.ts", 'import "vitest";'],
    ["a Node module in a browser-safe folder", "graph/bad.ts", 'import "node:fs";'],
  ])("%s is found", (_, path, text) => {
    expect(violations(tree({ [path]: text }), packages)).toHaveLength(1);
  });

  test("own folder, lower stages, dependencies and commented-out imports are allowed", () => {
    const text = ['import "./b.ts";', 'import "../core/a.ts";', 'import "commander";', '// import "../serve/a.ts";'];
    expect(violations(tree({ "train/good.ts": text.join("\n") }), packages)).toEqual([]);
  });

  test("specifiers are found in every form once", () => {
    expect(specifiers('import a from "a"; export { b } from "b"; import "c"; import("d"); require("e");')).toEqual([
      "a",
      "b",
      "c",
      "d",
      "e",
    ]);
  });
});
