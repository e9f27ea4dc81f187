import { describe, expect, test } from "vitest";
import { catalogOf, split } from "./dataset.ts";
import { parse, readMovieLens } from "./movielens.ts";
import { synthetic } from "./synthetic.ts";

describe("data", () => {
  test("each user's last event is kept out, the others are sorted by item", () => {
    const event = (user: number, item: number, value: number) => ({ user, item, value });
    const data = split("x", 2, 4, [[event(0, 3, 5), event(0, 1, 4), event(0, 2, 1)], [event(1, 0, 2)]]);
    expect([...data.train.offsets]).toEqual([0, 2, 2]);
    expect([...data.train.items]).toEqual([1, 3]);
    expect([...data.train.values]).toEqual([4, 5]);
    expect([...data.test.users, ...data.test.items, ...data.test.values]).toEqual([0, 1, 2, 0, 1, 2]);
  });

  test("a table is read with its header, the last in time held out, ids numbered as they appear", () => {
    const text = "user\tmovie\trating\ttimestamp\n7\t50\t5\t300\n7\t60\t3\t100\n9\t50\t1\t5\n";
    const data = parse(text, "\t");
    expect([data.users, data.items]).toEqual([2, 2]);
    expect([...data.train.items]).toEqual([1]);
    expect([...data.test.items]).toEqual([0, 0]);
  });

  test("the original's columns are separated by two colons", () => {
    expect(parse("1::10::5::1\n1::20::4::2\n", "::").train.values).toEqual(Float32Array.of(5));
  });

  test("a folder without MovieLens has none", () => {
    expect(readMovieLens("no/such/folder")).toBeUndefined();
  });

  test("made-up data has exactly the asked shape, no item twice for a user, and is the same each time", () => {
    const shape = { users: 50, items: 200, ratings: 2500, fewest: 20 };
    const data = synthetic(shape);
    expect(data.train.items.length + data.test.items.length).toBe(2500);
    for (let user = 0; user < 50; user++) {
      const row = data.train.items.subarray(data.train.offsets[user], data.train.offsets[user + 1]);
      expect(new Set(row).size).toBe(row.length);
      expect(row.length).toBeGreaterThanOrEqual(19);
      expect([...row]).toEqual([...row].sort((a, b) => a - b));
    }
    expect(synthetic(shape)).toEqual(data);
  });

  test("made-up popularity is skewed as the original, and values are ratings", () => {
    const data = synthetic({ users: 200, items: 1000, ratings: 12_000, fewest: 20 });
    const { itemCounts, meanValue } = catalogOf(data);
    const counts = [...itemCounts].sort((a, b) => b - a);
    const top = counts.slice(0, 200).reduce((a, b) => a + b, 0);
    expect(top / data.train.items.length).toBeGreaterThan(0.45);
    expect(meanValue).toBeGreaterThan(3);
    expect([...data.train.values].every((value) => value >= 1 && value <= 5 && Number.isInteger(value))).toBe(true);
  });
});
