import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { coded } from "../../test/support/folder.ts";
import { interactionsOf, rowsOf } from "../../test/support/interactions.ts";
import { Interactions } from "./interactions.ts";
import { unionOf } from "./union.ts";
import { Vocabulary } from "./vocabulary.ts";

const ids = (count: number): Vocabulary => Vocabulary.from(Array.from({ length: count }, (_, i) => String(i)));

describe("buildInteractions", () => {
  test("sorts by user and item in order of first appearance", () => {
    const x = interactionsOf(["b y", "a x", "b x", "a y"]);
    expect(rowsOf(x)).toEqual(["b y", "b x", "a y", "a x"]);
    expect([...x.byUser.offsets]).toEqual([0, 2, 4]);
  });

  test("keeps the latest of duplicates, of equal times the later in the file, known times before unknown", () => {
    expect(rowsOf(interactionsOf(["a x 1 30", "a y 1 1", "a x 2 20", "a x 3 30", "a x 4 -"]))).toEqual([
      "a x 3 30",
      "a y 1 1",
    ]);
    expect(rowsOf(interactionsOf(["a x 1 -", "a x 2 -"]))).toEqual(["a x 2 -"]);
    expect(rowsOf(interactionsOf(["a x 5", "a z 1", "a x 4"]))).toEqual(["a x 4", "a z 1"]);
  });

  test("adds values of duplicates when told to, and counts rows where there are none", () => {
    expect(rowsOf(interactionsOf(["a x 1 30", "a x 2 20", "b x 7 1"], "sum"))).toEqual(["a x 3 30", "b x 7 1"]);
    expect(rowsOf(interactionsOf(["a x", "a y", "a x"], "sum"))).toEqual(["a x 2", "a y 1"]);
  });

  test("agrees with a Map for any events", () => {
    const event = fc.tuple(
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 0, max: 3 }),
    );
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 60 }), (events) => {
        const expected = new Map<string, [number, number]>();
        events.forEach(([user, item, time], place) => {
          const key = `${user} ${item}`;
          if (time >= (expected.get(key)?.[1] ?? -1)) expected.set(key, [place, time]);
        });
        const x = interactionsOf(events.map(([user, item, time], place) => `${user} ${item} ${place} ${time}`));
        const rows = [...expected].map(([key, [place, time]]) => `${key} ${place} ${time}`);
        expect(rowsOf(x).sort()).toEqual(rows.sort());
      }),
    );
  });

  test("sorts a row of many items that come in descending order", () => {
    const x = interactionsOf([
      "z 0",
      ...Array.from({ length: 3000 }, (_, i) => `z ${i}`),
      ...Array.from({ length: 3000 }, (_, i) => `a ${2999 - i}`),
    ]);
    expect([x.size, x.itemsOf(1)[0], x.itemsOf(1)[2999]]).toEqual([6000, 0, 2999]);
  });
});

