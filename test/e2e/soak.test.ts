/**
 * A server under everything at once, for long: lists, events, items, bad requests, half ones, deployments and switches. Nothing is lost, and neither memory nor
 * open files grow. `PENCHANT_SOAK=10` minutes; from two on memory is judged, which has to come to rest first.
 */
import { readdirSync } from "node:fs";
import { connect } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { below, hash } from "../../src/core/random.ts";
import { answer, clubFolder } from "./cli.ts";
import { type Server, startServer } from "./server.ts";

const MINUTES = Number(process.env["PENCHANT_SOAK"] ?? 0.1);
/** How many may wait for their answers: where the machine is busy fewer are sent. */
const WAITING = 24;
/** Requests a second, at most. */
const RATE = Number(process.env["PENCHANT_SOAK_RATE"] ?? 60);
/** Pieces of time, after each of which memory and open files are read. */
const PIECES = 30;
/** By how much memory of the last third may lie above that of the second, as a share. */
const GROWTH = 0.03;
const SEED = 1;

let folder = "";

beforeAll(async () => {
  folder = await clubFolder();
  await answer(folder, "train", "ease", "--run", "a");
  await answer(folder, "train", "bpr-mf", "--epochs", "2", "--run", "b");
  await answer(folder, "deploy", "a", "--as", "shop");
  await answer(folder, "deploy", "b", "--as", "shop");
});

interface Sent {
  readonly path: string;
  readonly method?: string;
  readonly body?: string;
  readonly expected: number;
}

/** Who and what events are of: few enough that all of it has been seen after a while. */
const userOf = (i: number) => `new-${below(hash(SEED, i, 1), 100)}`;
const itemOf = (i: number) => `film-${1 + below(hash(SEED, i, 2), 20)}`;

const post = (path: string, body: object, expected = 200): Sent => ({ path, body: JSON.stringify(body), expected });

function requestOf(i: number): Sent {
  const [user, item] = [`user-${1 + below(hash(SEED, i, 3), 240)}`, `film-${1 + below(hash(SEED, i, 4), 150)}`];
  switch (i % 16) {
    case 0:
    case 1:
      return post("/v1/events", { events: [{ user: userOf(i), item: itemOf(i), type: "view" }] });
    case 2:
      return post("/v1/recommend", { history: [item, itemOf(i)], k: 10 });
    case 3:
      return { path: `/v1/items/${item}/similar?k=10`, expected: 200 };
    case 4:
      return post("/v1/recommend", { user, k: 5, filter: `id != "${itemOf(i)}"`, why: true });
    case 5:
      return { ...post(`/v1/items/${itemOf(i)}`, { fields: { price: i % 50, genre: "drama" } }), method: "PUT" };
    case 6:
      return post("/v1/recommend", { user, pipeline: { candidates: [{ from: "shop", n: 30 }], k: 5 }, trace: true });
    case 7:
      return { path: "/v1/recommend", body: `{"user": "${user}"`, expected: 400 };
    case 8:
      return post("/v1/recommend", { user, k: -1 }, 400);
    case 9:
      return { path: `/v1/items/${encodeURIComponent(`no such ${i % 100}`)}/similar`, expected: 404 };
    case 10:
      return {
        path: "/v1/events",
        body: "x".repeat(i % 160 === 10 ? 3 << 20 : 2000),
        expected: i % 160 === 10 ? 413 : 400,
      };
    default:
      return { path: `/v1/users/${i % 2 === 0 ? user : userOf(i)}/recommendations?k=10`, expected: 200 };
  }
}

interface Counts {
  asked: number;
  readonly wrong: string[];
  /** Events and changes of items that were acknowledged. */
  acknowledged: number;
}

async function ask({ url }: Server, sent: Sent, counts: Counts): Promise<void> {
  counts.asked++;
  const { path, body, method = body === undefined ? "GET" : "POST", expected } = sent;
  const init = { method, ...(body !== undefined && { body, headers: { "content-type": "application/json" } }) };
  try {
    const answered = await fetch(url + path, init);
    const text = await answered.text();
    const isLog = path === "/v1/events" || method === "PUT";
    if (isLog && answered.status === 200) counts.acknowledged++;
    if (answered.status !== expected) counts.wrong.push(`${method} ${path}: ${answered.status} ${text.slice(0, 200)}`);
  } catch (error) {
    const { message, cause } = error as Error;
    counts.wrong.push(`${method} ${path}: ${message} ${String(cause)}`);
  }
}

