/** What every store of events promises: files of this process, and a server that several share. */
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import {
  EventLog,
  type EventStore,
  isEvent,
  type LoggedEvent,
  type NumberedEntry,
  SharedLog,
} from "../../src/store/index.ts";
import { temporaryFolder } from "../support/folder.ts";
import { type Valkey, valkey, valkeyBinary, withoutValkey } from "../support/valkey.ts";

const event = (user: string, item: string): LoggedEvent => ({ user, item, type: "view", time: 1 });

/** A store, and all that it has told of. */
class Seen {
  readonly entries: NumberedEntry[] = [];
  readonly erased: [string, boolean][] = [];
  store!: EventStore;

  get pairs(): string[] {
    return this.entries.filter(isEvent).map(({ user, item }) => `${user}:${item}`);
  }
}

type Open = (place: string, mostWaiting?: number) => Promise<Seen>;

async function seeing(open: (listener: object) => Promise<EventStore>, mostWaiting?: number): Promise<Seen> {
  const seen = new Seen();
  seen.store = await open({
    mostWaiting,
    onEntry: (entry: NumberedEntry) => seen.entries.push(entry),
    onErase: (user: string, elsewhere: boolean) => {
      seen.erased.push([user, elsewhere]);
      const rest = seen.entries.filter((one) => one.type === "item-change" || one.user !== user);
      seen.entries.splice(0, seen.entries.length, ...rest);
    },
    onReset: () => seen.entries.splice(0),
  });
  onTestFinished(() => seen.store.close());
  return seen;
}

let server: Valkey;
let place = 0;
const openShared: Open = (name, most) => seeing((listener) => SharedLog.open(`${server.url}#${name}`, listener), most);
const openFiles: Open = (folder, most) => seeing((listener) => EventLog.open(folder, listener), most);

beforeAll(async () => {
  if (valkeyBinary === undefined) return;
  server = await valkey();
  await server.start();
});
afterAll(() => server?.kill());
beforeEach(() => void place++);

const stores = [
  { name: "embedded", open: openFiles, newPlace: () => temporaryFolder(), isThere: true },
  {
    name: `shared${withoutValkey}`,
    open: openShared,
    newPlace: () => `log ${place}`,
    isThere: valkeyBinary !== undefined,
  },
];

