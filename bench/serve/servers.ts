/** Servers of random runs, each in a workspace of its own, which goes when the work is done. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Kind, randomRun } from "./artifact.ts";
import { saveArtifact } from "./penchant.ts";

export const USERS = 6040;

/** How a server runs. */
export interface Way {
  readonly root: string;
  readonly traces: boolean;
  readonly store: string | undefined;
  readonly model: Kind;
}

export interface Server {
  readonly url: string;
  readonly child: ChildProcess;
}

/** A folder for the work, which goes when that is done. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "penchant-serve-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A server of a random run of so many items; `deployed`: as deployment `shop`, of which there are two. */
export const withServer = <T>(
  way: Way,
  items: number,
  work: (server: Server) => Promise<T>,
  deployed = false,
): Promise<T> =>
  withFolder(async (folder) => {
    for (const name of deployed ? ["random", "other"] : ["random"]) {
      mkdirSync(join(folder, ".penchant", "runs"), { recursive: true });
      await saveArtifact(join(folder, ".penchant", "runs", name), randomRun(USERS, items, way.model));
      if (deployed) penchant(way.root, folder, ["deploy", name, "--as", "shop"]);
    }
    const server = await serve(way, folder, [deployed ? "shop" : "random"]);
    return await work(server).finally(() => server.child.kill("SIGKILL"));
  });

/** `penchant ARGS` in a folder. Throws where it fails. */
export function penchant(root: string, folder: string, args: readonly string[]): void {
  execFileSync(process.execPath, [mainOf(root), ...args], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
}

const mainOf = (root: string): string => join(root, "dist", "cli", "main.js");

/** `penchant serve` of a folder, ready to answer. */
export function serve(
  { root, traces, store }: Omit<Way, "model">,
  folder: string,
  names: readonly string[],
): Promise<Server> {
  const command = [
    ...(traces ? ["--import", pathToFileURL(join(root, "bench", "serve", "traced.mjs")).href] : []),
    ...[mainOf(root), "serve", ...names, "--port", "0"],
    ...(store === undefined ? [] : ["--store", store]),
  ];
  const child = spawn(process.execPath, command, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  return new Promise((resolve, reject) => {
    let text = "";
    child.stderr.on("data", (chunk: Buffer) => {
      if (text.length < 10_000) text += chunk.toString();
      const url = /"url":"([^"]+)".*"msg":"ready"/.exec(text)?.[1];
      if (url) resolve({ url, child });
    });
    child.on("close", () => reject(new Error(text)));
  });
}

/** Megabytes that a process holds in memory, as Linux tells; NaN elsewhere. */
export function memoryOf({ child }: Pick<Server, "child">): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1];
    return (Number(kilobytes) * 1024) / 1e6;
  } catch {
    return Number.NaN;
  }
}
