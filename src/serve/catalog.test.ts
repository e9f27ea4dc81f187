import type { FastifyInstance } from "fastify";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/support/folder.ts";
import { ask, items, started } from "../../test/support/service.ts";

const list = async (app: FastifyInstance, rest: object = {}) =>
  items(await ask(app, "POST", "/v1/recommend", { user: "zoe", k: 9, ...rest }));
const put = (app: FastifyInstance, id: string, fields: object) => ask(app, "PUT", `/v1/items/${id}`, { fields });

describe("items", () => {
  test("are put, patched and read; what was written counts in the next answer", async () => {
    const { app } = await started();
    expect((await put(app, "007", { genre: "spy", price: 5 })).body).toEqual({
      item: "007",
      fields: { genre: "spy", price: 5 },
      shown: true,
      models: ["tiny"],
    });
    const patched = await ask(app, "PATCH", "/v1/items/007", { fields: { price: null, tags: ["old"] } });
    expect(patched.body["fields"]).toEqual({ genre: "spy", tags: ["old"] });
    expect((await ask(app, "GET", "/v1/items/007")).body).toEqual(patched.body);
    expect((await ask(app, "GET", "/v1/items/nothing")).body.error?.code).toBe("DATA_ITEM_UNKNOWN");
    expect((await put(app, "new", { genre: "spy" })).body).toMatchObject({ models: [], shown: true });
  });

  test("not available or deleted, they are in no list, whatever is excluded; put again, they are", async () => {
    const { app } = await started();
    expect(await list(app)).toContain("007");
    await ask(app, "PATCH", "/v1/items/007", { fields: { available: false } });
    const deleted = await ask(app, "DELETE", "/v1/items/7");
    expect(deleted.body).toMatchObject({ shown: false, fields: {} });
    for (const rest of [{}, { exclude: "none" }, { includeSeen: true }, { history: ["\u2028"] }]) {
      const shown = await list(app, rest);
      expect(shown).not.toContain("007");
      expect(shown).not.toContain("7");
    }
    expect(items(await ask(app, "GET", "/v1/items/%E2%80%A8/similar?k=9"))).not.toContain("007");
    await put(app, "007", {});
    await put(app, "7", {});
    expect(await list(app)).toEqual(expect.arrayContaining(["007", "7"]));
  });

  test("are there when the server starts again", async () => {
    const folder = temporaryFolder();
    const one = await started({ folder });
    await put(one.app, "007", { price: 3 });
    await ask(one.app, "PATCH", "/v1/items/007", { fields: { genre: "spy" } });
    await ask(one.app, "DELETE", "/v1/items/7");
    await one.service.close();
    const { app } = await started({ folder });
    expect((await ask(app, "GET", "/v1/items/007")).body["fields"]).toEqual({ price: 3, genre: "spy" });
    expect(await list(app)).not.toContain("7");
  });

  test.each([
    [{ fields: { "a\tb": 1 } }],
    [{ fields: { "": 1 } }],
    [{ fields: { a: { b: 1 } } }],
    [{ fields: { a: null } }],
    [{ fields: [1] }],
    [{}],
    [{ fields: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`f${i}`, i])) }],
  ])("%j is refused", async (body) => {
    const { app, service } = await started();
    const { status, body: answer } = await ask(app, "PUT", "/v1/items/007", body);
    expect([status, answer.error?.code]).toEqual([400, "SERVE_REQUEST"]);
    expect(service.lastEvent).toBe(0);
  });
});