describe.each(stores.filter(({ isThere }) => isThere))("the $name store", ({ open, newPlace }) => {
  test("gives what was acknowledged when it is opened again, in order and numbered from 1", async () => {
    const where = newPlace();
    const first = await open(where);
    expect(first.store.last).toBe(0);
    expect(await first.store.append([event("a", "1"), event("b", "2")])).toBe(2);
    expect(await first.store.append([])).toBe(2);
    expect(await first.store.append([{ type: "item-change", item: "1", time: 2, change: "delete" }])).toBe(3);
    expect(first.entries.map(({ n }) => n)).toEqual([1, 2, 3]);
    await first.store.close();
    expect(first.store.isSound).toBe(false);
    await expect(first.store.append([event("a", "4")])).rejects.toMatchObject({ code: "STORE_WRITE" });
    const again = await open(where);
    expect(again.entries).toEqual(first.entries);
    expect(again.store.last).toBe(3);
  });

  test("tells each of many callers their own last number", async () => {
    const { store } = await open(newPlace());
    const numbers = await Promise.all(Array.from({ length: 200 }, (_, i) => store.append([event("u", `${i}`)])));
    expect(numbers).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
  });

  test("refuses more than may wait, and takes it later", async () => {
    const { store } = await open(newPlace(), 2);
    const first = store.append([event("a", "1"), event("a", "2")]);
    await expect(store.append([event("a", "3")])).rejects.toMatchObject({ code: "STORE_BUSY" });
    await first;
    expect(await store.append([event("a", "3")])).toBe(3);
  });

  test("takes a person out, whatever the id, and gives no number again", async () => {
    const where = newPlace();
    const id = 'zoe "\n\u2028\0*';
    const first = await open(where);
    for (const [user, item] of [
      [id, "1"],
      ["a", "1"],
      [id, "2"],
    ] as const) {
      await first.store.append([event(user, item)]);
    }
    await first.store.append([{ type: "user-change", user: id, time: 2, change: "put", fields: {} }]);
    expect(await first.store.erase(id)).toBe(3);
    expect(await first.store.erase(id)).toBe(0);
    expect(first.erased).toEqual([
      [id, false],
      [id, false],
    ]);
    expect(first.pairs).toEqual(["a:1"]);
    expect(await first.store.append([event("c", "1")])).toBeGreaterThan(4);
    await first.store.close();
    expect((await open(where)).pairs).toEqual(["a:1", "c:1"]);
  });

  test("gives what a plain list gives, whatever is appended, erased and opened again", async () => {
    const user = fc.constantFrom("a", "b", "\u2028#events 3 00000000\n");
    const append = fc.array(fc.tuple(user, fc.string({ maxLength: 4 })), { maxLength: 4 });
    const step = fc.oneof(
      { weight: 4, arbitrary: append.map((pairs) => ({ append: pairs })) },
      fc.constant("reopen" as const),
      user.map((who) => ({ erase: who })),
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 10 }), async (steps) => {
        const where = `${newPlace()}${run++}`;
        let model: string[] = [];
        let now = await open(where);
        for (const one of [...steps, "reopen" as const]) {
          if (one === "reopen") {
            await now.store.close();
            now = await open(where);
          } else if ("erase" in one) {
            const rest = model.filter((pair) => !pair.startsWith(`${one.erase}:`));
            expect(await now.store.erase(one.erase)).toBe(model.length - rest.length);
            model = rest;
          } else {
            await now.store.append(one.append.map(([who, item]) => event(who, item)));
            model.push(...one.append.map(([who, item]) => `${who}:${item}`));
          }
          expect(now.pairs).toEqual(model);
        }
        await now.store.close();
      }),
      { numRuns: 25 },
    );
  });
});

