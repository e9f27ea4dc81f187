/** Small helpers of the scripts. Plain Node, no dependencies: they run before anything is installed. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** One line about what is going on; stderr, so that stdout belongs to the command that follows. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Runs a program and resolves with its exit code (130 when interrupted). Ctrl-C waits for the child to stop first. */
export function run(command, args, { cwd = root, env = process.env, onOutput } = {}) {
  return new Promise((resolve, reject) => {
    const output = onOutput ? "pipe" : "inherit";
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", output === "pipe" ? "pipe" : 2, output] });
    let received;
    const forward = (signal) => {
      received = signal;
      child.kill(signal);
    };
    process.on("SIGINT", forward).on("SIGTERM", forward);
    child.stdout?.on("data", onOutput);
    child.stderr?.on("data", onOutput);
    const settle = (action) => {
      process.off("SIGINT", forward).off("SIGTERM", forward);
      action();
    };
    child.on("error", (error) => settle(() => reject(error)));
    child.on("close", (code, signal) =>
      settle(() => {
        if (received === "SIGINT" || signal === "SIGINT" || code === 130) process.exit(130);
        if (received === "SIGTERM" || signal === "SIGTERM" || code === 143) process.exit(143);
        resolve(code ?? 1);
      }),
    );
  });
}

/** Path of a program in PATH, or in further folders, or undefined. */
export function findProgram(program, ...more) {
  const name = process.platform === "win32" ? `${program}.exe` : program;
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...more];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Path of a Rust tool in PATH or in rustup's folder, or undefined. `PENCHANT_NO_RUST=1` pretends that there is none. */
export function findCargo(tool = "cargo") {
  if (process.env.PENCHANT_NO_RUST === "1") return undefined;
  return findProgram(tool, join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "bin"));
}

/** Files below a folder (or the file itself) that pass the test, sorted, without build output. */
export function filesBelow(path, keep = () => true) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.name !== "node_modules" && entry.name !== "target")
    .flatMap((entry) => filesBelow(join(path, entry.name), keep))
    .filter(keep)
    .sort();
}

/** A hash of names and contents: the same sources give the same digest, whatever their dates. */
export function digest(files, ...facts) {
  const hash = createHash("sha256");
  for (const file of files)
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update("\0");
  return hash.update(facts.join("\0")).digest("hex");
}

/** The stamp of the last successful build, or undefined. */
export function readStamp(path) {
  return existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
}

/** Written beside and renamed: an interrupted script never leaves half a file. */
export function writeWhole(path, data) {
  mkdirSync(dirname(path), { recursive: true });
  const beside = `${path}.${process.pid}.tmp`;
  writeFileSync(beside, data);
  renameSync(beside, path);
}