describe("filters", () => {
  test("choose among what is known of items and of the person, now", async () => {
    const { app } = await started();
    await put(app, "007", { genre: "spy", price: 5 });
    await put(app, "7", { genre: "spy", price: 50 });
    await ask(app, "PUT", "/v1/users/zoe", { fields: { budget: 10 } });
    const spies = 'item.genre == "spy"';
    expect((await list(app, { filter: spies })).sort()).toEqual(["007", "7"]);
    expect(await list(app, { filter: `${spies} && item.price < user.budget` })).toEqual(["007"]);
    expect(await list(app, { filter: spies, candidates: ["7", "\u2028"] })).toEqual(["7"]);
    const url = `/v1/users/zoe/recommendations?k=9&filter=${encodeURIComponent(spies)}`;
    expect(items(await ask(app, "GET", url)).sort()).toEqual(["007", "7"]);
    const similar = await ask(app, "GET", `/v1/items/007/similar?filter=${encodeURIComponent(spies)}`);
    expect(items(similar)).toEqual(["7"]);
    await put(app, "7", { genre: "drama" });
    expect(await list(app, { filter: spies })).toEqual(["007"]);
  });

  test("that shorten a page say so; that can be evaluated of nothing are refused", async () => {
    const { app } = await started();
    await put(app, "007", { genre: "spy" });
    const short = await ask(app, "POST", "/v1/recommend", { user: "zoe", k: 3, filter: 'item.genre == "spy"' });
    expect(short.body["warnings"]).toMatchObject([{ code: "short-list", message: expect.stringMatching(/^1 of 3/) }]);
    for (const url of ["/v1/users/zoe/recommendations", "/v1/items/7/similar"]) {
      const unsaid = await ask(app, "GET", `${url}?filter=${encodeURIComponent('item.genre == "spy"')}`);
      expect([url, unsaid.body["warnings"]]).toMatchObject([url, [{ code: "short-list" }]]);
      expect([url, (await ask(app, "GET", `${url}?k=3`)).body["warnings"]]).toEqual([url, undefined]);
    }
    for (const filter of ["item.gnere == 1", "item.genre ==", "item.genre", 'item.genre.matches("s*")', "1 + 1"]) {
      const { status, body } = await ask(app, "POST", "/v1/recommend", { user: "zoe", filter });
      expect([filter, status, body.error?.code]).toEqual([filter, 400, "CONFIG_FILTER"]);
    }
  });
});

describe("people", () => {
  test("have fields, and everything kept of them can be read", async () => {
    const { app } = await started();
    expect((await ask(app, "GET", "/v1/users/zoe")).body.error?.code).toBe("DATA_USER_UNKNOWN");
    await ask(app, "PUT", "/v1/users/zoe", { fields: { country: "is", age: 30 } });
    await ask(app, "PATCH", "/v1/users/zoe", { fields: { age: null } });
    await ask(app, "POST", "/v1/events", { events: [{ user: "zoe", item: "7", type: "rating", value: 4 }] });
    expect((await ask(app, "GET", "/v1/users/zoe")).body).toEqual({
      user: "zoe",
      fields: { country: "is" },
      met: [{ item: "7", likes: true, types: ["rating"], rating: 4 }],
      models: [],
    });
    expect((await ask(app, "GET", "/v1/users/anna")).body).toMatchObject({ met: [], models: ["tiny"] });
  });

  test("are deleted by a workshop alone", async () => {
    const { app } = await started();
    expect((await ask(app, "DELETE", "/v1/users/anna")).body.error?.code).toBe("STORE_WRITE");
  });

  test("deleted, they are nobody, to models too, while answers go on", async () => {
    const { app, service } = await started({ workshop: "forgets anna" });
    await ask(app, "PUT", "/v1/users/anna", { fields: { country: "is" } });
    await ask(app, "POST", "/v1/events", { events: [{ user: "anna", item: "7", type: "view" }] });
    const before = service.model();
    const [deleted, ...others] = await Promise.all([
      ask(app, "DELETE", "/v1/users/anna"),
      ...Array.from({ length: 20 }, () => ask(app, "GET", "/v1/users/007/recommendations")),
    ]);
    expect(deleted?.body).toMatchObject({ user: "anna", events: 2, runs: [{ run: "tiny-1" }] });
    expect(others.map(({ status }) => status)).toEqual(others.map(() => 200));
    expect(service.model()).not.toBe(before);
    expect((await ask(app, "GET", "/v1/users/anna")).status).toBe(404);
    expect((await ask(app, "GET", "/v1/users/anna/recommendations")).body).toMatchObject({ known: false });
    expect((await ask(app, "GET", "/v1/users/007/recommendations")).body["method"]).toBe("model");
  });
});
