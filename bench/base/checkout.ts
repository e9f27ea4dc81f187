import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { UsageError } from "../options.ts";

/** An earlier revision, built, with this benchmark compiled against it. */
export interface Checkout {
  /** Short commit. */
  readonly commit: string;
  readonly folder: string;
}

/**
 * Builds a revision in a folder of its own, once: bases are kept in ~/.cache/penchant/bases by their commit. The benchmark in
 * it is always the present one. Throws UsageError where there is no such revision, Error where it cannot be built.
 */
export async function checkOut(root: string, revision: string, say: (text: string) => void): Promise<Checkout> {
  const sha = resolve(root, revision);
  const kept = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "penchant", "bases");
  const folder = join(kept, sha);
  if (!existsSync(folder)) {
    say(`building ${revision} (${sha.slice(0, 7)}) in ${folder}: some minutes, once`);
    const aside = `${folder}.${process.pid}`;
    process.once("exit", () => rmSync(aside, { recursive: true, force: true }));
    mkdirSync(aside, { recursive: true });
    execFileSync("tar", ["-x", "-C", aside], {
      input: execFileSync("git", ["archive", sha], { cwd: root, maxBuffer: 2 ** 30 }),
    });
    sharePackages(root, aside);
    await run(process.execPath, [join("scripts", "setup.mjs")], aside);
    renameSync(aside, folder);
  }
  await compileBenchmark(root, folder);
  return { commit: sha.slice(0, 7), folder };
}

function resolve(root: string, revision: string): string {
  try {
    const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`];
    return execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    throw new UsageError(`there is no revision "${revision}" in this clone`);
  }
}

/** The same lock file means the same packages; otherwise the revision installs its own. */
function sharePackages(root: string, folder: string): void {
  const lock = (of: string) => readFileSync(join(of, "package-lock.json"), "utf8");
  if (lock(root) === lock(folder)) symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "dir");
}

/** Types of the revision may differ from what the benchmark expects; what fails when it runs is said case by case. */
async function compileBenchmark(root: string, folder: string): Promise<void> {
  for (const name of ["bench", ".bench"]) rmSync(join(folder, name), { recursive: true, force: true });
  cpSync(join(root, "bench"), join(folder, "bench"), { recursive: true, filter: (path) => !path.endsWith("results") });
  const tsc = join(folder, "node_modules", "typescript", "bin", "tsc");
  await run(process.execPath, [tsc, "-p", "bench/tsconfig.json"], folder).catch(() => undefined);
  if (!existsSync(serverOf(folder))) throw new Error(`the benchmark does not compile against ${folder}`);
}

/** The program that plays one case of a checkout. */
export const serverOf = (folder: string): string => join(folder, ".bench", "base", "serve.js");

function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ["ignore", "ignore", "inherit"] });
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`${args[0]} failed in ${cwd}`))));
  });
}
