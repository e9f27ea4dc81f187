/** Clients that are broken or mean no good, over real sockets: none gets a 500, and others are answered meanwhile. */
import type { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { answer, clubFolder } from "./cli.ts";
import { type Server, startServer } from "./server.ts";
import { dial } from "./sockets.ts";

/** Open connections that do nothing; PENCHANT_IDLE=10000 for as many as a system is made to allow. */
const IDLE = Number(process.env["PENCHANT_IDLE"] ?? 500);

let folder = "";

beforeAll(async () => {
  folder = await clubFolder();
  await answer(folder, "train", "ease", "--run", "club");
});

/** All that comes back until the server hangs up, or says nothing for two seconds. */
async function said(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (chunk) => (text += chunk));
  await new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
    socket.setTimeout(2000, () => resolve());
  });
  return text;
}

const statusesIn = (text: string): number[] => [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, code]) => Number(code));

async function statusOf(server: Server, raw: string | Buffer): Promise<number | undefined> {
  const socket = await dial(server);
  socket.write(raw);
  return statusesIn(await said(socket))[0];
}

const post = (body: string, more = "") =>
  `POST /v1/recommend HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`;

async function expectHealthy(server: Server): Promise<void> {
  const { status, body } = await server.get("/v1/users/user-1/recommendations?k=3");
  expect([status, body.items.length]).toEqual([200, 3]);
}

/** Answers under way, the reading of it apart. */
async function underWay({ url }: Server): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^penchant_answers_under_way (\d+)$/m.exec(text)?.[1]);
}

test("requests that are no HTTP, or two at once, are refused and the connection ended", async () => {
  const server = await startServer(folder, "club");
  const lines = [
    "\x00\x01\x02\x03\r\n\r\n",
    "GET\r\n\r\n",
    "GET /healthz HTTP/9.9\r\nhost: a\r\n\r\n",
    "GET /healthz HTTP/1.1\r\n\r\n", // no host
    "GET /healthz HTTP/1.1\r\nhost: a\r\nbad header\r\n\r\n",
    "GET /healthz HTTP/1.1\r\nhost: a\r\nx: \x00\r\n\r\n",
    "POST /v1/recommend HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
    "POST /v1/recommend HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /v1/recommend HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\n{}{}{",
    "POST /v1/recommend HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
  ];
  for (const line of lines) expect([line, await statusOf(server, line)]).toEqual([line, 400]);
  const many = Array.from({ length: 20_000 }, (_, i) => `x-${i}: y\r\n`).join("");
  expect(await statusOf(server, `GET /healthz HTTP/1.1\r\nhost: a\r\n${many}\r\n`)).toBe(431);
  expect(await statusOf(server, `GET /${"a".repeat(1 << 20)} HTTP/1.1\r\nhost: a\r\n\r\n`)).toBe(431);
  await expectHealthy(server);
});

test("bodies that are too large, too deep, or poisoned are refused, and hold no place", async () => {
  const server = await startServer(folder, "club");
  const huge = `POST /v1/recommend HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${100 << 20}\r\n\r\n`;
  expect(await statusOf(server, huge)).toBe(413); // before it was sent
  const bodies = [
    "[".repeat(500_000),
    `${"[".repeat(400_000)}${"]".repeat(400_000)}`,
    `{"history":[${"0,".repeat(400_000)}0]}`,
    `{"history":${"[".repeat(200_000)}${"]".repeat(200_000)}}`,
    '{"__proto__":{"user":"anna"}}',
    '{"user":"user-1","__proto__":{"polluted":true}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    `{"ratings":{"__proto__":5}}`,
    '{"user":1e999}',
    "\ufeff{}x",
    "null",
    "",
  ];
  for (const body of bodies) {
    expect([body.slice(0, 40), await statusOf(server, post(body))]).toEqual([body.slice(0, 40), 400]);
  }
  expect(await statusOf(server, post('{"user":"user-1"}', "content-encoding: gzip\r\n"))).toBeLessThan(500);
  await expectHealthy(server);
  await expect.poll(() => underWay(server)).toBe(0);
});

