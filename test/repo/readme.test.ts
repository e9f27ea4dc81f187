import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clubCsv } from "../club.ts";
import { nativeEngine } from "../support/native-engine.ts";
import { codeBlocks, documents } from "./documents.ts";
import { root } from "./tree.ts";

const native = await nativeEngine();
const execute = promisify(execFile);
const main = join(root, "dist", "cli", "main.js");
const types = join(root, "node_modules", "@types");
const tsc = join(root, "node_modules", "typescript", "bin", "tsc");

/** A folder of a user of the package, who has it in node_modules. */
const scratch = mkdtempSync(join(tmpdir(), "penchant-readme-"));
mkdirSync(join(scratch, "node_modules"));
symlinkSync(root, join(scratch, "node_modules", "penchant"), "dir");
writeFileSync(join(scratch, "package.json"), '{ "type": "module" }');

/** What the examples call `ratings.csv`. */
beforeAll(() => writeFileSync(join(scratch, "ratings.csv"), clubCsv()));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Lines of a shell block that run Penchant, as arguments; comments and other programs are left to the reader. */
function commands(code: string): string[][] {
  return code
    .replaceAll("\\\n", " ")
    .split("\n")
    .map((line) =>
      line
        .replace(/\s+#.*$/, "")
        .replace(/^\$ /, "")
        .trim(),
    )
    .filter((line) => /^(npx )?penchant /.test(line))
    .map((line) =>
      [...line.replace(/^(npx )?penchant /, "").matchAll(/"([^"]*)"|(\S+)/g)].map((m) => m[1] ?? (m[2] as string)),
    );
}

describe.each(documents.filter((name) => name === "README.md" || name === "docs/cli.md"))("%s", (document) => {
  const blocks = codeBlocks(readFileSync(join(root, document), "utf8"));
  const shell = blocks.filter(({ language }) => language === "sh");
  const typescript = blocks.filter(({ language }) => language === "ts");

  test.runIf(shell.length > 0)("its commands run, one after the other, in one workspace", async () => {
    const cwd = join(scratch, document.replace("/", "-"));
    mkdirSync(cwd);
    cpSync(join(scratch, "ratings.csv"), join(cwd, "ratings.csv"));
    const env = { ...process.env, PENCHANT_WORKSPACE: undefined, NO_COLOR: "1" };
    let count = 0;
    for (const { code, line } of shell) {
      for (const args of commands(code)) {
        if (args[0] === "profile" && !native.engine) continue; // the other engines take no profiles
        const { stdout } = await execute(process.execPath, [main, ...args], { cwd, env }).catch((error: Error) => {
          throw new Error(`${document}:${line}: penchant ${args.join(" ")}\n${error.message}`);
        });
        expect(stdout.length, args.join(" ")).toBeGreaterThan(0);
        count++;
      }
    }
    expect(count).toBeGreaterThan(3);
  });

  test.each(typescript)("its TypeScript at line $line compiles strictly and runs", async ({ code, line }) => {
    const name = join(scratch, `block-${document.replace(/\W/g, "-")}-${line}.ts`);
    writeFileSync(name, code);
    const strict = ["--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes", "--skipLibCheck"];
    const modules = ["--module", "nodenext", "--target", "es2023"];
    const check = await execute(
      process.execPath,
      [tsc, name, ...strict, ...modules, "--types", "node", "--typeRoots", types],
      { cwd: scratch },
    ).catch((error: { stdout: string }) => error);
    expect(check.stdout).toBe("");
    const { stdout } = await execute(process.execPath, [name.replace(/\.ts$/, ".js")], { cwd: scratch });
    expect(stdout.length).toBeGreaterThan(0);
  });
});
