import { PassThrough } from "node:stream";
import { Compile } from "typebox/compile";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/support/folder.ts";
import { ask, items, started } from "../../test/support/service.ts";
import { makeKey } from "./keys.ts";
import { routes } from "./routes.ts";

describe("answers", () => {
  test("are those of the recommender, with the model that gave them, and as described", async () => {
    const { app, service } = await started();
    const direct = await service.model().recommender.recommend("anna", { k: 3, why: true });
    const posted = await ask(app, "POST", "/v1/recommend", { user: "anna", k: 3, why: true });
    const got = await ask(app, "GET", "/v1/users/anna/recommendations?k=3&why=true");
    const { model, ...rest } = posted.body;
    expect(rest).toEqual(JSON.parse(JSON.stringify(direct)));
    expect(model).toMatchObject({ name: "tiny", run: "tiny-1", version: expect.stringMatching(/^[0-9a-f]{12}$/) });
    expect(got.body).toEqual(posted.body);
    const schema = routes.find(({ url }) => url === "/v1/recommend")?.answer;
    expect(Compile(schema as object).Check(posted.body)).toBe(true);
  });

  test("ids with any characters are found in an address", async () => {
    const { app } = await started();
    const id = "Åsa 🎬\nline";
    const { body } = await ask(app, "GET", `/v1/users/${encodeURIComponent(id)}/recommendations`);
    expect(body).toMatchObject({ user: id, known: true });
  });

  test("history, ratings, candidates and exclusions are passed on", async () => {
    const { app, service } = await started();
    const request = {
      history: ["007"],
      ratings: { "7": 5 },
      candidates: ["007", "7", "\u2028"],
      exclude: "none",
    } as const;
    const { body } = await ask(app, "POST", "/v1/recommend", request);
    const direct = await service
      .model()
      .recommender.recommend(
        { items: ["007"], ratings: { "7": 5 } },
        { candidates: request.candidates, exclude: "none" },
      );
    expect(body["items"]).toEqual(JSON.parse(JSON.stringify(direct.items)));
  });

  test("a filter that can be evaluated of none of the candidates named says so, and no other", async () => {
    const { app } = await started();
    await ask(app, "PUT", "/v1/items/7", { fields: { price: 30 } });
    const asked = async (filter: string, candidates: readonly string[]) => {
      const { body } = await ask(app, "POST", "/v1/recommend", { user: "zoe", candidates, filter, k: 2 });
      return body["warnings"];
    };
    const short = (count: number) => ({ code: "short-list", message: expect.stringContaining(`${count} of 2 items`) });
    expect(await asked("item.price < 20", ["007", "\u2028"])).toEqual([
      {
        code: "filter-failed",
        message: "item.price < 20 lets none of 2 candidates pass, and cannot be evaluated of 2: No such key: price.",
      },
      short(0),
    ]);
    expect(await asked("item.price < 20", ["7"])).toEqual([short(0)]);
    expect(await asked("item.price > 20", ["007", "7"])).toEqual([short(1)]);
  });

  test("similar items", async () => {
    const { app, service } = await started();
    const { body } = await ask(app, "GET", "/v1/items/007/similar?k=2");
    expect(body["items"]).toEqual((await service.model().recommender.similar("007", { k: 2 })).items);
    expect((await ask(app, "GET", "/v1/items/nothing/similar")).body.error?.code).toBe("DATA_ITEM_UNKNOWN");
  });

  test("the models there are", async () => {
    const { app } = await started();
    const { body } = await ask(app, "GET", "/v1/models");
    expect(body["models"]).toMatchObject([{ name: "tiny", run: "tiny-1", model: "tiny", users: 4, items: 9 }]);
  });
});