test("a list without end is refused, and the connection ended while it is still being sent", async () => {
  const server = await startServer(folder, "club");
  const socket = await dial(server);
  socket.write(
    "POST /v1/recommend HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
  );
  const answered = said(socket);
  const part = `10000\r\n${"0,".repeat(0x8000)}\r\n`;
  socket.write(`c\r\n{"history":[\r\n`);
  const patience = Date.now() + 20_000; // what comes after the refusal is read for two seconds, so that the answer arrives
  while (!socket.destroyed && Date.now() < patience) {
    if (!socket.write(part)) await Promise.race([new Promise((drained) => socket.once("drain", drained)), wait(200)]);
  }
  expect(socket.destroyed).toBe(true);
  // the end of the connection may overtake the answer
  expect([413, undefined]).toContain(statusesIn(await answered)[0]);
  await expectHealthy(server);
  await expect.poll(() => underWay(server)).toBe(0);
}, 40_000);

test("names in addresses are names: no path, no half a character", async () => {
  const server = await startServer(folder, "club");
  const paths = [
    ["/v1/models/..%2f..%2f..%2fetc%2fpasswd/activate", 404],
    ["/v1/models/club%00/activate", 404],
    ["/v1/models/__proto__/activate", 404],
    ["/v1/items/%ff", 400],
    ["/v1/items/%", 400],
    ["/v1/users/../../etc/passwd", 404],
    [`/v1/items/${"a".repeat(5000)}`, 404],
  ] as const;
  for (const [path, expected] of paths) {
    const method = path.endsWith("activate") ? "POST" : "GET";
    const head = `${method} ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`;
    const status = await statusOf(server, head);
    expect([path, status === expected || (status ?? 500) < 500]).toEqual([path, true]);
  }
  await expectHealthy(server);
});

test("clients that go away in the middle leave nothing behind", async () => {
  const server = await startServer(folder, "club");
  for (let round = 0; round < 150; round++) {
    const socket = await dial(server);
    const whole = post('{"user":"user-1","k":100}');
    socket.write(whole.slice(0, 20 + ((round * 7) % whole.length)));
    if (round % 3 === 0) await wait(2);
    socket.destroy();
  }
  await expectHealthy(server);
  await expect.poll(() => underWay(server)).toBe(0);
});

test(`${IDLE} connections that say nothing, or a byte now and then, keep nobody waiting`, async () => {
  const server = await startServer(folder, "club");
  const sockets: Socket[] = [];
  for (let i = 0; i < IDLE; i++) {
    const socket = await dial(server);
    sockets.push(socket);
    if (i % 2 === 0) socket.write("POST /v1/events HTTP/1.1\r\nhost: a\r\ncontent-le");
  }
  const drip = setInterval(() => {
    for (const socket of sockets.slice(0, 100)) socket.write("n");
  }, 50);
  const start = performance.now();
  for (let i = 0; i < 20; i++) await expectHealthy(server);
  clearInterval(drip);
  expect((performance.now() - start) / 20).toBeLessThan(1000);
  expect(await underWay(server)).toBe(0); // who has not asked yet holds no place
});

test("a thousand requests down one connection are answered, in their order", async () => {
  const server = await startServer(folder, "club");
  const socket = await dial(server);
  const one = (user: number) => `GET /v1/users/u${user}/recommendations?k=1 HTTP/1.1\r\nhost: a\r\n\r\n`;
  socket.write(Array.from({ length: 1000 }, (_, i) => one(i)).join(""));
  const text = await said(socket);
  expect(new Set(statusesIn(text)).has(500)).toBe(false);
  const users = [...text.matchAll(/"user":"u(\d+)"/g)].map(([, user]) => Number(user));
  expect(users).toEqual(users.toSorted((a, b) => a - b));
  expect(statusesIn(text)).toHaveLength(1000);
});
