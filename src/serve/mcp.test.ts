import fc from "fast-check";
import { Compile } from "typebox/compile";
import { expect, test } from "vitest";
import { started } from "../../test/support/service.ts";
import { SCOPES, type Scope } from "./keys.ts";
import { type Ask, askService, createMcp } from "./mcp.ts";
import { askServer } from "./mcp-http.ts";
import { routes } from "./routes.ts";

// biome-ignore lint/suspicious/noExplicitAny: tests look at a few fields of many answers.
type Reply = any;

async function session({ scopes = SCOPES as readonly Scope[], remote = false } = {}) {
  const { app, service } = await started();
  const ask: Ask = remote ? askServer(await app.listen({ port: 0 }), undefined) : askService(service);
  const answer = createMcp({ version: "1.2.3", scopes, ask });
  const send = async (method: string, params?: object, id: unknown = 1): Promise<Reply> => {
    const text = await answer(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    return text === undefined ? undefined : JSON.parse(text);
  };
  const call = async (name: string, given: object): Promise<Reply> =>
    (await send("tools/call", { name, arguments: given })).result;
  return { answer, send, call, service };
}

test("begins in the version of the other side where it speaks it, and in its own where it does not", async () => {
  const { send, answer } = await session();
  const begun = await send("initialize", { protocolVersion: "2024-11-05", capabilities: {}, clientInfo: {} }, "a");
  expect(begun).toMatchObject({
    jsonrpc: "2.0",
    id: "a",
    result: {
      protocolVersion: "2024-11-05",
      capabilities: { tools: {} },
      serverInfo: { name: "penchant", version: "1.2.3" },
    },
  });
  expect((await send("initialize", { protocolVersion: "1999-01-01" })).result.protocolVersion).toBe("2025-06-18");
  expect(await answer('{"jsonrpc":"2.0","method":"notifications/initialized"}')).toBeUndefined();
  expect((await send("ping")).result).toEqual({});
});

test("every verb of the service is a tool, unless its scope is not given", async () => {
  const { send } = await session();
  const { tools } = (await send("tools/list")).result;
  const names = tools.map(({ name }: Reply) => name);
  expect(new Set(names).size).toBe(names.length);
  const others = routes.filter(({ tool }) => tool === undefined).map(({ url }) => url);
  expect(others).toEqual(["/v1/users/:id/recommendations", "/healthz"]); // the first is in "recommend"
  for (const { inputSchema, outputSchema } of tools) {
    expect([inputSchema.type, outputSchema.type]).toEqual(["object", "object"]);
  }
  const reading = await session({ scopes: ["read"] });
  const readable = (await reading.send("tools/list")).result.tools.map(({ name }: Reply) => name);
  expect(readable).toEqual(["recommend", "similar", "item", "models", "ready"]);
  expect((await reading.send("tools/call", { name: "delete_user", arguments: { id: "anna" } })).error.code).toBe(
    -32602,
  );
});

test.each([false, true])("answers as the service does, of the form that it describes (remote: %s)", async (remote) => {
  const { call, send, service } = await session({ remote });
  const direct = await service.model().recommender.recommend("anna", { k: 3 });
  const { structuredContent, content } = await call("recommend", { user: "anna", k: 3 });
  expect(structuredContent.items).toEqual(direct.items);
  expect(JSON.parse(content[0].text)).toEqual(structuredContent);
  const { tools } = (await send("tools/list")).result;
  const described = tools.find(({ name }: Reply) => name === "recommend").outputSchema;
  expect(Compile(described).Check(structuredContent)).toBe(true);
  expect((await call("similar", { id: "007", k: 2 })).structuredContent.items).toHaveLength(2);
  const put = await call("put_item", { id: "a/b c", fields: { genre: "spy" } });
  expect(put.structuredContent).toMatchObject({ item: "a/b c", fields: { genre: "spy" } });
});

test("an event that was recorded counts in the next list", async () => {
  const { call } = await session();
  const [first] = (await call("recommend", { user: "anna", k: 1 })).structuredContent.items;
  await call("record_events", { events: [{ user: "anna", item: first.item, type: "view" }] });
  const next = (await call("recommend", { user: "anna", k: 9 })).structuredContent.items;
  expect(next.map(({ item }: Reply) => item)).not.toContain(first.item);
});

test.each([false, true])(
  "what cannot be answered is an answer too, for the other side to mend (remote: %s)",
  async (remote) => {
    const { call } = await session({ remote });
    for (const [tool, given, message] of [
      ["similar", { id: "no such" }, "DATA_ITEM_UNKNOWN"],
      ["recommend", { usr: "anna" }, "one of the fields user"],
      ["similar", { id: "007", k: 0 }, "SERVE_REQUEST"],
    ] as const) {
      const { isError, content, structuredContent } = await call(tool, given);
      expect([isError, structuredContent]).toEqual([true, undefined]);
      expect(content[0].text).toContain(message);
    }
  },
);

test("a server that is gone is said", async () => {
  const answer = createMcp({ version: "1", scopes: ["read"], ask: askServer("http://127.0.0.1:9", undefined) });
  const line = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"models"}}';
  const { isError, content } = JSON.parse((await answer(line)) ?? "").result;
  expect([isError, content[0].text]).toEqual([true, expect.stringContaining("SERVE_REMOTE: The server at")]);
});

test("lines that are no requests are refused by the codes of JSON-RPC", async () => {
  const { answer, send } = await session();
  const calling = (params: string) => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`;
  const codeOf = async (line: string) => JSON.parse((await answer(line)) ?? "{}").error?.code;
  expect(await codeOf("{")).toBe(-32700);
  expect(await codeOf("[]")).toBe(-32600);
  expect(await codeOf('{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}')).toBe(-32600);
  expect((await send("constructor")).error.code).toBe(-32601);
  expect((await send("tools/call", { name: "__proto__" })).error.code).toBe(-32602);
  const reader = createMcp({ version: "1", scopes: ["read"], ask: askServer("http://127.0.0.1:9", undefined) });
  expect(await reader(calling('{"name":"record_events"}'))).toContain(
    "it needs the scope write (penchant mcp --scopes)",
  );
  const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
  expect(await codeOf(calling(`{"name":${deep}}`))).toBe(-32602);
  const { result } = JSON.parse((await answer(calling(`{"name":"recommend","arguments":{"history":${deep}}}`))) ?? "");
  expect(result.content[0].text).toContain("history.0 of the arguments does not fit");
  expect(await answer("  ")).toBeUndefined();
});

test("nothing that is sent breaks it", async () => {
  const { answer, call } = await session();
  await fc.assert(
    fc.asyncProperty(fc.json(), fc.constantFrom("tools/call", "tools/list", "initialize"), async (json, method) => {
      const { result, error } = JSON.parse(
        (await answer(`{"jsonrpc":"2.0","id":1,"method":"${method}","params":${json}}`)) as string,
      );
      expect(result !== undefined || error.code < 0).toBe(true);
      const { content } = await call("recommend", JSON.parse(json));
      expect(content[0].text).not.toContain("UNEXPECTED");
    }),
    { numRuns: 300 },
  );
});
