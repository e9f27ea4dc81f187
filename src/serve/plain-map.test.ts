/**
 * The service against plain maps: random requests, one after the other, and after each what a page of code that holds everything in maps says. Scores are the
 * recommender's, of whom the maps say; which items may stand in a list, in which order and with what is known of them, is found here a second time.
 * `PENCHANT_OPERATIONS=1000` tries more sequences, `PENCHANT_FUZZ_SEED=7` others.
 */
import fc from "fast-check";
import type { FastifyInstance } from "fastify";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/support/folder.ts";
import { fuzz } from "../../test/support/fuzz.ts";
import { type Answer, ask, type Started, started } from "../../test/support/service.ts";
import { tinyArtifact } from "../../test/support/tiny-artifact.ts";

const SEQUENCES = Number(process.env["PENCHANT_OPERATIONS"] ?? 20);

const { items: ITEMS, users: USERS, history, unlearned = history } = tinyArtifact();
const NEWCOMERS = ["zoe", "__proto__"];
const STRANGE_ITEMS = ["no such", "constructor"];

type Value = string | number | boolean | readonly string[];
type Fields = Record<string, Value>;
const LIKES = ["view", "click", "like", "cart", "purchase"];
const KINDS = [...LIKES, "skip", "dislike", "exposure"];

/** Conditions, and the same in TypeScript. */
const FILTERS: readonly (readonly [string, (item: Fields, user: Fields, id: string) => boolean])[] = [
  ['has(item.genre) && item.genre == "spy"', (item) => item["genre"] === "spy"],
  ["!has(item.price) || item.price < 10.0", (item) => item["price"] === undefined || (item["price"] as number) < 10],
  ['id != "7"', (_item, _user, id) => id !== "7"],
  [
    "!has(user.budget) || !has(item.price) || item.price <= user.budget",
    (item, user) =>
      user["budget"] === undefined || item["price"] === undefined || Number(item["price"]) <= Number(user["budget"]),
  ],
  ['has(item.tags) && "new" in item.tags', (item) => (item["tags"] as string[] | undefined)?.includes("new") ?? false],
];

/** All that the service is to know. */
class Maps {
  readonly fields = new Map<string, Fields>();
  readonly hidden = new Set<string>();
  readonly users = new Map<string, Fields>();
  /** Of each person the items that they met, the latest last, and whether they speak for them. */
  readonly met = new Map<string, Map<string, boolean>>();
  /** By person and item: the types of all events. */
  readonly types = new Map<string, Set<string>>();
  events = 0;

  put(id: string, fields: Fields): void {
    this.fields.set(id, fields);
    if (fields["available"] === false) this.hidden.add(id);
    else this.hidden.delete(id);
  }

  event(user: string, item: string, type: string): void {
    if (type === "exposure") return;
    const own = this.met.get(user) ?? new Map<string, boolean>();
    const liked = LIKES.includes(type) || (type === "skip" && (own.get(item) ?? false));
    own.delete(item);
    own.set(item, liked);
    this.met.set(user, own);
    this.types.set(`${user} ${item}`, this.typesOf(user, item).add(type));
  }

  typesOf(user: string, item: string): Set<string> {
    return this.types.get(`${user} ${item}`) ?? new Set();
  }
}

const merged = (before: Fields | undefined, patch: Record<string, Value | null>): Fields =>
  Object.fromEntries(
    Object.entries({ ...before, ...patch }).filter((entry): entry is [string, Value] => entry[1] !== null),
  );

/** What the run itself says that somebody has met. */
function metBefore(user: string): readonly string[] {
  const row = USERS.indexOf(user);
  if (row < 0) return [];
  return [history, unlearned].flatMap(({ offsets, items }) =>
    Array.from(items.subarray(offsets[row], offsets[row + 1]), (item) => ITEMS[item] as string),
  );
}

interface Asked {
  readonly user: string;
  readonly k: number;
  readonly filter: number | undefined;
  readonly exclude: readonly string[] | undefined;
  readonly candidates: readonly string[] | undefined;
  readonly includeSeen: boolean;
}

