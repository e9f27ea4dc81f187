import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { answer, clubFolder, failure, finish, oneDocument, penchant } from "./cli.ts";
import { type Reply, type Server, startServer } from "./server.ts";

let folder = "";
const serve = (...args: string[]): Promise<Server> => startServer(folder, ...args);

beforeAll(async () => {
  folder = await clubFolder();
  await answer(folder, "train", "bpr-mf", "--epochs", "2", "--run", "taste");
  await answer(folder, "train", "ease", "--run", "ease");
});

const ids = ({ body }: Reply): string[] => body.items.map(({ item }: { item: string }) => item);

test("a server answers as the command line does, counts events at once, and stops when asked to", async () => {
  const server = await serve("taste", "ease");
  const stdout = finishing(server.child);
  const own = await answer<{ items: object[] }>(folder, "recommend", "taste", "--user", "user-1", "-k", "3");
  const list = await server.get("/v1/users/user-1/recommendations?k=3");
  expect(list.body.items).toEqual(own.items);
  expect((await server.post("/v1/recommend", { user: "user-1", k: 3, model: "ease" })).body.method).toBe("model");

  const [first = ""] = ids(list);
  await server.post("/v1/events", { events: [{ user: "user-1", item: first, type: "purchase" }] });
  for (const model of ["taste", "ease"]) {
    expect(ids(await server.post("/v1/recommend", { user: "user-1", k: 50, model }))).not.toContain(first);
  }
  expect((await server.get("/readyz")).body).toEqual({ status: "ready", models: 2, events: "ok", store: "embedded" });

  server.child.kill("SIGTERM");
  const { code, stdout: text } = await stdout;
  expect(code).toBe(0);
  expect(oneDocument(text)).toMatchObject({ requests: 6, lastEvent: 1, models: [{ name: "taste" }, { name: "ease" }] });
});

const finishing = (child: ChildProcess) => finish(child);

test("after kill -9 everything acknowledged is there, and the log can be exported and imported", async () => {
  const one = await serve("taste");
  const before = await lastEvent(one);
  const events = Array.from({ length: 30 }, (_, i) => ({ user: `new-${i % 3}`, item: `film-${i + 1}`, type: "view" }));
  for (const event of events) expect((await one.post("/v1/events", { events: [event] })).status).toBe(200);
  one.child.kill("SIGKILL");
  await once(one.child, "close");

  const two = await serve("taste");
  expect(await lastEvent(two)).toBe(before + 30);
  expect((await two.get("/v1/users/new-0/recommendations")).body).toMatchObject({ method: "fold-in", known: true });
  for (const file of ["events.jsonl", "events.csv", "events.parquet"]) {
    const exported = await answer<{ events: number }>(folder, "events", "export", "--output", file);
    expect(exported.events).toBe(before + 30);
    const data = await answer<{ users: number }>(folder, "import", file, "--name", file.replace(".", "-"), "--dry-run");
    expect(data.users).toBeGreaterThanOrEqual(3);
  }
  expect(readFileSync(join(folder, "events.jsonl"), "utf8").split("\n")[before + 1]).toContain('"user":"new-1"');
});

async function lastEvent({ url }: Server): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^penchant_last_event (\d+)$/m.exec(text)?.[1]);
}

test("answers under way are given when the server stops", async () => {
  const server = await serve("taste");
  const asked = Array.from({ length: 40 }, (_, i) =>
    server.post("/v1/recommend", { history: [`film-${(i % 20) + 1}`, `film-${(i % 7) + 30}`], why: true }),
  );
  await server.get("/healthz");
  server.child.kill("SIGTERM");
  const codes = await Promise.all(
    asked.map((one) => one.then(({ status }) => status).catch((error) => String(error.cause?.code))),
  );
  // those that were sent before are answered; those whose connection was not yet accepted are refused by the system
  expect(
    codes.filter(
      (code) => code !== 200 && code !== "ECONNREFUSED" && code !== "ECONNRESET" && code !== "UND_ERR_SOCKET",
    ),
  ).toEqual([]);
  expect(codes).toContain(200);
});

describe("somebody who is to be forgotten", () => {
  const events = { events: [{ user: "user-9", item: "film-1", type: "view" }] };

  test("is gone from log, data sets, runs and answers of a running server, which others do not notice", async () => {
    const server = await serve("taste", "ease");
    await server.post("/v1/events", events);
    const [erased, ...others] = await Promise.all([
      server.delete("/v1/users/user-9"),
      ...Array.from({ length: 10 }, () => server.get("/v1/users/user-2/recommendations?model=ease")),
    ]);
    expect(erased?.body).toMatchObject({ user: "user-9", events: 1, runs: [{ run: "ease" }, { run: "taste" }] });
    expect(erased?.body.searched.files).toBeGreaterThan(5);
    expect(others.map(({ status }) => status)).toEqual(others.map(() => 200));
    for (const model of ["taste", "ease"]) {
      const { body } = await server.get(`/v1/users/user-9/recommendations?model=${model}`);
      expect(body).toMatchObject({ known: false, method: "popularity" });
    }
    const again = await server.delete("/v1/users/user-9");
    expect([again.status, again.body.error.code]).toEqual([404, "DATA_USER_UNKNOWN"]);
    expect((await failure(folder, ["forget", "user-8"])).code).toBe("WORKSPACE_BUSY");
  });

  test("is taken out of the log by penchant forget too, when no server runs", async () => {
    const server = await serve("taste");
    await server.post("/v1/events", { events: [{ user: "stranger-1", item: "film-1", type: "view" }] });
    server.child.kill("SIGKILL");
    await once(server.child, "close");
    expect(await answer(folder, "forget", "stranger-1")).toMatchObject({ events: 1, datasets: [], runs: [] });
    expect((await failure(folder, ["forget", "stranger-1"])).code).toBe("DATA_USER_UNKNOWN");
  });
});