describe("Interactions", () => {
  const x = interactionsOf(["a x 5 10", "a z 3 11", "b y 4 12", "c x 1 13", "c y 2 14", "c z 3 15"]);

  test("finds what a user has and has not", () => {
    const has = (user: string, item: string): boolean => x.has(x.users.index(user) ?? -1, x.items.index(item) ?? -1);
    expect([has("a", "x"), has("a", "y"), has("b", "y"), has("c", "z"), has("b", "z")]).toEqual([
      true,
      false,
      true,
      true,
      false,
    ]);
  });

  test("gives the same entries by item", () => {
    const { offsets, items, values, times } = x.byItem;
    expect([...offsets]).toEqual([0, 2, 4, 6]);
    expect([...items]).toEqual([0, 2, 0, 2, 1, 2]);
    expect([...(values ?? [])]).toEqual([5, 1, 3, 3, 4, 2]);
    expect([...(times ?? [])]).toEqual([10, 13, 11, 15, 12, 14]);
    expect(x.byItem).toBe(x.byItem);
  });

  test("counts for the catalog", () => {
    expect(x.catalog()).toEqual({ users: 3, items: 3, meanValue: 3, itemCounts: Float32Array.of(2, 2, 2) });
    expect(x.withValues(undefined).catalog().meanValue).toBe(1);
  });

  test("has a fingerprint that depends on every part of the content and on nothing else", () => {
    const same = interactionsOf(["a x 5 10", "a z 3 11", "b y 4 12", "c x 1 13", "c y 2 14", "c z 3 15"]);
    expect(same.fingerprint()).toBe(x.fingerprint());
    expect(x.fingerprint()).toBe("68c651135706188b8bd27e59d7ef0927b99128e3730416c709027db779e02190");
    const others = [
      interactionsOf(["a x 5 10", "a z 3 11", "b y 4 12", "c x 1 13", "c y 2 14", "c z 3 16"]),
      interactionsOf(["a x 5 10", "a z 3 11", "b y 4 12", "c x 1 13", "c y 2 14", "c z 4 15"]),
      interactionsOf(["a x 5 10", "a z 3 11", "b y 4 12", "c x 1 13", "c y 2 14", "d z 3 15"]),
      interactionsOf(["a x 5 10", "a z 3 11", "b y 4 12", "c x 1 13", "c y 2 14", "b z 3 15"]),
      x.withValues(undefined),
    ];
    expect(new Set([x, ...others].map((one) => one.fingerprint())).size).toBe(6);
    // of equal times, which row came first
    const [before, after] = [
      interactionsOf(["a x 1 5", "a y 1 6", "b x 1 5", "b y 1 5"]),
      interactionsOf(["a x 1 5", "a y 1 6", "b y 1 5", "b x 1 5"]),
    ];
    expect(before.fingerprint()).not.toBe(after.fingerprint());
  });

  test("filters, keeping its ids; compact drops the ids that are not used any more", () => {
    const part = x.filter(({ value }) => value >= 4);
    expect(rowsOf(part)).toEqual(["a x 5 10", "b y 4 12"]);
    expect([part.users.size, part.items.size]).toEqual([3, 3]);
    const compact = part.compact();
    expect([compact.users.toArray(), compact.items.toArray(), rowsOf(compact)]).toEqual([
      ["a", "b"],
      ["x", "y"],
      rowsOf(part),
    ]);
  });

  test("keeps the place of each entry in its source through every change, where the source is in order of time", () => {
    const log = interactionsOf(["a z 1 1", "b x 1 1", "a x 1 2", "b z 1 3", "a y 1 2"]);
    expect([...(log.byUser.order ?? [])]).toEqual([0, 2, 4, 3, 1]);
    expect([...(log.byItem.order ?? [])]).toEqual([0, 3, 2, 1, 4]);
    expect([...(log.filter(({ item }) => item > 0).compact().byUser.order ?? [])]).toEqual([2, 4, 1]);
    expect([...(log.withValues(undefined).byUser.order ?? [])]).toEqual([0, 2, 4, 3, 1]);
  });

  test("a repeated pair has the place of the row whose time it has", () => {
    const log = interactionsOf(["a x 1 1", "a y 1 1", "a x 2 1", "b x 1 1", "b y 1 2"]);
    expect([...(log.byUser.order ?? [])]).toEqual([2, 1, 3, 4]);
  });

  test("numbers a source with the newest first backwards, and one in no order of time not at all", () => {
    const newestFirst = interactionsOf(["a x 1 9", "a y 1 8", "a z 1 8", "b x 1 2", "b y 1 1"]);
    expect([...(newestFirst.byUser.order ?? [])]).toEqual([4, 3, 2, 1, 0]);
    expect(interactionsOf(["a x 1 9", "a y 1 8", "a z 1 9", "b x 1 1"]).byUser.order).toBeUndefined();
    expect(interactionsOf(["a x", "a y"]).byUser.order).toBeUndefined();
    expect([...(interactionsOf(["a y 1 5", "a x 1 5"]).byUser.order ?? [])]).toEqual([0, 1]);
  });

  test("refuses arrays that contradict each other", async () => {
    const bad = [
      { offsets: Int32Array.of(0, 1), items: Int32Array.of(0) },
      { offsets: Int32Array.of(0, 2, 1), items: Int32Array.of(0) },
      { offsets: Int32Array.of(0, 1, 1), items: Int32Array.of(3) },
      { offsets: Int32Array.of(0, 1, 1), items: Int32Array.of(-1) },
      { offsets: Int32Array.of(0, 2, 2), items: Int32Array.of(1, 1) },
      { offsets: Int32Array.of(0, 2, 2), items: Int32Array.of(1, 0) },
      { offsets: Int32Array.of(0, 1, 1), items: Int32Array.of(0), values: new Float32Array(2) },
      { offsets: Int32Array.of(0, 1, 1), items: Int32Array.of(0), times: new Float64Array(0) },
      { offsets: Int32Array.of(0, 1, 1), items: Int32Array.of(0), order: new Int32Array(2) },
    ];
    for (const csr of bad) await coded("DATA_INTERACTIONS", () => new Interactions(ids(2), ids(3), csr));
    await coded("DATA_INTERACTIONS", () => x.partition(new Uint8Array(2), 1));
  });
});

describe("unionOf", () => {
  test("merges rows without repeats", () => {
    const a = { offsets: Int32Array.of(0, 2, 3), items: Int32Array.of(1, 4, 2) };
    const b = { offsets: Int32Array.of(0, 2, 2), items: Int32Array.of(0, 4) };
    expect(unionOf(a, b)).toEqual({ offsets: Int32Array.of(0, 3, 4), items: Int32Array.of(0, 1, 4, 2) });
    expect(unionOf(a)).toEqual(a);
  });

  test("refuses different numbers of rows", async () => {
    const a = { offsets: Int32Array.of(0), items: new Int32Array(0) };
    await coded("DATA_INTERACTIONS", () => unionOf(a, { offsets: Int32Array.of(0, 0), items: new Int32Array(0) }));
  });
});