/** The list that the maps give. */
async function listOf(maps: Maps, { service }: Started, asked: Asked): Promise<{ item: string; score: number }[]> {
  const { user, k, filter, exclude = [], candidates, includeSeen } = asked;
  const own = maps.met.get(user) ?? new Map<string, boolean>();
  const known = [...own].filter(([item]) => ITEMS.includes(item));
  const liked = known.filter(([, likes]) => likes).map(([item]) => item);
  const { recommender } = service.model();
  const who = liked.length > 0 ? { user, items: liked } : user;
  const all = await recommender.recommend(who, { k: ITEMS.length, exclude: "none" });
  const seen = new Set(includeSeen ? [] : [...metBefore(user), ...known.map(([item]) => item)]);
  const passes = filter === undefined ? undefined : FILTERS[filter]?.[1];
  return all.items
    .filter(
      ({ item }) =>
        !seen.has(item) &&
        !maps.hidden.has(item) &&
        !exclude.includes(item) &&
        (candidates?.includes(item) ?? true) &&
        (passes?.(maps.fields.get(item) ?? {}, maps.users.get(user) ?? {}, item) ?? true),
    )
    .slice(0, k)
    .map(({ item, score }) => ({ item, score }));
}

const anyItem = fc.constantFrom(...ITEMS, ...STRANGE_ITEMS);
const anyUser = fc.constantFrom(...USERS, ...NEWCOMERS);
/** Of events: few, so that the same person meets the same item again. */
const fewItems = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...ITEMS.slice(0, 3)) }, anyItem);
const fewUsers = fc.oneof({ weight: 4, arbitrary: fc.constantFrom("anna", "zoe") }, anyUser);
const price = fc.integer({ min: 1, max: 20 });
const genre = fc.constantFrom("spy", "war");
const fields = fc.record(
  { price, genre, available: fc.boolean(), tags: fc.subarray(["new", "old"]), budget: price },
  { requiredKeys: [] },
);
const patch = fc.record(
  { price: fc.option(price), genre: fc.option(genre), available: fc.option(fc.boolean()) },
  { requiredKeys: [] },
) as fc.Arbitrary<Record<string, Value | null>>;
const asked = fc.record({
  user: anyUser,
  k: fc.integer({ min: 1, max: ITEMS.length }),
  filter: fc.option(fc.nat(FILTERS.length - 1), { nil: undefined }),
  exclude: fc.option(fc.uniqueArray(fc.constantFrom(...ITEMS), { maxLength: 4 }), { nil: undefined }),
  candidates: fc.option(fc.uniqueArray(fc.constantFrom(...ITEMS), { minLength: 1, maxLength: 6 }), { nil: undefined }),
  includeSeen: fc.boolean(),
});

const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant("recommend" as const), asked }) },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant("events" as const),
      events: fc.array(fc.record({ user: fewUsers, item: fewItems, type: fc.constantFrom(...KINDS) }), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("put" as const), id: anyItem, fields }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("patch" as const), id: anyItem, patch }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("delete" as const), id: anyItem }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("item" as const), id: anyItem }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("put user" as const), id: anyUser, fields }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("user" as const), id: anyUser }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("start again" as const) }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

const at = (place: "items" | "users", id: string) => `/v1/${place}/${encodeURIComponent(id)}`;
/** Half of a surrogate pair, and nothing at all, have none: they are asked for in bodies alone. */
const hasAddress = (id: string): boolean => id !== "" && !/\p{Cs}/u.test(id);

