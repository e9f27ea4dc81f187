import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { started } from "../../test/support/service.ts";
import { routes } from "../serve/routes.ts";
import { PenchantClient, RequestRefused } from "./index.ts";

async function connected(options = {}) {
  const { app, service } = await started({ workshop: "forgets anna" });
  const url = await app.listen({ port: 0, host: "127.0.0.1" });
  const asked: string[] = [];
  const noted: typeof fetch = (address, init) => {
    asked.push(`${init?.method} ${new URL(String(address)).pathname}`);
    return fetch(address, init);
  };
  onTestFinished(() => app.close());
  return { client: new PenchantClient({ url: `${url}/`, fetch: noted, ...options }), asked, service };
}

test("every route of the server has a method, and they mean the same", async () => {
  const { client, asked } = await connected();
  const list = await client.recommend({ user: "anna", k: 3, why: true });
  expect(list.items).toHaveLength(3);
  expect(await client.recommendations("anna", { k: 3, why: true })).toEqual(list);
  expect((await client.similar("007", { k: 2 })).items).toHaveLength(2);
  expect(await client.events([{ user: "zoe", item: "7", type: "view" }])).toEqual({ accepted: 1, last: 1 });
  expect((await client.putItem("007", { genre: "spy" })).fields).toEqual({ genre: "spy" });
  expect((await client.patchItem("007", { genre: null, price: 3 })).fields).toEqual({ price: 3 });
  expect(await client.item("007")).toEqual({ item: "007", fields: { price: 3 }, shown: true, models: ["tiny"] });
  expect((await client.deleteItem("007")).shown).toBe(false);
  expect((await client.putUser("anna", { age: 30 })).fields).toEqual({ age: 30 });
  expect((await client.patchUser("anna", { age: null })).fields).toEqual({});
  expect((await client.user("zoe")).met).toEqual([{ item: "7", likes: true, types: ["view"] }]);
  expect((await client.models()).models.map(({ name }) => name)).toEqual(["tiny"]);
  expect(await client.experiments()).toEqual({ experiments: [] });
  expect((await client.activate("tiny")).name).toBe("tiny");
  expect((await client.rollback("tiny")).name).toBe("tiny");
  expect((await client.deleteUser("anna")).runs).toMatchObject([{ run: "tiny-1" }]);
  expect(await client.health()).toEqual({ status: "ok" });
  expect((await client.ready()).status).toBe("ready");
  const templates = routes.map(({ method, url }) => ({ method, parts: url.split("/") }));
  const reached = (method: string, parts: readonly string[]) =>
    asked.some((one) => {
      const [verb, path = ""] = one.split(" ");
      const own = path.split("/");
      return (
        verb === method &&
        own.length === parts.length &&
        parts.every((part, i) => part.startsWith(":") || part === own[i])
      );
    });
  expect(templates.filter(({ method, parts }) => !reached(method, parts))).toEqual([]);
});

test("ids with any characters arrive", async () => {
  const { client } = await connected();
  expect((await client.recommendations("Åsa 🎬\nline")).user).toBe("Åsa 🎬\nline");
});

test("what the server refuses is told with its code, its status and its advice", async () => {
  const { client } = await connected();
  const refusal = await client.similar("nothing").catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(RequestRefused);
  expect(refusal).toMatchObject({ status: 404, code: "DATA_ITEM_UNKNOWN", fix: expect.stringMatching(/\.$/) });
});

test("what the server had no room for is sent again after the time it says, and no more often than asked", async () => {
  let answers = [busy(), busy(), Response.json({ status: "ok" })];
  const fetch = async () => answers.shift() as Response;
  const client = new PenchantClient({ url: "http://127.0.0.1", fetch, retries: 2 });
  expect(await client.health()).toEqual({ status: "ok" });
  answers = [busy(), Response.json({ status: "ok" })];
  const hasty = new PenchantClient({ url: "http://127.0.0.1", fetch, retries: 0 });
  await expect(hasty.health()).rejects.toMatchObject({ status: 503, code: "SERVE_BUSY", retryAfter: 0 });
});

const busy = () =>
  Response.json(
    { error: { code: "SERVE_BUSY", message: "full", fix: "Wait." } },
    { status: 503, headers: { "retry-after": "0" } },
  );

test("an answer of something in between is no answer", async () => {
  const fetch = async () => new Response("<html>Bad gateway</html>", { status: 502 });
  const client = new PenchantClient({ url: "http://127.0.0.1", fetch });
  await expect(client.models()).rejects.toMatchObject({ status: 502, code: "UNKNOWN" });
});

test("nothing is imported at run time but the client itself", () => {
  const source = readFileSync(join(import.meta.dirname, "client.ts"), "utf8");
  expect(source.match(/^import (?!type)/gm)).toBeNull();
});
