/** Several servers of one workspace, which share their events through a real server of Valkey. */
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Valkey, valkey, valkeyBinary, withoutValkey } from "../support/valkey.ts";
import { answer, clubFolder, penchant } from "./cli.ts";
import { type Server, startServer } from "./server.ts";

let folder = "";
let store: Valkey;

beforeAll(async () => {
  folder = await clubFolder();
  await answer(folder, "train", "ease", "--run", "taste");
  await answer(folder, "deploy", "taste", "--as", "shop");
});

const view = (user: string, item: string) => ({ events: [{ user, item, type: "view" }] });
const itemsFor = async (server: Server, user: string, k = 5): Promise<string[]> => {
  const { body } = await server.get(`/v1/users/${user}/recommendations?k=${k}`);
  return body.items.map(({ item }: { item: string }) => item);
};

async function started(): Promise<Valkey> {
  store = await valkey();
  await store.start();
  onTestFinished(() => store.kill());
  return store;
}

const replica = (...args: string[]) => startServer(folder, "shop", "--store", store.url, ...args);

describe.skipIf(valkeyBinary === undefined)(`replicas${withoutValkey}`, () => {
  test("what one has acknowledged is in the next answer of the other: events, items, and who is gone", async () => {
    await started();
    const [a, b] = await Promise.all([replica(), replica()]);
    for (let i = 0; i < 30; i++) {
      const [writer, reader] = i % 2 === 0 ? [a, b] : [b, a];
      const user = `guest-${i}`;
      const [first = ""] = await itemsFor(reader, "user-3");
      expect((await writer.post("/v1/events", view(user, first))).status).toBe(200);
      const { body } = await reader.get(`/v1/users/${user}`);
      expect(body.met).toEqual([{ item: first, likes: true, types: ["view"] }]);
      expect(await itemsFor(reader, user)).not.toContain(first);
    }
    const [first = ""] = await itemsFor(b, "user-3");
    await fetch(`${a.url}/v1/items/${first}`, { method: "DELETE" });
    expect(await itemsFor(b, "user-3")).not.toContain(first);
    expect((await a.delete("/v1/users/guest-1")).body.events).toBe(1);
    expect((await b.get("/v1/users/guest-1")).body.error.code).toBe("DATA_USER_UNKNOWN");
    expect((await a.delete("/v1/users/user-5")).status).toBe(200);
    const known = async () => (await b.get("/v1/users/user-5/recommendations")).body.known;
    await expect.poll(known, { timeout: 10_000 }).toBe(false);
    expect((await b.get("/readyz")).body).toMatchObject({ status: "ready", events: "ok", store: "shared" });
  });

  test("without the store answers go on from memory, /readyz says so, events are refused, and nothing acknowledged is lost", async () => {
    store = await valkey();
    onTestFinished(() => store.kill());
    const server = await replica();
    expect((await server.get("/readyz")).body).toMatchObject({ status: "degraded", events: "failed" });
    const [first = ""] = await itemsFor(server, "user-3");
    expect((await server.post("/v1/events", view("user-3", first))).body.error.code).toBe("STORE_WRITE");
    await store.start();
    const isReady = async () => (await server.get("/readyz")).body.status;
    await expect.poll(isReady, { timeout: 10_000 }).toBe("ready");
    expect((await server.post("/v1/events", view("user-3", first))).status).toBe(200);
    await store.kill();
    const without = await itemsFor(server, "user-3");
    expect(without.length).toBe(5);
    expect(without).not.toContain(first);
    const refused = await fetch(`${server.url}/v1/events`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(view("user-4", first)),
    });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await isReady()).toBe("degraded");
    await store.start();
    await expect.poll(isReady, { timeout: 10_000 }).toBe("ready");
    const other = await replica();
    expect((await other.get("/v1/users/user-3")).body.met).toEqual([{ item: first, likes: true, types: ["view"] }]);
  });

  test("commands read the log where the servers keep it", async () => {
    await started();
    const server = await replica();
    const items = await itemsFor(server, "user-7");
    await server.post("/v1/events", {
      events: items.map((item) => ({ user: "newcomer", item, type: "rating", value: 5 })),
    });
    const at = ["--store", store.url];
    const written = await answer(folder, "events", "export", "--output", "events.jsonl", ...at);
    expect(written).toMatchObject({ events: 5, people: 1 });
    const { stdout } = await penchant(folder, "events", "export", "--output", "none.jsonl", "--json");
    expect(JSON.parse(stdout).error.code).toBe("WORKSPACE_EMPTY");
    expect(await answer(folder, "train", "ease", "--from-log", "--run", "next", ...at)).toMatchObject({ run: "next" });
    expect(await answer(folder, "forget", "newcomer", ...at)).toMatchObject({ events: 5 });
    expect((await server.get("/v1/users/newcomer")).body.error.code).toBe("DATA_USER_UNKNOWN");
    const refused = await penchant(folder, "serve", "shop", "--store", "nonsense", "--json");
    expect(JSON.parse(refused.stdout).error.code).toBe("STORE_URL");
  });
});