/** Does one thing to both, and compares. */
async function both(op: Exclude<Operation, { does: "start again" }>, maps: Maps, here: Started): Promise<void> {
  const send = (method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", url: string, body?: object): Promise<Answer> =>
    ask(here.app as FastifyInstance, method, url, body);
  const known = (id: string) => maps.fields.has(id) || ITEMS.includes(id);
  const described = (id: string) => ({
    item: id,
    fields: maps.fields.get(id) ?? {},
    shown: !maps.hidden.has(id),
    models: ITEMS.includes(id) ? ["tiny"] : [],
  });
  if (op.does === "recommend") {
    const { filter, ...rest } = op.asked;
    const text = filter === undefined ? {} : { filter: FILTERS[filter]?.[0] };
    const { status, body } = await send("POST", "/v1/recommend", { ...rest, ...text });
    const expected = await listOf(maps, here, op.asked);
    expect([status, body["items"]]).toEqual([200, JSON.parse(JSON.stringify(expected))]);
    expect(body["warnings"] !== undefined).toBe(expected.length < op.asked.k);
  } else if (op.does === "events") {
    const { status, body } = await send("POST", "/v1/events", { events: op.events });
    maps.events += op.events.length;
    for (const { user, item, type } of op.events) maps.event(user, item, type);
    expect([status, body]).toEqual([200, { accepted: op.events.length, last: maps.events }]);
  } else if (op.does === "user" || op.does === "put user") {
    if (hasAddress(op.id)) await ofUser(op, maps, send);
  } else {
    await ofItem(op, maps, send, known(op.id), () => described(op.id));
  }
}

type Send = (method: "GET" | "PUT" | "PATCH" | "DELETE", url: string, body?: object) => Promise<Answer>;

async function ofUser(op: Extract<Operation, { does: "user" | "put user" }>, maps: Maps, send: Send): Promise<void> {
  if (op.does === "user") {
    const { status, body } = await send("GET", at("users", op.id));
    const own = maps.met.get(op.id);
    const isKnown = USERS.includes(op.id) || maps.users.has(op.id) || own !== undefined;
    expect(status).toBe(isKnown ? 200 : 404);
    if (!isKnown) return;
    const met = [...(own ?? [])].map(([item, likes]) => {
      return { item, likes, types: [...maps.typesOf(op.id, item)].sort() };
    });
    expect(body).toMatchObject({ user: op.id, fields: maps.users.get(op.id) ?? {}, met });
    return;
  }
  maps.users.set(op.id, op.fields as Fields);
  maps.events++;
  const { status, body } = await send("PUT", at("users", op.id), { fields: op.fields });
  expect([status, body]).toEqual([200, { user: op.id, fields: op.fields }]);
}

async function ofItem(
  op: Extract<Operation, { id: string; does: "put" | "patch" | "delete" | "item" }>,
  maps: Maps,
  send: Send,
  isKnown: boolean,
  described: () => object,
): Promise<void> {
  const { id } = op;
  if (!hasAddress(id)) return;
  const url = at("items", id);
  if (op.does === "put" || op.does === "patch") {
    maps.put(id, op.does === "put" ? (op.fields as Fields) : merged(maps.fields.get(id), op.patch));
    maps.events++;
    const body = { fields: op.does === "put" ? op.fields : op.patch };
    const answer = await send(op.does === "put" ? "PUT" : "PATCH", url, body);
    expect([answer.status, answer.body]).toEqual([200, described()]);
    return;
  }
  const isThere = isKnown || maps.hidden.has(id);
  if (op.does === "delete" && isThere) {
    maps.fields.delete(id);
    maps.hidden.add(id);
    maps.events++;
  }
  const answer = await send(op.does === "delete" ? "DELETE" : "GET", url);
  expect(answer.status).toBe(isThere ? 200 : 404);
  if (isThere) expect(answer.body).toEqual(described());
}

test(`${SEQUENCES} sequences of requests: the service says what plain maps say, also when it is started again in between`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 10, maxLength: 60, size: "max" }), async (operations) => {
      const [maps, folder] = [new Maps(), temporaryFolder()];
      let here = await started({ folder });
      for (const op of operations) {
        if (op.does !== "start again") {
          await both(op, maps, here);
          continue;
        }
        await here.app.close();
        await here.service.close();
        here = await started({ folder });
      }
      expect(here.service.lastEvent).toBe(maps.events);
      await here.app.close();
      await here.service.close();
    }),
    fuzz(SEQUENCES),
  );
}, 180_000);
