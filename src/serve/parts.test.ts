import Type from "typebox";
import { describe, expect, test } from "vitest";
import { coded } from "../../test/support/folder.ts";
import { checker } from "../pipeline/check.ts";
import type { EventType } from "../store/index.ts";
import { Held } from "./bodies.ts";
import { Gate, RateLimit, within } from "./gate.ts";
import { KeyRing, makeKey, parseKeys } from "./keys.ts";
import { Metrics } from "./metrics.ts";
import { openApi } from "./openapi.ts";
import { People } from "./people.ts";
import { routes } from "./routes.ts";

describe("people", () => {
  const note = (people: People, item: string, type: EventType, value?: number) =>
    people.note({ user: "u", item, type, time: 1, ...(value !== undefined && { value }) });

  test("an event says what its kind means; the last word counts, but a skip does not undo a like", () => {
    const people = new People();
    note(people, "a", "view");
    note(people, "a", "skip");
    note(people, "b", "skip");
    note(people, "c", "like");
    note(people, "c", "dislike");
    note(people, "d", "rating", 2);
    note(people, "e", "exposure");
    expect(Object.fromEntries(people.of("u"))).toEqual({
      a: { likes: true, rating: undefined, types: ["skip", "view"], opinion: undefined },
      b: { likes: false, rating: undefined, types: ["skip"], opinion: undefined },
      c: { likes: false, rating: undefined, types: ["dislike", "like"], opinion: Number.NEGATIVE_INFINITY },
      d: { likes: true, rating: 2, types: ["rating"], opinion: 2 },
    });
    note(people, "c", "view");
    note(people, "d", "like");
    expect(people.of("u").get("c")).toMatchObject({ likes: true, opinion: Number.NEGATIVE_INFINITY });
    expect(people.of("u").get("d")).toMatchObject({ rating: 2, opinion: Number.POSITIVE_INFINITY });
    people.forget("u");
    expect([people.of("u").size, people.size]).toEqual([0, 0]);
  });

  test("the newest items of a person are remembered", () => {
    const people = new People(2);
    for (const item of ["a", "b", "a", "c"]) note(people, item, "view");
    expect([...people.of("u").keys()]).toEqual(["a", "c"]);
  });

  test("what was bought or judged is remembered before what was looked at, and the newest always", () => {
    const people = new People(3);
    note(people, "bought", "purchase");
    note(people, "disliked", "dislike");
    for (const item of ["a", "b", "c"]) note(people, item, "view");
    expect([...people.of("u").keys()]).toEqual(["bought", "disliked", "c"]);
    note(people, "c", "rating", 3);
    note(people, "d", "view");
    expect([...people.of("u").keys()]).toEqual(["disliked", "c", "d"]);
  });
});

describe("what may come in", () => {
  test("the gate refuses at once what is too much, and has room again when something is done", async () => {
    const gate = new Gate(2);
    let [first, second] = [() => {}, (_: Error) => {}];
    const one = gate.during(() => new Promise<void>((resolve) => (first = resolve)));
    const two = gate.during(() => new Promise<void>((_, reject) => (second = reject)));
    expect(gate.inside).toBe(2);
    expect(() => gate.check()).toThrow(expect.objectContaining({ code: "SERVE_BUSY", retryAfter: 1 }));
    await coded("SERVE_BUSY", () => gate.during(async () => {}));
    first();
    await one;
    gate.check();
    second(new Error("no"));
    await expect(two).rejects.toThrow("no");
    expect(gate.inside).toBe(0);
  });

  test("no more is held of bodies than may be", () => {
    const held = new Held(10);
    held.take(6);
    held.take(4);
    expect(() => held.take(1)).toThrow(expect.objectContaining({ code: "SERVE_BUSY" }));
    held.give(4);
    held.take(3);
    expect(held.bytes).toBe(9);
  });

  test("a bucket fills with time, up to its size, and each caller has one", () => {
    let now = 0;
    const limit = new RateLimit(() => now);
    const take = (caller: string) => limit.take(caller, 2);
    take("a");
    take("a");
    expect(() => take("a")).toThrow(expect.objectContaining({ code: "SERVE_RATE", retryAfter: 1 }));
    take("b");
    now = 500;
    take("a");
    expect(() => take("a")).toThrow(/2 requests a second/);
    now = 60_000;
    take("a");
    take("a");
    expect(() => take("a")).toThrow();
  });

  test("less than one a second means one after a pause, and says how long", () => {
    let now = 0;
    const limit = new RateLimit(() => now);
    limit.take("a", 0.1);
    expect(() => limit.take("a", 0.1)).toThrow(expect.objectContaining({ retryAfter: 10 }));
    now = 10_000;
    limit.take("a", 0.1);
  });

  test("what takes too long is not waited for; what fails fails", async () => {
    expect(await within(1000, Promise.resolve(1))).toBe(1);
    await coded("SERVE_TIMEOUT", () => within(5, new Promise(() => {})));
    await expect(within(1000, Promise.reject(new Error("no")))).rejects.toThrow("no");
  });
});