describe.skipIf(valkeyBinary === undefined)(`a store that several share${withoutValkey}`, () => {
  test("what one has acknowledged is seen by the other after a refresh, all of it and in the same order", async () => {
    const [a, b] = [await openShared("two"), await openShared("two")];
    for (let i = 0; i < 50; i++) {
      const [writer, reader] = i % 2 === 0 ? [a, b] : [b, a];
      await writer.store.append([event("u", `${i}`)]);
      await reader.store.refresh();
      expect(reader.pairs.at(-1)).toBe(`u:${i}`);
    }
    await Promise.all(Array.from({ length: 300 }, (_, i) => (i % 2 ? a : b).store.append([event("v", `${i}`)])));
    await Promise.all([a.store.refresh(), b.store.refresh()]);
    expect(a.entries).toEqual(b.entries);
    expect(a.entries.map(({ n }) => n)).toEqual(Array.from({ length: 350 }, (_, i) => i + 1));
  });

  test("who is erased by one is forgotten by the other, and nothing in the store says who that was", async () => {
    const [a, b] = [await openShared("erase"), await openShared("erase")];
    await a.store.append([event("zoe", "1"), event("a", "1")]);
    await b.store.refresh();
    expect(await a.store.erase("zoe")).toBe(1);
    await a.store.append([event("a", "2")]);
    await b.store.refresh();
    expect(b.erased).toEqual([["zoe", true]]);
    expect(b.pairs).toEqual(["a:1", "a:2"]);
    const left: unknown[] = [];
    for await (const entry of SharedLog.entries(`${server.url}#erase`)) left.push(entry);
    expect(JSON.stringify(left)).not.toContain("zoe");
  });

  test("an emptied store is told from one that is merely new: nothing is written over what was acknowledged", async () => {
    const own = await valkey(["--appendonly", "no"]);
    await own.start();
    onTestFinished(() => own.kill());
    const seen = await seeing((listener) => SharedLog.open(own.url, listener));
    await seen.store.append([event("a", "1")]);
    await own.kill();
    await own.start();
    await expect
      .poll(() => seen.store.append([event("a", "2")]).catch(({ code }) => code), { timeout: 10_000 })
      .toBe("STORE_CORRUPT");
    expect(seen.store.isSound).toBe(false);
    expect(seen.pairs).toEqual(["a:1"]);
  });

  test("lost, killed and hung: refused at once, never waited for long, and all that was acknowledged is there again", async () => {
    const own = await valkey();
    onTestFinished(() => own.kill());
    const seen = await seeing((listener) => SharedLog.open(own.url, { ...listener, patience: 100 }));
    expect(seen.store.isSound).toBe(false);
    await expect(seen.store.append([event("a", "0")])).rejects.toMatchObject({ code: "STORE_WRITE" });
    await own.start();
    const acknowledged: string[] = [];
    for (let round = 0; round < 4; round++) {
      await expect.poll(() => seen.store.isSound, { timeout: 10_000 }).toBe(true);
      for (let i = 0; i < 20; i++) {
        await seen.store.append([event("a", `${round}-${i}`)]);
        acknowledged.push(`a:${round}-${i}`);
      }
      if (round === 2) {
        own.signal("SIGSTOP");
        const start = performance.now();
        await seen.store.refresh();
        expect(performance.now() - start).toBeLessThan(3000);
        expect(seen.store.isSound).toBe(false);
        await seen.store.refresh();
        own.signal("SIGCONT");
      } else {
        await own.kill();
        await own.start();
      }
    }
    await expect.poll(() => seen.store.isSound, { timeout: 10_000 }).toBe(true);
    const again = await seeing((listener) => SharedLog.open(own.url, listener));
    expect(again.pairs).toEqual(acknowledged);
    expect(seen.pairs).toEqual(acknowledged);
  }, 60_000);

  test("killed at any moment, it has all that was acknowledged, in the order in which it was", async () => {
    const own = await valkey();
    await own.start();
    onTestFinished(() => own.kill());
    const seen = await seeing((listener) => SharedLog.open(own.url, listener));
    const acknowledged = new Map<string, number>();
    let isDone = false;
    const writing = (async () => {
      for (let i = 0; !isDone; i++) {
        const group = Array.from({ length: 1 + (i % 5) }, (_, j) => event("u", `${i}-${j}`));
        const last = await seen.store.append(group).catch(() => undefined);
        if (last === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
        else for (const [j, { item }] of group.entries()) acknowledged.set(item, last - group.length + 1 + j);
      }
    })();
    for (let kill = 0; kill < 10; kill++) {
      const before = acknowledged.size;
      await expect.poll(() => acknowledged.size > before, { timeout: 10_000, interval: 5 }).toBe(true);
      await own.kill();
      await own.start();
    }
    isDone = true;
    await writing;
    const kept = new Map<string, number>();
    for await (const entry of SharedLog.entries(own.url)) if (isEvent(entry)) kept.set(entry.item, entry.n);
    expect([...acknowledged].filter(([item, n]) => kept.get(item) !== n)).toEqual([]);
    expect(acknowledged.size).toBeGreaterThan(10);
  }, 60_000);

  test("what is no address, what lets nobody in, and where nobody is", async () => {
    const guarded = await valkey(["--requirepass", "secret"]);
    await guarded.start();
    onTestFinished(() => guarded.kill());
    for (const url of ["nonsense", "http://127.0.0.1:1", guarded.url, guarded.url.replace("//", "//:wrong@")]) {
      const error = await SharedLog.open(url, { patience: 2000 }).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: "STORE_URL" });
      expect(error.message).not.toContain("wrong");
    }
    const open = await SharedLog.open(guarded.url.replace("redis://", "valkey://:secret@"));
    expect(open.isSound).toBe(true);
    await open.close();
    await expect(SharedLog.entries("redis://127.0.0.1:1", { patience: 50 }).next()).rejects.toMatchObject({
      code: "STORE_URL",
    });
  });
});
