import { describe, expect, test } from "vitest";
import { coded } from "../../test/support/folder.ts";
import { interactionsOf, rowsOf } from "../../test/support/interactions.ts";
import { below, hash, mix32 } from "../core/random.ts";
import { toImplicit } from "./implicit.ts";
import { kCore } from "./k-core.ts";
import { knownItems } from "./known.ts";
import { popularityTable } from "./popularity.ts";

describe("toImplicit", () => {
  const x = interactionsOf(["a x 5 1", "a y 2 2", "b x 0 3", "b y 4 4"]);

  test("counts all as 1, or those above a threshold, or keeps values as weights", () => {
    expect(rowsOf(toImplicit(x, { kind: "all" }))).toEqual(["a x 1 1", "a y 1 2", "b x 1 3", "b y 1 4"]);
    expect(rowsOf(toImplicit(x, { kind: "threshold", minimum: 4 }))).toEqual(["a x 1 1", "b y 1 4"]);
    expect(rowsOf(toImplicit(x, { kind: "weights" }))).toEqual(["a x 5 1", "a y 2 2", "b y 4 4"]);
    expect(toImplicit(x, { kind: "weights", scale: "log" }).byUser.values?.[0]).toBeCloseTo(Math.log(6), 6);
    expect(toImplicit(x, { kind: "all" }).byUser.values).toBeUndefined();
  });

  test("refuses a threshold that is no number", async () => {
    await coded("CONFIG_VALUE", () => toImplicit(x, { kind: "threshold", minimum: Number.NaN }));
  });
});

describe("kCore", () => {
  test("removes users and items in turns until every one has enough", () => {
    // z is only known to c; without z, c has one left; without c, y still has two
    const x = interactionsOf(["a x", "a y", "b x", "b y", "c y", "c z"]);
    const core = kCore(x, { users: 2, items: 2 });
    expect(rowsOf(core)).toEqual(["a x", "a y", "b x", "b y"]);
    expect([core.users.toArray(), core.items.toArray()]).toEqual([
      ["a", "b"],
      ["x", "y"],
    ]);
  });

  test("leaves nothing where nothing is dense enough, and everything for 1", () => {
    const x = interactionsOf(["a x", "b y"]);
    expect(kCore(x, { users: 2, items: 1 }).size).toBe(0);
    expect(rowsOf(kCore(x, { users: 1, items: 1 }))).toEqual(["a x", "b y"]);
  });

  test("agrees with repeated filtering", () => {
    const rows = Array.from({ length: 700 }, (_, i) => `u${hash(1, i) % 60} i${hash(2, i) % 50}`);
    let expected = interactionsOf(rows);
    for (let before = -1; before !== expected.size; ) {
      before = expected.size;
      const [users, items] = [expected.byUser.offsets, expected.byItem.offsets];
      const degree = (offsets: Int32Array, row: number): number => (offsets[row + 1] ?? 0) - (offsets[row] ?? 0);
      expected = expected.filter(({ user, item }) => degree(users, user) >= 6 && degree(items, item) >= 7);
    }
    expect(expected.size).toBeGreaterThan(0);
    expect(rowsOf(kCore(interactionsOf(rows), { users: 6, items: 7 }))).toEqual(rowsOf(expected));
  });

  test("asks for five of each where nothing is said", () => {
    const block = [1, 2, 3, 4, 5].flatMap((user) => [1, 2, 3, 4, 5].map((item) => `u${user} i${item}`));
    const four = [1, 2, 3, 4];
    const more = [...four.map((item) => `u6 i${item}`), ...four.map((user) => `u${user} i6`)];
    expect(rowsOf(kCore(interactionsOf([...block, ...more])))).toEqual(rowsOf(interactionsOf(block)));
  });

  test("refuses sizes below 1", async () => {
    await coded("CONFIG_VALUE", () => kCore(interactionsOf(["a x"]), { users: 0 }));
  });
});

describe("knownItems", () => {
  test("holds training alone, or held-out parts as well", () => {
    const x = interactionsOf(["a x 1 1", "a y 1 2", "b x 1 1"]);
    const [train, test] = [x.filter(({ time }) => time < 2), x.filter(({ time }) => time >= 2)];
    expect([...knownItems(train).items]).toEqual([0, 0]);
    expect(knownItems(train, test)).toEqual({ offsets: Int32Array.of(0, 2, 3), items: Int32Array.of(0, 1, 0) });
  });
});

describe("popularityTable", () => {
  /** Exact probability of each item under the sampler's rule. */
  function probabilities({ thresholds, aliases }: ReturnType<typeof popularityTable>): number[] {
    const result = new Array<number>(thresholds.length).fill(0);
    thresholds.forEach((threshold, cell) => {
      const keep = threshold === 0xffffffff ? 1 : threshold / 2 ** 32;
      result[cell] = (result[cell] ?? 0) + keep / thresholds.length;
      const alias = aliases[cell] ?? 0;
      result[alias] = (result[alias] ?? 0) + (1 - keep) / thresholds.length;
    });
    return result;
  }

  test("gives each item its share of counts^exponent", () => {
    const counts = [1, 0, 16, 81, 3, 0, 256, 7];
    for (const exponent of [0, 0.5, 0.75, 1]) {
      const weights = counts.map((count) => (count > 0 ? count ** exponent : 0));
      const total = weights.reduce((a, b) => a + b);
      probabilities(popularityTable(counts, exponent)).forEach((p, item) => {
        expect(p).toBeCloseTo((weights[item] ?? 0) / total, 8);
      });
    }
  });

  test("takes the exponent of 0.75 where none is given, and any from 0 to 4", () => {
    const counts = [1, 16, 81];
    expect(popularityTable(counts)).toEqual(popularityTable(counts, 0.75));
    expect(popularityTable(counts)).not.toEqual(popularityTable(counts, 0.7500001));
    for (const exponent of [0, 4]) expect(() => popularityTable(counts, exponent)).not.toThrow();
    for (const exponent of [-Number.MIN_VALUE, 4.000000000000001]) {
      expect(() => popularityTable(counts, exponent)).toThrow(expect.objectContaining({ code: "CONFIG_VALUE" }));
    }
  });

  test("never draws an item that does not occur", () => {
    const table = popularityTable([0, 5, 0, 0, 1, 0]);
    const drawn = new Set<number>();
    for (let i = 0; i < 20_000; i++) {
      const draw = hash(1, i);
      const cell = below(draw, 6);
      drawn.add(mix32(draw ^ 0x85ebca6b) < (table.thresholds[cell] ?? 0) ? cell : (table.aliases[cell] ?? -1));
    }
    expect([...drawn].sort()).toEqual([1, 4]);
  });

  test("is the same table every time", () => {
    expect(popularityTable([3, 1, 2])).toEqual(popularityTable([3, 1, 2]));
  });

  test("refuses empty counts and exponents without sense", async () => {
    await coded("DATA_INTERACTIONS", () => popularityTable([0, 0]));
    await coded("CONFIG_VALUE", () => popularityTable([1], -1));
    await coded("CONFIG_VALUE", () => popularityTable([1], Number.NaN));
  });
});