describe("events", () => {
  test("count in the next answer: what was met is gone, a stranger becomes known", async () => {
    const { app } = await started();
    const before = items(await ask(app, "GET", "/v1/users/anna/recommendations?k=2"));
    const event = { user: "anna", item: before[0], type: "skip" };
    expect((await ask(app, "POST", "/v1/events", { events: [event] })).body).toEqual({ accepted: 1, last: 1 });
    const after = await ask(app, "GET", "/v1/users/anna/recommendations?k=2");
    expect(after.body["method"]).toBe("model");
    expect(items(after)).not.toContain(before[0]);
    expect(items(await ask(app, "GET", "/v1/users/anna/recommendations?k=9&includeSeen=true"))).toContain(before[0]);

    expect((await ask(app, "GET", "/v1/users/zoe/recommendations")).body).toMatchObject({
      method: "popularity",
      known: false,
    });
    await ask(app, "POST", "/v1/events", { events: [{ user: "zoe", item: "7", type: "purchase" }] });
    const known = await ask(app, "GET", "/v1/users/zoe/recommendations?k=9");
    expect(known.body).toMatchObject({ method: "fold-in", known: true });
    expect(items(known)).not.toContain("7");
  });

  test("of users of the run give what the run gives to a user with fresh items", async () => {
    const { app, service } = await started();
    await ask(app, "POST", "/v1/events", { events: [{ user: "007", item: "7", type: "view" }] });
    const direct = await service.model().recommender.recommend({ user: "007", items: ["7"] });
    const { body } = await ask(app, "POST", "/v1/recommend", { user: "007" });
    expect(body["items"]).toEqual(JSON.parse(JSON.stringify(direct.items)));
    expect(body["method"]).toBe("fold-in");
  });

  test("are there when the server starts again", async () => {
    const folder = temporaryFolder();
    const one = await started({ folder });
    await ask(one.app, "POST", "/v1/events", { events: [{ user: "zoe", item: "7", type: "like" }] });
    await one.service.close();
    const { app } = await started({ folder });
    expect((await ask(app, "GET", "/v1/users/zoe/recommendations")).body).toMatchObject({ method: "fold-in" });
  });

  test.each([
    [{ user: "u", item: "7", type: "rating" }, "is a rating without a value"],
    [{ user: "u", item: "7", type: "view", value: 3 }, "has a value, which a view has not"],
    [{ user: "u", item: "7", type: "view", position: 3 }, "says a model, a pipeline or a position"],
    [{ user: "u", item: "7", type: "watch" }, "expected one of view, click"],
    [{ user: "u", type: "view" }, "does not fit"],
  ])("%j is refused", async (event, message) => {
    const { app, service } = await started();
    const { status, body } = await ask(app, "POST", "/v1/events", {
      events: [{ user: "u", item: "1", type: "view" }, event],
    });
    expect([status, body.error?.code]).toEqual([400, "SERVE_REQUEST"]);
    expect(JSON.stringify(body)).toContain(message);
    expect(service.lastEvent).toBe(0);
  });

  test("a log that is gone is told: not ready, and nothing acknowledged", async () => {
    const { app, service } = await started();
    await service.close();
    expect((await ask(app, "POST", "/v1/events", { events: [{ user: "u", item: "1", type: "view" }] })).status).toBe(
      503,
    );
    expect((await ask(app, "GET", "/readyz")).body).toMatchObject({ status: "degraded", events: "failed" });
  });
});

const MANY_IDS = `{"user":1,"history":[${"1,".repeat(10_000)}1]}`;
const LARGE_BODY = `{"events":"${"x".repeat(2 << 20)}"}`;
const LONG_ID = `/v1/users/${"x".repeat(2000)}/recommendations`;

