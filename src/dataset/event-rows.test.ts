import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { coded, temporaryFolder } from "../../test/support/folder.ts";
import { interactionsOf } from "../../test/support/interactions.ts";
import { type Dataset, importDataset } from "./dataset.ts";
import { eventRows } from "./event-rows.ts";
import { extendDataset } from "./extend.ts";
import { withoutUser } from "./forget.ts";
import { Interactions } from "./interactions.ts";
import { mergeParts } from "./merge.ts";
import { loadDataset, saveDataset } from "./store/store.ts";

const rows = { offsets: Int32Array.of(0, 4, 4, 7), items: Int32Array.of(1, 3, 5, 8, 2, 4, 6) };

test("rows are put in order of time, unknown times first, equal ones in the order of the source", () => {
  const times = Float64Array.of(30, 10, 20, Number.NaN, 7, 7, 7);
  const order = Int32Array.of(0, 1, 2, 3, 9, 5, 7);
  expect([...eventRows({ ...rows, times, order }).items]).toEqual([8, 3, 5, 1, 4, 6, 2]);
  expect([...eventRows({ ...rows, times }).items]).toEqual([8, 3, 5, 1, 2, 4, 6]);
});

test("without times the order of the source decides, without that the number of the column", () => {
  expect([...eventRows({ ...rows, order: Int32Array.of(3, 2, 1, 0, 5, 4, 6) }).items]).toEqual([8, 5, 3, 1, 4, 2, 6]);
  expect(eventRows(rows).items).toEqual(rows.items);
});

/** Rows "user item kind time" of a file, and what becomes of them. */
function read(rows: readonly string[], folder = temporaryFolder()): Promise<Dataset> {
  const file = join(folder, "log.csv");
  writeFileSync(file, `${["user,item,kind,time", ...rows.map((row) => row.replaceAll(" ", ","))].join("\n")}\n`);
  return importDataset(file, { event: "kind", eventValues: { view: 1, buy: 5, skip: -1 } });
}

/** Events in order, as "user item kind value time". */
function shown({ users, items, events: { offsets, items: all, values, types, times, kinds } }: Interactions): string[] {
  return Array.from({ length: users.size }, (_, user) => user).flatMap((user) =>
    Array.from(all.subarray(offsets[user], offsets[user + 1]), (item, i) => {
      const at = (offsets[user] as number) + i;
      return [users.id(user), items.id(item), kinds[types?.[at] ?? -1], values?.[at], times?.[at]].join(" ");
    }),
  );
}

const LOG = [
  ...["ann x view 10", "bob x view 11", "ann y view 20", "ann x buy 30", "bob y skip 31", "ann y view 40"],
  ...["bob z view 50", "ann z skip 60", "bob x view 70", "ann x view 80", "eve z buy 90", "eve x view 95"],
];
const IN_ORDER = [
  ...["ann x view 1 10", "ann y view 1 20", "ann x buy 5 30", "ann y view 1 40", "ann z skip -1 60", "ann x view 1 80"],
  ...["bob x view 1 11", "bob y skip -1 31", "bob z view 1 50", "bob x view 1 70", "eve z buy 5 90", "eve x view 1 95"],
];

describe("events", () => {
  test("are all kept in order of time, repeats and kinds included, beside one interaction per pair", async () => {
    const { interactions, report } = await read(LOG);
    expect(shown(interactions)).toEqual(IN_ORDER);
    expect([interactions.size, report.events, report.duplicates.count]).toEqual([8, 12, 4]);
    expect(report.source.eventValues).toEqual({ view: 1, buy: 5, skip: -1 });
    const shuffled = await read(LOG.toSorted());
    expect(shown(shuffled.interactions).filter((row) => row.startsWith("ann"))).toEqual(IN_ORDER.slice(0, 6));
  });

  test("are those of the pairs where nothing repeats and nothing has a kind", () => {
    const x = interactionsOf(["a x 1 30", "a y 2 10", "b x 3 20"]);
    expect(x.recorded).toBeUndefined();
    expect([...x.events.items]).toEqual([1, 0, 0]);
    expect([...(x.events.times ?? [])]).toEqual([10, 30, 20]);
  });

  test("go with their pairs into the parts of a split, and come together again", async () => {
    const { interactions } = await read(LOG);
    const part = Uint8Array.from(interactions.byUser.items, (_, at) => at % 2);
    const parts = interactions.partition(part, 2) as [Interactions, Interactions];
    for (const each of parts) {
      const pairs = new Set([...each].map(({ user, item }) => `${each.users.id(user)} ${each.items.id(item)}`));
      expect(shown(each)).toEqual(IN_ORDER.filter((row) => pairs.has(row.split(" ").slice(0, 2).join(" "))));
    }
    expect(shown(mergeParts(...parts))).toEqual(IN_ORDER);
  });

  test("of parts that were recorded apart are merged by time and kind", async () => {
    const whole = await read(LOG);
    const { users, items } = whole.interactions;
    const alone = whole.interactions.filter(({ user }) => user !== 1);
    const own = new Interactions(users, items, alone.byUser, alone.events);
    const other = whole.interactions.filter(({ user }) => user === 1);
    expect(shown(mergeParts(own, other))).toEqual(IN_ORDER);
  });

  test("are saved, renumbered and forgotten", async () => {
    const dataset = await read(LOG);
    const folder = temporaryFolder();
    await saveDataset(folder, dataset);
    const loaded = await loadDataset(folder);
    expect([shown(loaded.interactions), loaded.report.events]).toEqual([IN_ORDER, 12]);
    expect(shown(withoutUser(dataset, "ann").interactions)).toEqual(IN_ORDER.slice(6));
    expect(shown(dataset.interactions.filter(({ user, item }) => user > 0 && item !== 1).compact())).toEqual(
      IN_ORDER.filter((row) => !/^ann| y /.test(row)),
    );
  });

  test("of an update come after those that are known, by the same kinds and values", async () => {
    const folder = temporaryFolder();
    const base = await read(LOG.slice(0, 7), folder);
    writeFileSync(join(folder, "more.csv"), `user,item,kind,time\n${LOG.slice(7).join("\n").replaceAll(" ", ",")}\n`);
    const { dataset, added } = await extendDataset(base, join(folder, "more.csv"), {});
    expect(shown(dataset.interactions)).toEqual(IN_ORDER);
    expect(dataset.interactions.fingerprint()).toBe((await read(LOG)).interactions.fingerprint());
    expect([added.rows, dataset.report.duplicates.count]).toEqual([5, 4]);
  });

  test("must fit users and items", async () => {
    const { interactions } = await read(LOG);
    const { users, items, byUser, events } = interactions;
    for (const wrong of [
      { ...events, offsets: events.offsets.slice(1) },
      { ...events, items: events.items.map(() => 9) },
      { ...events, types: Int32Array.of(0) },
    ]) {
      await coded("DATA_INTERACTIONS", () => new Interactions(users, items, byUser, wrong));
    }
  });
});
