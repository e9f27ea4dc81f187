/** docs/examples: every public function is shown at work, and the work is done here. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clubCsv } from "../club.ts";
import { root } from "./tree.ts";

const execute = promisify(execFile);
const folder = join(root, "docs", "examples");
/** In this order: later ones read what earlier ones saved. */
const files = ["data", "training", "graphs", "layers", "rerank", "client", "browser"] as const;
const doors = ["index", "models/index", "graph/index", "nn/index", "rerank/index", "client/index", "browser"];

/** A folder of a user of the package, who has it in node_modules. */
const scratch = mkdtempSync(join(tmpdir(), "penchant-examples-"));
afterAll(() => rmSync(scratch, { recursive: true }));

beforeAll(async () => {
  mkdirSync(join(scratch, "node_modules"));
  symlinkSync(root, join(scratch, "node_modules", "penchant"), "dir");
  writeFileSync(join(scratch, "package.json"), '{ "type": "module" }');
  writeFileSync(join(scratch, "ratings.csv"), clubCsv());
  for (const file of files) cpSync(join(folder, `${file}.ts`), join(scratch, `${file}.ts`));
});

test("they compile strictly", async () => {
  const strict = ["--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes", "--skipLibCheck"];
  const modules = ["--module", "nodenext", "--target", "es2023", "--lib", "es2023,esnext.disposable"];
  const types = ["--types", "node", "--typeRoots", join(root, "node_modules", "@types")];
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const sources = files.map((file) => `${file}.ts`);
  const check = await execute(process.execPath, [tsc, ...sources, ...strict, ...modules, ...types], {
    cwd: scratch,
  }).catch((error: { stdout: string }) => error);
  expect(check.stdout).toBe("");
});

test.each(files)("%s runs from top to bottom", async (file) => {
  const { stdout } = await execute(process.execPath, [`${file}.js`], { cwd: scratch });
  expect(stdout.length).toBeGreaterThan(100);
  expect(stdout).not.toMatch(/\bundefined\b|\bNaN\b/);
});

test("every public function, class and table has a region that is named after it", async () => {
  expect(readdirSync(folder).sort()).toEqual(files.map((file) => `${file}.ts`).sort());
  const named = new Set<string>();
  for (const file of files) {
    const text = readFileSync(join(folder, `${file}.ts`), "utf8");
    expect(text.match(/#region/g)?.length).toBe(text.match(/#endregion/g)?.length);
    for (const [, names = "", code = ""] of text.matchAll(/^\/\/ #region (.*)\n([\s\S]*?)^\/\/ #endregion$/gm)) {
      for (const name of names.split(" ")) {
        expect(code, `${file}.ts: the region of ${name} uses it`).toMatch(new RegExp(`\\b${name}\\b`));
        named.add(name);
      }
    }
  }
  // `Tensor` is what graphs are made of and is made by the functions of the graph alone.
  const missing: string[] = [];
  for (const door of doors) {
    const names = Object.keys((await import(pathToFileURL(join(root, "dist", `${door}.js`)).href)) as object);
    missing.push(...names.filter((name) => !named.has(name) && name !== "Tensor").map((name) => `${door}: ${name}`));
  }
  expect(missing).toEqual([]);
});