describe("requests that are none", () => {
  test.each([
    ["POST", "/v1/recommend", '{"user":1', 400, "SERVE_BODY"],
    ["POST", "/v1/recommend", '{"__proto__":{"k":1},"user":1}', 400, "SERVE_BODY"],
    ["POST", "/v1/recommend", '{"constructor":{"prototype":{}},"user":1}', 400, "SERVE_BODY"],
    ["POST", "/v1/recommend", "[]", 400, "SERVE_REQUEST"],
    ["POST", "/v1/recommend", "null", 400, "SERVE_REQUEST"],
    ["POST", "/v1/recommend", "", 400, "SERVE_BODY"],
    ["POST", "/v1/recommend", "{}", 400, "DATA_ID"],
    ["POST", "/v1/recommend", '{"user":1e99}', 400, "DATA_ID"],
    ["POST", "/v1/recommend", '{"user":1,"k":"10"}', 400, "SERVE_REQUEST"],
    ["POST", "/v1/recommend", '{"user":1,"model":"other"}', 404, "SERVE_MODEL"],
    ["POST", "/v1/recommend", MANY_IDS, 400, "SERVE_REQUEST"],
    ["POST", "/v1/events", LARGE_BODY, 413, "SERVE_BODY"],
    ["GET", "/v1/users/%E0%A4%A/recommendations", "", 400, "SERVE_REQUEST"],
    ["GET", "/v1/users/1/recommendations?k=0", "", 400, "SERVE_REQUEST"],
    ["GET", "/v1/users/1/recommendations?k=1&k=2", "", 400, "SERVE_REQUEST"],
    ["GET", LONG_ID, "", 400, "SERVE_REQUEST"],
    ["GET", "/v1/users/../../etc/passwd", "", 404, "SERVE_ROUTE"],
    ["GET", "/v1/nothing", "", 404, "SERVE_ROUTE"],
  ] as const)("%s %#: answered with a code", async (method, url, payload, status, code) => {
    const { app } = await started();
    const response = await app.inject({ method, url, payload, headers: { "content-type": "application/json" } });
    expect([response.statusCode, response.json().error.code]).toEqual([status, code]);
    expect(response.json().error.fix.length).toBeGreaterThan(5);
    expect((await ask(app, "GET", "/healthz")).body).toEqual({ status: "ok" });
  });
});

describe("who may ask", () => {
  const [reader, writer, admin] = (["read", "write", "admin"] as const).map((scope) => makeKey(scope, [scope]));
  const keys = [reader, writer, admin].map((one) => one?.key).filter((key) => key !== undefined);
  const withKey = (secret = "") => ({ authorization: `Bearer ${secret}` });

  test("every route asks for its scope, but for those that tell nothing of people", async () => {
    const { app } = await started({ keys });
    for (const { method, url, scope } of routes) {
      const { statusCode } = await app.inject({ method, url });
      expect(statusCode, url).toBe(scope === undefined ? 200 : 401);
    }
    for (const url of ["/openapi.json", "/docs"]) expect((await app.inject({ url })).statusCode).toBe(200);
    expect((await app.inject({ url: "/metrics" })).statusCode).toBe(401);
    expect((await app.inject({ url: "/metrics", headers: withKey(admin?.secret) })).statusCode).toBe(200);
    expect((await app.inject({ url: "/v1/models", headers: withKey(reader?.secret) })).statusCode).toBe(200);
    const refused = await app.inject({ url: "/v1/models", headers: withKey(writer?.secret) });
    expect([refused.statusCode, refused.json().error.code]).toEqual([403, "SERVE_SCOPE"]);
  });

  test("a rate holds for a key, and says when to come again", async () => {
    const { app } = await started({ keys: [{ ...(reader?.key ?? keys[0]), rate: 2 } as (typeof keys)[0]] });
    const get = () => app.inject({ url: "/v1/models", headers: withKey(reader?.secret) });
    expect([(await get()).statusCode, (await get()).statusCode]).toEqual([200, 200]);
    const third = await get();
    expect([third.statusCode, third.headers["retry-after"]]).toEqual([429, "1"]);
  });

  test("more than may be answered at once is refused at once, and later not", async () => {
    const { app, service } = await started({ concurrency: 1 });
    const { recommender } = service.model();
    const recommend = recommender.recommend.bind(recommender);
    const held = withResolvers();
    recommender.recommend = async (who, options) => {
      await held.promise;
      return recommend(who, options);
    };
    const first = ask(app, "POST", "/v1/recommend", { user: "anna" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const second = await ask(app, "POST", "/v1/recommend", { user: "anna" });
    expect([second.status, second.body.error?.code, second.headers["retry-after"]]).toEqual([503, "SERVE_BUSY", "1"]);
    expect((await ask(app, "GET", "/healthz")).status).toBe(200);
    held.resolve(undefined);
    expect((await first).status).toBe(200);
    expect((await ask(app, "POST", "/v1/recommend", { user: "anna" })).status).toBe(200);
  });

  test("an answer that takes too long is not waited for, and holds its place until it is done", async () => {
    const { app, service } = await started({ concurrency: 1, timeout: 20 });
    const { recommender } = service.model();
    const held = withResolvers();
    recommender.recommend = async () => {
      await held.promise;
      throw new Error("unheard");
    };
    const first = await ask(app, "POST", "/v1/recommend", { user: "anna" });
    expect([first.status, first.body.error?.code]).toEqual([503, "SERVE_TIMEOUT"]);
    expect((await ask(app, "GET", "/v1/models")).body.error?.code).toBe("SERVE_BUSY");
    held.resolve(undefined);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await ask(app, "GET", "/v1/models")).status).toBe(200);
  });
});

