import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
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

/** A line of a document's shell block that is run. */
interface Line {
  readonly command: string;
  /** The code of the error that the line's comment promises: `# fails: DATA_COLUMNS`. */
  readonly failure: string | undefined;
}

/** Lines that run Penchant or write a small file; other programs are left to the reader. */
function linesOf(code: string): Line[] {
  return code
    .replaceAll("\\\n", " ")
    .split("\n")
    .map((line) => ({
      command: line.replace(/\s+#.*$/, "").replace(/^(\$ )?(npx )?/, ""),
      failure: /\s# fails: ([A-Z_]+)/.exec(line)?.[1],
    }))
    .filter(({ command }) => /^(penchant|printf|awk) /.test(command));
}

/** A folder of programs with `penchant` in it, so that a shell reads the lines as a reader's does, quotes included. */
const programs = join(scratch, "bin");
mkdirSync(programs);
writeFileSync(join(programs, "penchant"), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`, { mode: 0o755 });

interface Shell {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

async function runLine({ command, failure }: Line, shell: Shell): Promise<void> {
  const outcome = await execute("sh", ["-c", command], shell).catch((error: Error & { stderr?: string }) => error);
  if (failure !== undefined) {
    expect(outcome, command).toBeInstanceOf(Error);
    expect(outcome.stderr).toContain(failure);
  } else if (outcome instanceof Error) throw outcome;
  else if (command.startsWith("penchant ")) expect(outcome.stdout?.length, command).toBeGreaterThan(0);
}

const questions = ["which-model", "real-difference", "cold-slice", "reproduce-the-paper"].map(
  (name) => `docs/${name}.md`,
);
const lessons = documents.filter((name) => name.startsWith("docs/learn/") && !name.endsWith("README.md"));
const executed = ["README.md", "docs/cli.md", "docs/troubleshooting.md", "docs/content.md", ...questions, ...lessons];

/** Pictures that a document shows and its own commands draw. */
const drawn = (text: string): string[] =>
  Array.from(text.matchAll(/--svg (\S+)/g), ([, name = ""]) => name).filter((name) => text.includes(`](${name})`));

describe.each(documents.filter((name) => executed.includes(name)))("%s", (document) => {
  const text = readFileSync(join(root, document), "utf8");
  const blocks = codeBlocks(text);
  const shell = blocks.filter(({ language }) => language === "sh");
  const typescript = blocks.filter(({ language }) => language === "ts");

  test.runIf(shell.length > 0)(
    "its commands run, one after the other, in one workspace",
    async () => {
      const cwd = join(scratch, document.replaceAll("/", "-"));
      mkdirSync(cwd);
      cpSync(join(scratch, "ratings.csv"), join(cwd, "ratings.csv"));
      const PATH = `${programs}${delimiter}${process.env["PATH"]}`;
      const env = { ...process.env, PATH, PENCHANT_WORKSPACE: "", NO_COLOR: "1" };
      // a program that names its file is that file
      for (const { language, code } of blocks) {
        const [, name] = /^\/\/ (\S+\.js)\n/.exec(code) ?? [];
        if (language === "js" && name) writeFileSync(join(cwd, name), code);
      }
      let count = 0;
      for (const { code, line } of shell) {
        for (const each of linesOf(code)) {
          if (each.command.startsWith("penchant profile") && !native.engine) continue; // the other engines take no profiles
          await runLine(each, { cwd, env }).catch((error: Error) => {
            throw new Error(`${document}:${line}: ${each.command}\n${error.message}`);
          });
          count++;
        }
      }
      expect(count).toBeGreaterThan(3);
      for (const name of drawn(text)) {
        const committed = readFileSync(join(root, dirname(document), name), "utf8");
        expect(readFileSync(join(cwd, name), "utf8"), `${document}: ${name}`).toBe(committed);
      }
    },
    400_000,
  ); // a document has many commands, each a process

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
