/** gorse (gorse.io), a recommender server in Go, as one process that keeps what it knows in SQLite files. */
import { type ChildProcess, spawn } from "node:child_process";
import { openSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Csr } from "../penchant.ts";
import type { Server } from "./servers.ts";

/** Interactions of one request. */
const BATCH = 20_000;
/** How long it may take to learn and to make everybody's list, in milliseconds. */
const PATIENCE = 20 * 60_000;

/** One thread: releases 0.5.3 to 0.5.5 add interactions from several at once, and stumble over it. Lists are of the factorization alone, as ours are. */
const configOf = (folder: string, [grpc, http]: readonly number[]): string => `
[database]
cache_store = "sqlite://${folder}/cache.db"
data_store = "sqlite://${folder}/data.db"
[master]
host = "127.0.0.1"
port = ${grpc}
http_host = "127.0.0.1"
http_port = ${http}
n_jobs = 1
[recommend]
cache_size = 100
[recommend.data_source]
positive_feedback_types = ["like"]
read_feedback_types = ["read"]
[recommend.collaborative]
type = "mf"
fit_period = "24h"
optimize_period = "0"
[recommend.ranker]
type = "none"
recommenders = ["collaborative"]
[recommend.fallback]
recommenders = []
[blob]
uri = "${folder}/blob"
`;

export const listPath = (user: number): string => `/api/recommend/u${user}?n=10`;

/** Tells a server the interactions, lets it learn, and waits until it has lists for everybody. Throws with the end of its log where it does not come to that. */
export async function gorseOf(
  binary: string,
  folder: string,
  train: Csr,
  say: (text: string) => void,
): Promise<Server> {
  for (const name of ["cache", "blob"]) await mkdir(join(folder, name), { recursive: true });
  const ports = [await freePort(), await freePort()];
  writeFileSync(join(folder, "config.toml"), configOf(folder, ports));
  const url = `http://127.0.0.1:${ports[1]}`;
  const first = start(binary, folder);
  await until(() => isAlive(url), first, folder);
  for (const batch of batches(train)) {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${url}/api/feedback`, { method: "POST", headers, body: JSON.stringify(batch) });
    if (!answer.ok) throw new Error(`gorse took no feedback: ${answer.status} ${await answer.text()}`);
  }
  say("gorse has the data, and learns");
  await stopped(first);
  const child = start(binary, folder); // what it begins with is what it learns from
  const users = train.offsets.length - 1;
  const asked = Array.from({ length: 20 }, (_, i) => Math.floor((i * (users - 1)) / 19));
  await until(() => isAlive(url), child, folder);
  await until(
    async () => (await Promise.all(asked.map((user) => lengthOf(url, user)))).every((n) => n === 10),
    child,
    folder,
  );
  return { url, child };
}

export function* batches({ offsets, items }: Csr): Generator<readonly object[]> {
  let batch: object[] = [];
  for (let user = 0; user + 1 < offsets.length; user++) {
    for (let at = offsets[user] as number; at < (offsets[user + 1] as number); at++) {
      const Timestamp = "2020-01-01T00:00:00Z";
      batch.push({ FeedbackType: "like", UserId: `u${user}`, ItemId: `i${items[at]}`, Timestamp });
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

function start(binary: string, folder: string): ChildProcess {
  const log = openSync(join(folder, "log"), "a");
  const args = ["-c", join(folder, "config.toml"), "--cache-path", join(folder, "cache")];
  return spawn(binary, args, { cwd: folder, stdio: ["ignore", log, log] });
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => child.kill("SIGKILL"), 10_000);
    child.once("close", () => {
      clearTimeout(force);
      resolve();
    });
    child.kill("SIGINT");
  });
}

async function until(isSo: () => Promise<boolean>, child: ChildProcess, folder: string): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (!(await isSo().catch(() => false))) {
    if (child.exitCode === null && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 1000));
    else {
      child.kill("SIGKILL");
      throw new Error(`gorse did not get ready: ${readFileSync(join(folder, "log"), "utf8").slice(-2000)}`);
    }
  }
}

const isAlive = async (url: string): Promise<boolean> => (await fetch(`${url}/api/health/live`)).ok;

async function lengthOf(url: string, user: number): Promise<number> {
  const list: unknown = await (await fetch(url + listPath(user))).json();
  return Array.isArray(list) ? list.length : 0;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { readonly port: number };
      server.close(() => resolve(port));
    });
  });
}