function withResolvers(): { promise: Promise<unknown>; resolve: (value: unknown) => void } {
  let resolve: (value: unknown) => void = () => {};
  const promise = new Promise((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

test("what nobody expected is a 500 without its secrets, and a line in the log", async () => {
  const log = new PassThrough();
  const { app, service } = await started({ log });
  service.model().recommender.recommend = async () => {
    throw new Error("secret of anna");
  };
  const { status, body } = await ask(app, "POST", "/v1/recommend", { user: "anna" });
  expect(status).toBe(500);
  expect(JSON.stringify(body)).not.toContain("anna");
  expect(String(log.read())).toContain("secret of anna");
});

test("the log names routes and never people", async () => {
  const log = new PassThrough();
  const { app } = await started({ log });
  await ask(app, "GET", "/v1/users/anna/recommendations");
  await ask(app, "GET", "/v1/users/anna/nothing");
  await ask(app, "POST", "/v1/recommend", { user: "anna" });
  const lines = String(log.read()).trim().split("\n");
  expect(lines.join()).not.toContain("anna");
  expect(lines.map((line) => (JSON.parse(line) as { route: string }).route)).toEqual([
    "/v1/users/:id/recommendations",
    "none",
    "/v1/recommend",
  ]);
});

test("pages of other origins may ask where they are named, and no others", async () => {
  const { app } = await started({ origins: ["https://shop.example"] });
  const from = (origin: string) =>
    app.inject({
      method: "OPTIONS",
      url: "/v1/recommend",
      headers: { origin, "access-control-request-method": "POST" },
    });
  const [own, other] = [await from("https://shop.example"), await from("https://evil.example")];
  expect([own.statusCode, own.headers["access-control-allow-origin"]]).toEqual([204, "https://shop.example"]);
  expect(other.headers["access-control-allow-origin"]).toBeUndefined();
});

test("metrics count what was answered", async () => {
  const { app } = await started();
  await ask(app, "POST", "/v1/recommend", { user: "anna" });
  await ask(app, "POST", "/v1/events", { events: [{ user: "anna", item: "7", type: "view" }] });
  const { body } = await app.inject({ url: "/metrics" });
  expect(body).toContain('penchant_http_requests_total{method="POST",route="/v1/recommend",status="200"} 1');
  expect(body).toContain('penchant_answers_total{model="tiny",method="model"} 1');
  expect(body).toContain("penchant_events_total 1");
  expect(body).toContain("penchant_answers_under_way 0");
});