describe("refused at the start", () => {
  test("a second server that would write the same events", async () => {
    await serve("taste");
    expect((await failure(folder, ["serve", "taste", "--port", "0"])).code).toBe("WORKSPACE_BUSY");
    const reader = await serve("taste", "--no-events");
    expect(
      (await reader.post("/v1/events", { events: [{ user: "user-1", item: "film-1", type: "view" }] })).status,
    ).toBe(503);
    expect((await reader.get("/readyz")).body.events).toBe("off");
  });

  test("a port that is taken, and a host that others reach without keys", async () => {
    const { url } = await serve("taste", "--no-events");
    const { port } = new URL(url);
    const taken = await penchant(folder, "serve", "taste", "--no-events", "--port", port, "--json");
    expect(JSON.parse(taken.stdout).error.code).toBe("SERVE_ADDRESS");
    expect((await failure(folder, ["serve", "taste", "--host", "0.0.0.0"])).code).toBe("SERVE_ADDRESS");
    expect((await failure(folder, ["serve", "tast"])).code).toBe("WORKSPACE_UNKNOWN");
  });
});

test("keys of the workspace are asked for", async () => {
  const reader = await answer<{ key: string }>(folder, "keys", "add", "site");
  const writer = await answer<{ key: string }>(folder, "keys", "add", "till", "--scopes", "write");
  try {
    const server = await serve("taste");
    expect((await server.get("/v1/models")).status).toBe(401);
    expect((await server.get("/v1/models", reader.key)).status).toBe(200);
    const events = { events: [{ user: "user-1", item: "film-2", type: "view" }] };
    expect((await server.post("/v1/events", events, reader.key)).status).toBe(403);
    expect((await server.post("/v1/events", events, writer.key)).status).toBe(200);
    expect(readFileSync(join(folder, ".penchant", "keys.json"), "utf8")).not.toContain(reader.key);
    expect((await failure(folder, ["keys", "add", "site"])).code).toBe("CONFIG_VALUE");
    expect((await failure(folder, ["keys", "add", "other", "--scopes", "reed"])).code).toBe("CONFIG_UNKNOWN");
    expect(await answer(folder, "keys", "list")).toEqual({
      keys: [
        { name: "site", scopes: ["read"] },
        { name: "till", scopes: ["write"] },
      ],
    });
  } finally {
    await answer(folder, "keys", "remove", "site");
    await answer(folder, "keys", "remove", "till");
  }
  // Without any key left the file still closes the door; the tests that follow are to find it open.
  expect(existsSync(join(folder, ".penchant", "keys.json"))).toBe(true);
  rmSync(join(folder, ".penchant", "keys.json"));
});

test("raw rubbish on the wire is refused and the server goes on", async () => {
  const server = await serve("taste", "--no-events");
  const { port } = new URL(server.url);
  const rubbish = [
    "\u0000\u0001\u0002\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    `GET /healthz HTTP/1.1\r\nx: ${"y".repeat(100_000)}\r\n\r\n`,
  ];
  for (const text of rubbish) {
    const child = spawn(process.execPath, ["-e", sendRaw(port, text)], { stdio: "ignore" });
    await once(child, "close");
  }
  expect((await server.get("/healthz")).body).toEqual({ status: "ok" });
});

const sendRaw = (port: string, text: string): string =>
  `const s=require("net").connect(${port},"127.0.0.1",()=>s.end(${JSON.stringify(text)}));s.on("error",()=>{});s.resume()`;

test("a run learns from the log, as a data set of its own that is made anew each time", async () => {
  const server = await serve("taste");
  const events = Array.from({ length: 6 }, (_, i) => ({
    user: "new-comer",
    item: `film-${i + 1}`,
    type: "rating",
    value: 4,
  }));
  const sent = [...events, { user: "new-comer", item: "film-9", type: "view" }];
  expect((await server.post("/v1/events", { events: sent })).status).toBe(200);
  for (const data of ["ratings", "ratings-log"]) {
    await answer(folder, "train", "ease", "--data", data, "--from-log", "--run", "grown", "--final");
    const { known, method } = await answer<{ known: boolean; method: string }>(
      folder,
      "recommend",
      "grown",
      "--user",
      "new-comer",
    );
    expect([known, method]).toEqual([true, "model"]);
  }
  const runs = await answer<{ runs: { run: string; dataset: string }[] }>(folder, "runs");
  expect(runs.runs.find(({ run }) => run === "grown")?.dataset).toBe("ratings-log");
});
