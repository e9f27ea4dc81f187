import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../../test/support/folder.ts";
import { type AppendedFile, type Disk, realDisk } from "./disk.ts";
import { EventLog, type EventLogOptions, eventsOf, isEvent, type LoggedEvent, type NumberedEvent } from "./index.ts";

const event = (user: string, item: string): LoggedEvent => ({ user, item, type: "view", time: 1 });

async function opened(
  folder: string,
  options: EventLogOptions = {},
): Promise<{ log: EventLog; seen: NumberedEvent[] }> {
  const seen: NumberedEvent[] = [];
  const log = await EventLog.open(folder, { ...options, onEntry: (one) => isEvent(one) && seen.push(one) });
  onTestFinished(() => log.close());
  return { log, seen };
}

async function all(folder: string): Promise<NumberedEvent[]> {
  const events: NumberedEvent[] = [];
  for await (const one of eventsOf(folder)) events.push(one);
  return events;
}

const pairs = (events: readonly LoggedEvent[]): string[] => events.map(({ user, item }) => `${user}:${item}`);

test("what was acknowledged is there when the log is opened again, in order and numbered from 1", async () => {
  const folder = join(temporaryFolder(), "log");
  const { log, seen } = await opened(folder);
  expect(await log.append([event("a", "1"), event("b", "2")])).toBe(2);
  expect(await log.append([])).toBe(2);
  expect(await log.append([event("a", "3")])).toBe(3);
  expect(pairs(seen)).toEqual(["a:1", "b:2", "a:3"]);
  await log.close();
  await expect(log.append([event("a", "4")])).rejects.toMatchObject({ code: "STORE_WRITE" });
  const again = await opened(folder);
  expect(again.seen).toEqual(seen);
  expect(again.log.last).toBe(3);
  expect(await again.log.append([event("c", "1")])).toBe(4);
  await again.log.close();
});

test("calls that come while the disk is at work share one sync, and each is told its own last number", async () => {
  let syncs = 0;
  const log = await EventLog.open(temporaryFolder(), { disk: watched({ sync: () => void syncs++ }) });
  const numbers = await Promise.all(Array.from({ length: 100 }, (_, i) => log.append([event("u", `${i}`)])));
  expect(numbers).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  expect(syncs).toBeLessThanOrEqual(3);
  await log.close();
});

test("files are rotated, and read as one", async () => {
  const folder = temporaryFolder();
  const { log, seen } = await opened(folder, { segmentBytes: 200 });
  for (let i = 0; i < 20; i++) await log.append([event("u", `${i}`)]);
  expect(readdirSync(folder).length).toBeGreaterThan(4);
  await log.close();
  const again = await opened(folder, { segmentBytes: 200 });
  expect(again.seen).toEqual(seen);
  expect(await all(folder)).toEqual(seen);
  await again.log.close();
});

test("a torn end is cut off and written over; damage before it is refused", async () => {
  const folder = temporaryFolder();
  const { log } = await opened(folder);
  await log.append([event("a", "1")]);
  await log.append([event("a", "2")]);
  await log.close();
  const path = join(folder, readdirSync(folder)[0] as string);
  appendFileSync(path, '#events 70 0000abcd\n{"n":3,"us');
  const torn = await opened(folder);
  expect(pairs(torn.seen)).toEqual(["a:1", "a:2"]);
  await torn.log.append([event("a", "3")]);
  await torn.log.close();
  const whole = readFileSync(path, "utf8");
  expect(pairs((await opened(folder)).seen)).toEqual(["a:1", "a:2", "a:3"]);
  writeFileSync(path, whole.replace('"item":"2"', '"item":"9"'));
  await expect(EventLog.open(folder)).rejects.toMatchObject({ code: "STORE_CORRUPT" });
});

test("more than may wait is refused, and comes in later", async () => {
  const log = await EventLog.open(temporaryFolder(), { mostWaiting: 2 });
  const first = log.append([event("a", "1"), event("a", "2")]);
  await expect(log.append([event("a", "3")])).rejects.toMatchObject({ code: "STORE_BUSY" });
  await first;
  expect(await log.append([event("a", "3")])).toBe(3);
  await log.close();
});

test("a person is taken out of every file; numbers are not given again", async () => {
  const folder = temporaryFolder();
  const { log } = await opened(folder, { segmentBytes: 150 });
  for (const [user, item] of [
    ["zoe", "1"],
    ["a", "1"],
    ["zoe", "2"],
    ["b", "3"],
    ["zoe", "4"],
  ] as const) {
    await log.append([event(user, item)]);
  }
  expect(await log.erase("zoe")).toBe(3);
  expect(await log.erase("zoe")).toBe(0);
  expect(readdirSync(folder).some((name) => readFileSync(join(folder, name), "utf8").includes("zoe"))).toBe(false);
  await log.close();
  const again = await opened(folder);
  expect(again.seen.map(({ n }) => n)).toEqual([2, 4]);
  expect(await again.log.append([event("c", "1")])).toBe(6);
  await again.log.close();
});

