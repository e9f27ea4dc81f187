import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { loadDataset } from "../../src/dataset/index.ts";
import { EventLog } from "../../src/store/index.ts";
import { answer } from "./cli.ts";
import { shopFolder } from "./shop.ts";

let folder: string;
beforeAll(async () => {
  folder = await shopFolder();
}, 120_000);

const lines = (): string[] => readFileSync(join(folder, "shop.csv"), "utf8").trim().split("\n").slice(1);
const stored = (name: string) => loadDataset(join(folder, ".penchant", "datasets", name));

/** A person's events as the file has them: item, kind, time. */
async function eventsOf(name: string, user: string): Promise<string[]> {
  const { interactions } = await stored(name);
  const { users, items, events } = interactions;
  const row = users.index(user) as number;
  const { offsets, types, times, kinds } = events;
  return Array.from({ length: (offsets[row + 1] as number) - (offsets[row] as number) }, (_, i) => {
    const at = (offsets[row] as number) + i;
    return [items.id(events.items[at] as number), kinds[types?.[at] ?? -1], times?.[at]].join();
  });
}

describe("events", () => {
  test("are all kept, in order of time, with their kinds", async () => {
    const all = lines();
    const report = await answer<{ interactions: number; events: number }>(folder, "data", "shop");
    expect(report.events).toBe(all.length);
    expect(report.interactions).toBeLessThan(all.length);
    expect(await eventsOf("shop", "u5")).toEqual(all.filter((row) => row.startsWith("u5,")).map((row) => row.slice(3)));
  });

  test("repeat in what a model of sequences learns, unless the last alone shall count", async () => {
    const sizeOf = async (...more: string[]) => {
      const asked = ["--data", "shop", "--epochs", "1", "--threads", "1", "--set", "width=8", "blocks=1", ...more];
      await answer(folder, "train", "sasrec", "--run", "order", ...asked);
      const file = readFileSync(join(folder, ".penchant/runs/order/weights.safetensors"));
      const header = JSON.parse(file.subarray(8, 8 + Number(file.readBigUInt64LE(0))).toString()) as Record<
        string,
        { shape: number[] }
      >;
      return header["#matrix/sequence/items"]?.shape[0] as number;
    };
    expect(await sizeOf()).toBeGreaterThan(await sizeOf("repeats=last"));
  });

  test("of an update come by the kinds and values of the import", async () => {
    await answer(folder, "import", "shop.csv", "--name", "more", "--event", "kind", "--event-values", "view=1,skip=-1");
    await answer(folder, "train", "bpr-mf", "--data", "more", "--run", "more", "--epochs", "1");
    writeFileSync(
      join(folder, "more.csv"),
      "user,item,kind,time\nu1,i2,view,1700100000\nu1,i2,view,1700100001\nu1,i3,skip,1700100002\n",
    );
    await answer(folder, "update", "more", "--with", "more.csv", "--no-scratch");
    expect((await eventsOf("more", "u1")).slice(-3)).toEqual([
      "i2,view,1700100000",
      "i2,view,1700100001",
      "i3,skip,1700100002",
    ]);
  });

  test("of the log of a server keep their kinds, and count as the data's kinds do", async () => {
    const log = await EventLog.open(join(folder, ".penchant", "events"));
    const event = (type: "view" | "purchase" | "dislike" | "exposure", item: string, time: number) =>
      ({ user: "u7", item, type, time }) as const;
    await log.append([
      event("view", "i1", 1_700_200_000),
      event("purchase", "i1", 1_700_200_001),
      event("dislike", "i4", 1_700_200_002),
      event("exposure", "i6", 1_700_200_003),
    ]);
    await log.close();
    await answer(folder, "train", "bpr-mf", "--data", "shop", "--from-log", "--run", "grown", "--epochs", "1");
    expect((await eventsOf("shop-log", "u7")).slice(-3)).toEqual([
      ...["i1,view,1700200000", "i1,purchase,1700200001", "i4,dislike,1700200002"],
    ]);
    const { interactions } = await stored("shop-log");
    const worthOf = (item: string) => {
      const [user, wanted] = [interactions.users.index("u7"), interactions.items.index(item)];
      return [...interactions].find((entry) => entry.user === user && entry.item === wanted)?.value;
    };
    expect([worthOf("i1"), worthOf("i4")]).toEqual([5, -1]);
  });

  test("go with a person who is forgotten", async () => {
    await answer(folder, "forget", "u5");
    expect((await stored("shop")).interactions.users.index("u5")).toBeUndefined();
    const rest = lines().filter((row) => !row.startsWith("u5,"));
    expect((await stored("shop")).interactions.events.items.length).toBe(rest.length);
  });
});
