import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { expect } from "vitest";
import { clubCsv } from "../club.ts";

export const root = join(import.meta.dirname, "..", "..");
const main = join(root, "dist", "cli", "main.js");

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Failure {
  readonly error: { readonly code: string; readonly message: string; readonly fix: string };
}

/** A folder of its own, removed when the test process ends. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "penchant-e2e-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts `penchant ARGS` in a folder, without colours and without the surroundings' own workspace. */
export function start(
  cwd: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  stdin: "ignore" | "pipe" = "ignore",
): ChildProcess {
  const clean = { ...process.env, NO_COLOR: "1", CI: "1", PENCHANT_WORKSPACE: "", ...env };
  const child = spawn(process.execPath, [main, ...args], { cwd, env: clean, stdio: [stdin, "pipe", "pipe"] });
  // A command that refuses does not read what is piped into it: the pipe breaks, which is no failure.
  child.stdin?.on("error", () => {});
  return child;
}

export function finish(child: ChildProcess): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let [stdout, stderr] = ["", ""];
    child.stdout?.on("data", (chunk) => (stdout += chunk));
    child.stderr?.on("data", (chunk) => (stderr += chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

export const penchant = (cwd: string, ...args: string[]): Promise<Outcome> => finish(start(cwd, args));

/** Runs with --json, expects success and exactly one document on stdout. */
export async function answer<T>(cwd: string, ...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await penchant(cwd, ...args, "--json");
  expect(code, stdout + stderr).toBe(0);
  return oneDocument(stdout) as T;
}

/** Runs with --json, expects one coded error with a fix, exit status 1 (or `status`), and nothing changed in the folder. */
export async function failure(cwd: string, args: readonly string[], status = 1): Promise<Failure["error"]> {
  const before = fingerprint(cwd);
  const { code, stdout, stderr } = await penchant(cwd, ...args, "--json");
  const { error } = oneDocument(stdout) as Failure;
  expect(code, stdout + stderr).toBe(status);
  expect(Object.keys(error ?? {})).toEqual(["code", "message", "fix"]);
  expect(error.fix.length, stdout).toBeGreaterThan(5);
  expect(stderr).not.toMatch(/^\s+at .*\(/m);
  expect(fingerprint(cwd)).toEqual(before);
  return error;
}

export function oneDocument(stdout: string): unknown {
  expect(stdout.endsWith("\n"), stdout).toBe(true);
  expect(stdout.trimEnd().split("\n"), stdout).toHaveLength(1);
  return JSON.parse(stdout);
}

/** Every file below a folder with a hash of its contents, folders and links too, which are not followed: equal means untouched. */
export function fingerprint(folder: string): Record<string, string> {
  const entries = existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : [];
  const described = entries.map((entry): [string, string] => {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) return [relative(folder, path), "folder"];
    const contents = entry.isSymbolicLink() ? readlinkSync(path) : readFileSync(path);
    return [relative(folder, path), createHash("sha256").update(contents).digest("hex")];
  });
  return Object.fromEntries(described.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A folder with `ratings.csv` (240 users, 150 films) and, imported from it, the data set `ratings`. */
export async function clubFolder(): Promise<string> {
  const folder = scratch();
  writeFileSync(join(folder, "ratings.csv"), clubCsv());
  await answer(folder, "import", "ratings.csv");
  return folder;
}

/** The folder of real data, or undefined where it is absent. */
export function realData(name: string): string | undefined {
  const folder = join(process.env["PENCHANT_DATA"] ?? join(root, "..", "shared", "data"), name);
  return existsSync(folder) ? folder : undefined;
}
