/**
 * `npm run bench -- serve`: how many requests a second `penchant serve` carries, and how long they take, in an open loop, the client on the same
 * machine. Random vectors of 64, top 10 with what was met left out; then events, each acknowledged when it is on the disk. With `--traces` every request is a span of a
 * real SDK, which exports to nowhere; with `--store redis://…` the log is in that server.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { randomRun } from "./artifact.ts";
import { type Latencies, openLoop } from "./load.ts";
import { saveArtifact } from "./penchant.ts";
import { soak } from "./soak.ts";

const USERS = 6040;
const usage =
  "usage: npm run bench -- serve [--items 3706,100000] [--rates 250,500,1000] [--seconds 10] [--events 500] [--soak SECONDS] [--traces] [--store URL]";
const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Exit status. */
export async function main(args: readonly string[], root: string): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      items: { type: "string", default: "3706,100000" },
      rates: { type: "string", default: "250,500,1000" },
      seconds: { type: "string", default: "10" },
      events: { type: "string", default: "500" },
      soak: { type: "string" },
      traces: { type: "boolean", default: false },
      store: { type: "string" },
    },
  });
  const numbers = (text: string) => text.split(",").map(Number);
  const seconds = Number(values.seconds);
  const { traces, store } = values;
  const way = { traces, store };
  if (![...numbers(values.items), ...numbers(values.rates), seconds, Number(values.events)].every((one) => one > 0)) {
    print(usage);
    return 2;
  }
  if (values.soak !== undefined)
    return await soaked({ root, ...way }, numbers(values.items), numbers(values.rates), Number(values.soak));
  print(
    "| items | what | asked a second | answered a second | p50 ms | p90 ms | p99 ms | max ms | failed | memory MB |",
  );
  print("|---|---|---|---|---|---|---|---|---|---|");
  for (const items of numbers(values.items)) {
    await withServer({ root, ...way }, items, async (server) => {
      const list = (i: number) => ({ path: `/v1/users/u${(i * 7919) % USERS}/recommendations?k=10` });
      await openLoop({ url: server.url, rate: 100, seconds: 2, next: list }); // warm
      for (const rate of numbers(values.rates)) {
        row(
          items,
          "lists",
          rate,
          await openLoop({ url: server.url, rate, seconds, next: list }),
          await memory(server.url),
        );
      }
      const rate = Number(values.events);
      const next = (i: number) => ({
        path: "/v1/events",
        body: JSON.stringify({
          events: Array.from({ length: 20 }, (_, j) => ({
            user: `new-${(i * 20 + j) % 1000}`,
            item: `i${(i * 31 + j) % items}`,
            type: "view",
          })),
        }),
      });
      row(items, "20 events", rate, await openLoop({ url: server.url, rate, seconds, next }), await memory(server.url));
    });
  }
  return 0;
}

/** The first of the items and rates alone, for long. */
async function soaked(way: Way, [items = 0]: number[], [rate = 0]: number[], seconds: number): Promise<number> {
  if (!(seconds > 0)) {
    print(usage);
    return 2;
  }
  return await withServer(way, items, (server) =>
    soak({ url: server.url, users: USERS, items, rate, seconds, memory: () => memory(server.url), print }),
  );
}

/** How a server runs. */
interface Way {
  readonly root: string;
  readonly traces: boolean;
  readonly store: string | undefined;
}

/** A server of a random run of so many items in a workspace of its own, which goes when the work is done. */
async function withServer<T>(
  way: Way,
  items: number,
  work: (server: Awaited<ReturnType<typeof start>>) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "penchant-serve-"));
  let child: ChildProcess | undefined;
  try {
    mkdirSync(join(folder, ".penchant", "runs"), { recursive: true });
    await saveArtifact(join(folder, ".penchant", "runs", "random"), randomRun(USERS, items));
    const server = await start(way, folder);
    child = server.child;
    return await work(server);
  } finally {
    child?.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

function row(items: number, what: string, asked: number, found: Latencies, megabytes: number): void {
  const ms = (value: number) => value.toFixed(1);
  const { rate, p50, p90, p99, max, failed } = found;
  print(
    `| ${items} | ${what} | ${asked} | ${rate.toFixed(0)} | ${ms(p50)} | ${ms(p90)} | ${ms(p99)} | ${ms(max)} | ${failed} | ${megabytes.toFixed(0)} |`,
  );
}

async function memory(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\d+)$/m.exec(text)?.[1]) / 1e6;
}

function start(
  { root, traces, store }: Way,
  folder: string,
): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const command = [
    ...(traces ? ["--import", pathToFileURL(join(root, "bench", "serve", "traced.mjs")).href] : []),
    ...[join(root, "dist", "cli", "main.js"), "serve", "random", "--port", "0"],
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
