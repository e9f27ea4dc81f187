import { beforeAll, expect, test } from "vitest";
import { answer, clubFolder, failure, finish, start } from "./cli.ts";
import { startServer } from "./server.ts";

let folder = "";

beforeAll(async () => {
  folder = await clubFolder();
  await answer(folder, "train", "ease", "--run", "club");
});

// biome-ignore lint/suspicious/noExplicitAny: tests look at a few fields of many answers.
type Reply = any;
const message = (id: number, method: string, params: object) =>
  `${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`;
const call = (id: number, name: string, given: object) => message(id, "tools/call", { name, arguments: given });

/** What `penchant mcp ARGS` answers, by id, to what it is sent at once. */
async function answersTo(text: string, args: readonly string[]): Promise<Map<number | null, Reply>> {
  const child = start(folder, ["mcp", ...args], {}, "pipe");
  child.stdin?.end(text);
  const { code, stdout, stderr } = await finish(child);
  expect(code, stderr).toBe(0);
  const replies = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Reply);
  return new Map(replies.map((reply) => [reply.id, reply]));
}

test("answers lines of stdin with lines of stdout, and nothing else is on it; ends with stdin", async () => {
  const begin = message(1, "initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: {} });
  const told = '{"jsonrpc":"2.0","method":"notifications/initialized"}\n';
  const asked = call(2, "recommend", { user: "user-1", k: 3 }) + call(3, "record_events", {});
  const replies = await answersTo(begin + told + asked + message(4, "tools/list", {}), []);
  expect([...replies.keys()].sort()).toEqual([1, 2, 3, 4]);
  const list = await answer<{ items: unknown[] }>(folder, "recommend", "club", "--user", "user-1", "-k", "3");
  expect(replies.get(2).result.structuredContent.items).toEqual(list.items);
  expect(replies.get(3).error.message).toContain("record_events"); // not among what may be read
  expect(replies.get(4).result.tools).toHaveLength(5);
});

test("events are kept from one session to the next", async () => {
  const one = await answersTo(call(1, "recommend", { user: "user-2", k: 1 }), ["--scopes", "read,write"]);
  const [{ item }] = one.get(1).result.structuredContent.items;
  const event = { user: "user-2", item, type: "purchase" };
  await answersTo(call(1, "record_events", { events: [event] }), ["--scopes", "write"]);
  const next = await answersTo(call(1, "recommend", { user: "user-2", k: 1 }), []);
  expect(next.get(1).result.structuredContent.items[0].item).not.toBe(item);
});

test("a line without an end is refused once, and the next one is answered", async () => {
  const replies = await answersTo(`${"x".repeat(5 << 20)}\n${message(7, "ping", {})}`, []);
  expect(replies.get(null).error.code).toBe(-32700);
  expect(replies.get(7).result).toEqual({});
});

test("asks a server that runs where --url says so; without, the workspace is taken", async () => {
  const server = await startServer(folder, "club");
  const { body } = await server.get("/v1/users/user-3/recommendations?k=2");
  const replies = await answersTo(call(1, "recommend", { user: "user-3", k: 2 }), ["--url", server.url]);
  expect(replies.get(1).result.structuredContent).toEqual(body);
  expect((await failure(folder, ["mcp", "club"])).code).toBe("WORKSPACE_BUSY");
  expect((await failure(folder, ["mcp", "club", "--scopes", "all"])).code).toBe("CONFIG_VALUE");
});
