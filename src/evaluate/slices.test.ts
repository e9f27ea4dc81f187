import { describe, expect, test } from "vitest";
import { denseSource, partOf } from "../../test/support/dense-source.ts";
import { evaluateLists } from "./lists.ts";
import { ItemDistances, listDistances, miscalibration, selfInformation, serendipity } from "./metrics/list-quality.ts";
import { rankUsers } from "./ranking.ts";
import { activitySlices, coldSlices, evaluateSlices, fairnessGaps, popularitySlices, quarters } from "./slices.ts";

// Four users and six items; scores are minus the item's number, so that unseen items are ranked in their order.
const train = partOf([[0], [0, 1], [0, 1, 2], [0, 1, 2, 3]], 6);
const test4 = partOf([[1, 5], [2], [4], [5]], 6);
const source = denseSource(6, (_user, item) => -item);
const ranked = () => rankUsers(source, { train, test: test4, seed: 1, protocol: "full" });

describe("evaluateSlices", () => {
  test("of users: those that belong to it, with all their held-out items", async () => {
    const slices = activitySlices(train, Int32Array.of(0, 1, 2, 3));
    const measured = evaluateSlices(await ranked(), slices, { k: 1, seed: 1 });
    expect(measured.map(({ name, users, targets }) => [name, users, targets])).toEqual([
      ["1 training interactions", 1, 2],
      ["2 training interactions", 1, 1],
      ["3 training interactions", 1, 1],
      ["4 training interactions", 1, 1],
    ]);
    // user 2 has 0, 1 and 2; item 3 comes before item 4
    expect(measured.map(({ metrics }) => metrics["hr@1"]?.value)).toEqual([1, 1, 0, 0]);
  });
  test("of items: the others are ranked and count as misses; users without one are left out", async () => {
    const [rare] = popularitySlices(train);
    const [slice] = evaluateSlices(await ranked(), [rare as NonNullable<typeof rare>], { k: 2, seed: 1 });
    // items 4 and 5 have no interactions: user 0 waits for item 5 at place 4, user 2 for item 4, user 3 for item 5
    expect(slice).toMatchObject({ of: "items", name: "0 training interactions", users: 3, targets: 3 });
    expect(slice?.metrics["hr@2"]?.value).toBeCloseTo(2 / 3, 12);
  });
  test("nobody in a slice is no measurement", async () => {
    const empty = { by: "none", name: "none", of: "users", has: () => false } as const;
    expect(evaluateSlices(await ranked(), [empty], { k: 1, seed: 1 })).toEqual([
      { by: "none", name: "none", of: "users", users: 0, targets: 0, metrics: {} },
    ]);
  });
  test("say what they are made by, of what, and which counts they hold", () => {
    const told = [
      ...activitySlices(train, Int32Array.of(0, 1, 2, 3)),
      ...popularitySlices(train),
      ...coldSlices(train),
    ];
    expect(told.map(({ by, of, name }) => [by, of, name])).toEqual([
      ...[1, 2, 3, 4].map((count) => ["activity", "users", `${count} training interactions`]),
      // 4, 3, 2, 1, 0 and 0 interactions: the quarters end at 0, 1, 2 and 4
      ["popularity", "items", "0 training interactions"],
      ["popularity", "items", "1 training interactions"],
      ["popularity", "items", "2 training interactions"],
      ["popularity", "items", "3 to 4 training interactions"],
      ...["users", "items"].flatMap((of) => [
        ["cold", of, `cold ${of}: at most 5 training interactions`],
        ["cold", of, `warm ${of}: more than 5`],
      ]),
    ]);
  });
  test("count users, also where there are more of them than items, and items, where there are more of those", () => {
    const many = partOf([[0], [0, 1], [0], [0], [0, 1]], 2);
    const [one, two] = activitySlices(many, Int32Array.of(0, 1, 2, 3, 4));
    expect([0, 1, 2, 3, 4].map((user) => [one?.has(user), two?.has(user)])).toEqual([
      ...[
        [true, false],
        [false, true],
        [true, false],
        [true, false],
        [false, true],
      ],
    ]);
    const [none, all] = popularitySlices(partOf([[3], [3]], 4));
    expect([0, 1, 2, 3].map((item) => [none?.has(item), all?.has(item)])).toEqual([
      ...[
        [true, false],
        [true, false],
        [true, false],
        [false, true],
      ],
    ]);
  });
  test("cold is five training interactions at most", () => {
    const five = partOf([[0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5], [0], [0], [0], [0]], 6);
    const [coldUsers, warmUsers, coldItems, warmItems] = coldSlices(five);
    expect([coldUsers?.has(0), coldUsers?.has(1), warmUsers?.has(0), warmUsers?.has(1)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    // item 0 has six, item 5 one
    expect([coldItems?.has(0), coldItems?.has(5), warmItems?.has(0), warmItems?.has(5)]).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
  test("cold and warm are all there is, and do not overlap", async () => {
    const slices = coldSlices(train);
    expect(slices.map(({ of }) => of)).toEqual(["users", "users", "items", "items"]);
    for (const of of ["users", "items"] as const) {
      const own = slices.filter((slice) => slice.of === of);
      for (let i = 0; i < 4; i++) expect(own.filter(({ has }) => has(i))).toHaveLength(1);
    }
  });
  test("quarters hold what is known, each number once", () => {
    const numbers = [1, 1, 1, 2, 3, 4, 9, Number.NaN];
    const slices = quarters("age", "users", numbers, [0, 1, 2, 3, 4, 5, 6, 7], "years");
    for (const [i, number] of numbers.entries()) {
      expect(slices.filter(({ has }) => has(i))).toHaveLength(Number.isNaN(number) ? 0 : 1);
    }
    expect(slices.map(({ name }) => name)).toEqual(["1 years", "2 years", "3 years", "4 to 9 years"]);
  });
});

test("fairnessGaps says who is served best and worst, where slices of users are large enough", () => {
  const slice = (name: string, value: number, users = 50) =>
    ({
      by: "activity",
      name,
      of: "users",
      users,
      targets: users,
      metrics: { "ndcg@10": { value, low: 0, high: 1 } },
    }) as const;
  expect(fairnessGaps([slice("few", 0.1), slice("some", 0.3), slice("one", 0.9, 3)], "ndcg@10")).toEqual([
    { by: "activity", metric: "ndcg@10", gap: 0.3 - 0.1, best: "some", worst: "few" },
  ]);
  const items = { ...slice("items", 0.9), of: "items" } as const;
  expect(fairnessGaps([slice("few", 0.1), items], "ndcg@10")).toEqual([]);
  expect(fairnessGaps([slice("few", 0.1)], "ndcg@10")).toEqual([]);
});

describe("what lists are like, by hand", () => {
  test("novelty is -log2 of the share of users; an item that nobody had counts as half a user", () => {
    expect([...selfInformation([4, 1, 0], 4)]).toEqual([0, 2, 3]);
  });
  test("distance is 1 minus the cosine of the users of two items", () => {
    const distances = new ItemDistances([
      Int32Array.of(0, 1, 2, 3),
      Int32Array.of(1, 2, 3, 4),
      Int32Array.of(9),
      Int32Array.of(),
    ]);
    expect(distances.between(0, 1)).toBeCloseTo(1 - 3 / 4, 12);
    expect(distances.between(1, 0)).toBe(distances.between(0, 1));
    expect([distances.between(0, 2), distances.between(2, 3), distances.between(2, 2)]).toEqual([1, 1, 0]);
    expect(listDistances([0, 1, 2], distances)).toEqual({ mean: (0.25 + 1 + 1) / 3, least: 0.25 });
    expect(listDistances([0], distances)).toBeUndefined();
  });
  test("serendipity counts what is right and not to be expected", () => {
    expect(serendipity([1, 2, 3, 4], new Set([1, 2]), new Set([1, 7]))).toBe(0.25);
    expect(serendipity([], new Set([1]), new Set())).toBe(0);
  });
  test("miscalibration is 0 for the same proportions, and grows as they part", () => {
    expect(miscalibration([2, 2], [5, 5])).toBe(0);
    const [some, all] = [miscalibration([5, 5], [7, 3]), miscalibration([5, 5], [10, 0])];
    expect(some).toBeCloseTo(
      0.5 * Math.log(0.5 / (0.99 * 0.7 + 0.005)) + 0.5 * Math.log(0.5 / (0.99 * 0.3 + 0.005)),
      12,
    );
    expect(all).toBeGreaterThan(some);
    expect(Number.isFinite(all)).toBe(true);
  });
});

test("evaluateLists: means over lists, and what groups of items by popularity get", async () => {
  const { metrics, exposure } = await evaluateLists(source, { train, test: test4, k: 2 });
  expect(Object.keys(metrics)).toEqual([
    ...["coverage@2", "popularity@2", "gini@2", "novelty@2", "distance@2"],
    ...["least-distance@2", "serendipity@2", "miscalibration@2"],
  ]);
  // lists 1 2, 2 3, 3 4, 4 5; the most popular items are 0 to 3 in their order, which is what source says
  expect(metrics["serendipity@2"]).toBe(0);
  expect(metrics["novelty@2"]).toBeCloseTo((-Math.log2(3 / 4) + 2 * 1 + 2 * 2 + 2 * 3 + 3) / 8, 12);
  expect(exposure?.map(({ group }) => group)).toEqual(["head", "middle", "tail"]);
  for (const share of ["items", "interactions", "places"] as const) {
    expect(exposure?.reduce((sum, each) => sum + each[share], 0)).toBeCloseTo(1, 12);
  }
});