describe("keys", () => {
  const { secret, key } = makeKey("shop", ["read"], 5);

  test("the file holds no secret, and a key opens what its scopes say", async () => {
    const text = JSON.stringify({ keys: [key] });
    expect(text).not.toContain(secret);
    const ring = new KeyRing(parseKeys(text, "keys.json"));
    expect(ring.admit(`Bearer ${secret}`, "read").name).toBe("shop");
    await coded("SERVE_SCOPE", () => ring.admit(`Bearer ${secret}`, "write"));
    for (const wrong of [
      undefined,
      "",
      secret,
      `Bearer ${secret}x`,
      "Bearer ",
      "Basic YTpi",
      `Bearer ${"x".repeat(9999)}`,
    ]) {
      await coded("SERVE_KEY", () => ring.admit(wrong, "read"));
    }
  });

  test.each([
    ["no JSON", "{"],
    ["another shape", '{"keys": {}}'],
    ["a field too many", JSON.stringify({ keys: [{ ...key, secret: "x" }] })],
    ["an unknown scope", JSON.stringify({ keys: [{ ...key, scopes: ["root"] }] })],
    ["a name twice", JSON.stringify({ keys: [key, key] })],
  ])("a file with %s is refused", async (_, text) => {
    await coded("SERVE_KEYS", () => parseKeys(text, "keys.json"));
  });
});

test("metrics are written as Prometheus reads them", () => {
  const metrics = new Metrics();
  metrics.count("a_total", "of a", { path: 'x"\\\n' });
  metrics.count("a_total", "of a", { path: 'x"\\\n' }, 2);
  metrics.took("/v1", 0.004);
  metrics.took("/v1", 99);
  metrics.stop();
  const text = metrics.text();
  expect(text).toContain('# TYPE a_total counter\na_total{path="x\\"\\\\\\n"} 3\n');
  expect(text).toContain('penchant_http_request_seconds_bucket{route="/v1",le="0.0025"} 0\n');
  expect(text).toContain('penchant_http_request_seconds_bucket{route="/v1",le="0.005"} 1\n');
  expect(text).toContain('penchant_http_request_seconds_bucket{route="/v1",le="+Inf"} 2\n');
  expect(text).toContain('penchant_http_request_seconds_sum{route="/v1"} 99.004\n');
  expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
});

describe("checks of requests", () => {
  const schema = Type.Object(
    {
      n: Type.Optional(Type.Integer({ minimum: 1 })),
      list: Type.Optional(
        Type.Array(Type.Object({ id: Type.Union([Type.String(), Type.Integer()], { description: "an id" }) })),
      ),
    },
    { additionalProperties: false },
  );
  const check = checker(schema, "body", "SERVE_REQUEST");

  test.each([
    [{ n: 0 }, /^n of the body does not fit: expected what must be >= 1; received 0\.$/],
    [{ m: 1 }, /^m of the body does not fit: expected one of the fields n, list; received 1\.$/],
    [{ list: [{ id: 1 }, { id: [] }] }, /^list\.1\.id of the body does not fit: expected an id; received \[\]\.$/],
    [[], /^The body does not fit: expected .*object; received \[\]\.$/],
    [undefined, /^The body does not fit: expected .*object; received nothing\.$/],
  ])("%j is refused with the place and what belongs there", async (value, message) => {
    expect((await coded("SERVE_REQUEST", () => check(value))).message).toMatch(message);
  });

  test("what fits passes", () => {
    check({ n: 1, list: [{ id: "a" }, { id: 7 }] });
  });
});

test("the description names every route, its parameters and its body", () => {
  const { paths, openapi } = openApi("1.2.3") as {
    openapi: string;
    paths: Record<string, Record<string, { parameters?: { name: string; required: boolean }[]; operationId: string }>>;
  };
  expect(openapi).toBe("3.1.0");
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`),
  );
  expect(operations).toEqual(routes.map(({ method, url }) => `${method} ${url}`));
  const similar = paths["/v1/items/{id}/similar"]?.["get"];
  expect(similar?.parameters?.map(({ name, required }) => [name, required])).toEqual([
    ["id", true],
    ["k", false],
    ["filter", false],
    ["model", false],
  ]);
  const ids = Object.values(paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
  expect(new Set(ids).size).toBe(ids.length);
});