test("what an erasure that was killed put aside is removed", async () => {
  const folder = temporaryFolder();
  await (await EventLog.open(folder)).close();
  writeFileSync(join(folder, "events-000000000000001.log.part"), "zoe");
  await (await EventLog.open(folder)).close();
  expect(readdirSync(folder)).toEqual([]);
});

interface Faults {
  readonly write?: (bytes: Buffer) => Buffer;
  readonly sync?: () => void;
  readonly truncate?: () => void;
}

/** The real disk, seen or hindered. */
function watched(faults: Faults): Disk {
  const wrap = (file: AppendedFile): AppendedFile => ({
    write: async (bytes) => file.write(faults.write ? faults.write(bytes) : bytes),
    sync: async () => {
      faults.sync?.();
      await file.sync();
    },
    truncate: async (bytes) => {
      faults.truncate?.();
      await file.truncate(bytes);
    },
    close: () => file.close(),
  });
  return { append: async (path) => wrap(await realDisk.append(path)) };
}

const failing = (code: string) => () => {
  throw Object.assign(new Error(`${code}: injected`), { code });
};

describe("faults of the disk", () => {
  test("short writes are gone on with", async () => {
    const folder = temporaryFolder();
    const log = await EventLog.open(folder, { disk: watched({ write: (bytes) => bytes.subarray(0, 3) }) });
    await log.append([event("a", "1"), event("b", "2")]);
    await log.close();
    expect(pairs((await opened(folder)).seen)).toEqual(["a:1", "b:2"]);
  });

  test("a full disk loses nothing acknowledged, keeps nothing refused, and is got over", async () => {
    const folder = temporaryFolder();
    let room = 150;
    const disk = watched({
      write: (bytes) => {
        if (room <= 0) failing("ENOSPC")();
        const part = bytes.subarray(0, room);
        room -= part.length;
        return part;
      },
    });
    const log = await EventLog.open(folder, { disk });
    await log.append([event("a", "1")]);
    await expect(log.append([event("a", "2"), event("a", "3")])).rejects.toMatchObject({ code: "STORE_WRITE" });
    room = 1e6;
    expect(await log.append([event("a", "4")])).toBe(2);
    await log.close();
    expect(pairs((await opened(folder)).seen)).toEqual(["a:1", "a:4"]);
  });

  test.each(["sync", "truncate"] as const)("where %s fails too, nothing more is taken", async (fault) => {
    const folder = temporaryFolder();
    let isWell = true;
    const disk = watched({
      write: (bytes) => (isWell || fault === "sync" ? bytes : failing("EIO")()),
      [fault]: () => isWell || failing("EIO")(),
    });
    const log = await EventLog.open(folder, { disk });
    await log.append([event("a", "1")]);
    isWell = false;
    const both = [log.append([event("a", "2")]), log.append([event("a", "3")])];
    for (const one of both) await expect(one).rejects.toMatchObject({ code: "STORE_WRITE" });
    expect(log.isSound).toBe(false);
    isWell = true;
    await expect(log.append([event("a", "4")])).rejects.toMatchObject({ code: "STORE_WRITE" });
    await log.close();
    expect(pairs((await opened(folder)).seen)[0]).toBe("a:1");
  });
});

type Step = { readonly append: readonly (readonly [string, string])[] } | "reopen" | { readonly erase: string };

test("any order of appending, erasing and reopening gives what a plain list gives", async () => {
  const user = fc.constantFrom("a", "b", "\u2028#events 3 00000000\n");
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ append: fc.array(fc.tuple(user, fc.string({ maxLength: 4 })), { maxLength: 4 }) }),
    },
    fc.constant<Step>("reopen"),
    fc.record({ erase: user }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const folder = temporaryFolder();
      let model: string[] = [];
      let current = await opened(folder, { segmentBytes: 120 });
      for (const one of steps) {
        if (one === "reopen") {
          await current.log.close();
          current = await opened(folder, { segmentBytes: 120 });
          expect(pairs(current.seen)).toEqual(model);
        } else if ("erase" in one) {
          const rest = model.filter((pair) => !pair.startsWith(`${one.erase}:`));
          expect(await current.log.erase(one.erase)).toBe(model.length - rest.length);
          model = rest;
        } else {
          await current.log.append(one.append.map(([who, item]) => event(who, item)));
          model.push(...one.append.map(([who, item]) => `${who}:${item}`));
        }
      }
      await current.log.close();
      expect(pairs(await all(folder))).toEqual(model);
    }),
    { numRuns: 40 },
  );
});