/** An event that was acknowledged is in the next answer. */
async function readOwnWrite({ url }: Server, i: number, counts: Counts): Promise<void> {
  const [user, item] = [userOf(i), itemOf(i)];
  await ask({ url } as Server, post("/v1/events", { events: [{ user, item, type: "view" }] }), counts);
  const answered = await fetch(`${url}/v1/users/${user}/recommendations?k=100`).catch(String);
  if (typeof answered === "string") {
    counts.wrong.push(answered);
    return;
  }
  const { items } = (await answered.json()) as { items: { item: string }[] };
  if (items.some((one) => one.item === item)) counts.wrong.push(`${user} was shown ${item}, which they had met`);
}

/** Half a request, and gone: after a while, or at once. */
async function half({ url }: Server, i: number): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  socket.write("POST /v1/events HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{");
  await wait((i % 5) * 400);
  socket.destroy();
}

/** Every two seconds another of the two newest deployments answers, and now and then there is a new one. */
async function switchModels(server: Server, until: number, counts: Counts): Promise<void> {
  let newest = 2;
  for (let i = 0; performance.now() < until; i++) {
    await wait(Math.min(2000, Math.max(0, until - performance.now())));
    if (i % 10 === 9) {
      const run = i % 20 === 9 ? "a" : "b";
      newest = (await answer<{ deployment: number }>(folder, "deploy", run, "--as", "shop")).deployment;
    } else {
      const which = i % 3 === 2 ? {} : { deployment: newest - (i % 2) };
      await ask(server, post("/v1/models/shop/activate", which), counts);
    }
  }
}

interface Read {
  readonly megabytes: number;
  readonly files: number;
  readonly last: number;
}

async function read({ url, child }: Server): Promise<Read> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const of = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
  const files = process.platform === "linux" ? readdirSync(`/proc/${child.pid}/fd`).length : 0;
  return { megabytes: of("process_resident_memory_bytes") / 1e6, files, last: of("penchant_last_event") };
}

const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;

test(
  `${MINUTES} minutes of everything at once: every answer is right, all that was acknowledged is there, and nothing grows`,
  async () => {
    const server = await startServer(folder, "shop", "--timeout", "60");
    const ownDelay = monitorEventLoopDelay();
    ownDelay.enable();
    const counts: Counts = { asked: 0, wrong: [], acknowledged: 0 };
    const start = performance.now();
    const until = start + MINUTES * 60_000;
    const switching = switchModels(server, until, counts);
    const pending = new Set<Promise<void>>();
    const reads: Read[] = [];
    for (let i = 0; performance.now() < until && counts.wrong.length < 20; i++) {
      const due = start + (i * 1000) / RATE;
      if (due > performance.now()) await wait(due - performance.now());
      while (pending.size >= WAITING) await Promise.race(pending);
      const work =
        i % 40 === 0
          ? half(server, i)
          : i % 20 === 1
            ? readOwnWrite(server, i, counts)
            : ask(server, requestOf(i), counts);
      const one: Promise<void> = work.finally(() => pending.delete(one));
      pending.add(one);
      if (performance.now() - start > ((reads.length + 1) * MINUTES * 60_000) / PIECES) reads.push(await read(server));
    }
    await Promise.all([...pending, switching]);
    const end = await read(server);
    reads.push(end);
    const megabytes = reads.map((one) => one.megabytes);
    const files = reads.map((one) => one.files);
    const third = Math.floor(reads.length / 3);
    const growth = mean(megabytes.slice(2 * third)) / mean(megabytes.slice(third, 2 * third)) - 1;
    console.log(
      `${counts.asked} requests, ${counts.acknowledged} acknowledged, memory ${megabytes.map((one) => one.toFixed(0)).join(" ")} MB (last third ${(100 * growth).toFixed(1)} % over the second), open files ${files.join(" ")}; the test itself stood still for ${(ownDelay.max / 1e6).toFixed(0)} ms at most`,
    );
    expect(counts.wrong).toEqual([]);
    expect(end.last).toBe(counts.acknowledged);
    expect(Math.max(...files.slice(2 * third))).toBeLessThan(Math.max(...files.slice(0, 2 * third)) + 20);
    if (MINUTES >= 2) expect(growth).toBeLessThan(GROWTH);
    server.child.kill("SIGKILL");
    await new Promise((resolve) => server.child.once("close", resolve));
    const again = await startServer(folder, "shop");
    expect((await read(again)).last).toBe(counts.acknowledged);
  },
  120_000 + MINUTES * 90_000,
);
