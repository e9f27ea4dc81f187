/** Requests that are begun and never ended, over real sockets, and bodies that are too much: others are answered, and what was held is given back. */
import type { Socket } from "node:net";
import { beforeAll, expect, test } from "vitest";
import { answer, clubFolder } from "./cli.ts";
import { type Server, startServer } from "./server.ts";
import { dial } from "./sockets.ts";

/** More than answers may be under way at once (256). */
const HALF = 300;

let folder = "";

beforeAll(async () => {
  folder = await clubFolder();
  await answer(folder, "train", "ease", "--run", "club");
});

interface Half {
  readonly socket: Socket;
  /** What the server has said until now. */
  said(): string;
  /** What the server said until it hung up, and when that was, in milliseconds. */
  readonly ended: Promise<{ readonly text: string; readonly at: number }>;
}

async function begin(server: Server, begun: string): Promise<Half> {
  const socket = await dial(server);
  let text = "";
  socket.on("data", (chunk) => (text += chunk));
  const ended = new Promise<{ text: string; at: number }>((resolve) =>
    socket.once("close", () => resolve({ text, at: performance.now() })),
  );
  socket.write(begun);
  return { socket, said: () => text, ended };
}

const head = (path: string, length: number) =>
  `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
const HALVES = [
  "GET /v1/models HTTP/1.1\r\nhost: a\r\n",
  head("/v1/recommend", 1000).slice(0, 40),
  head("/v1/recommend", 1000),
  `${head("/v1/recommend", 1000)}{"user": "user-1", `,
  `${head("/v1/events", 900_000)}${" ".repeat(60_000)}`,
];

const dialAll = (server: Server) =>
  Promise.all(Array.from({ length: HALF }, (_, i) => begin(server, HALVES[i % HALVES.length] as string)));

/** Of the server: memory in MB, open files, answers under way. */
async function state({ url, child }: Server) {
  const { readdirSync } = await import("node:fs");
  const text = await (await fetch(`${url}/metrics`)).text();
  const of = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
  return {
    memory: of("process_resident_memory_bytes") / 1e6,
    underWay: of("penchant_answers_under_way"),
    files: process.platform === "linux" ? readdirSync(`/proc/${child.pid}/fd`).length : 0,
  };
}

test(`${HALF} requests that were begun and not ended keep nobody waiting, and are ended within the time that the server gives them`, async () => {
  const server = await startServer(folder, "club");
  const before = await state(server);
  const start = performance.now();
  const halves = await dialAll(server);
  const statuses = await Promise.all(
    Array.from({ length: 50 }, async () => (await server.get("/v1/users/user-1/recommendations?k=3")).status),
  );
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect((await state(server)).underWay).toBe(0); // who has not asked to the end holds no place
  const ended = await Promise.all(halves.map((half) => half.ended));
  // 15 s for a head, 30 for all; looked at every 3 s
  expect(Math.max(...ended.map(({ at }) => at)) - start).toBeLessThan(45_000);
  for (const { text } of ended) expect(text).toMatch(/^HTTP\/1\.1 408 /);
  await expect.poll(async () => (await state(server)).files).toBeLessThan(before.files + 100); // the 50 that asked are kept
  expect((await server.get("/v1/users/user-1/recommendations?k=3")).status).toBe(200);
}, 90_000);

test("a server that is stopped does not wait for them", async () => {
  const server = await startServer(folder, "club");
  await dialAll(server);
  const start = performance.now();
  const closed = new Promise((resolve) => server.child.once("close", resolve));
  server.child.kill("SIGTERM");
  expect(await closed).toBe(0);
  expect(performance.now() - start).toBeLessThan(15_000);
}, 60_000);

const MB = 1 << 20;

test("bodies that are nearly as large as they may be, and do not end, are not held without end", async () => {
  const server = await startServer(folder, "club");
  const before = await state(server);
  const halves = await Promise.all(
    Array.from({ length: 200 }, () => begin(server, `${head("/v1/events", MB)}${" ".repeat(MB - 1)}`)),
  );
  const isRefused = (half: Half) => /^HTTP\/1\.1 503 .*"code":"SERVE_BUSY"/s.test(half.said());
  // 64 MB are held of all together
  await expect
    .poll(() => halves.filter(isRefused).length, { timeout: 15_000 })
    .toBeGreaterThanOrEqual(halves.length - 64);
  expect((await server.get("/v1/users/user-1/recommendations?k=3")).status).toBe(200);
  expect((await state(server)).memory - before.memory).toBeLessThan(200);
}, 60_000);

/** Sends 100 MB whatever the other side says, as fast as it takes them, until it hangs up. */
async function pour({ socket, ended }: Half, chunk: string): Promise<void> {
  let isOpen = true;
  void ended.then(() => (isOpen = false));
  for (let sent = 0; sent < 100 && isOpen; sent++) {
    if (!socket.write(chunk)) await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), ended]);
  }
}

test.each([
  ["of which the head says how long they are", head("/v1/events", 100 * MB), "x".repeat(MB)],
  [
    "in pieces",
    "POST /v1/events HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
    `${MB.toString(16)}\r\n${"x".repeat(MB)}\r\n`,
  ],
])(
  "bodies of 100 MB, %s, are refused with a code and held by nobody",
  async (_, begun, chunk) => {
    const server = await startServer(folder, "club");
    for (let i = 0; i < 20; i++) await server.get("/v1/users/user-1/recommendations?k=3");
    const before = await state(server);
    for (let round = 0; round < 5; round++) {
      const half = await begin(server, begun);
      await pour(half, chunk);
      const { text } = await half.ended;
      expect(text).toMatch(/^HTTP\/1\.1 413 .*"code":"SERVE_BODY"/s);
    }
    const after = await state(server);
    expect(after.memory - before.memory).toBeLessThan(60);
    expect(after.underWay).toBe(0);
  },
  60_000,
);
