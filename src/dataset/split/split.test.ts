import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { coded } from "../../../test/support/folder.ts";
import { interactionsOf, rowsOf } from "../../../test/support/interactions.ts";
import { eventsOf } from "../event-rows.ts";
import type { Interactions } from "../interactions.ts";
import { checkLeakage } from "../leakage.ts";
import { splitLikes } from "../likes.ts";
import { ordered } from "../time-order.ts";
import { coldSplit } from "./cold.ts";
import { foldSplit } from "./folds.ts";
import { givenSplit } from "./given.ts";
import { leaveLastOut } from "./leave-last-out.ts";
import { noSplit } from "./none.ts";
import { ratioSplit } from "./ratio.ts";
import type { Split } from "./split.ts";
import { timeSplit } from "./time.ts";
import { windowSplit } from "./windows.ts";

const ROWS = [
  ...["a p 1 10", "a q 1 30", "a r 1 20", "a s 1 -"],
  ...["b p 1 5", "b q 1 7", "b r 1 8"],
  ...["c p 1 1", "c q 1 2"],
];
const x = interactionsOf(ROWS);

/** 60 users with 1 to 20 interactions. */
const manyRows = Array.from({ length: 60 }, (_, u) =>
  Array.from({ length: 1 + (u % 20) }, (_, i) => `u${u} i${(i * 7 + u) % 40} 1 ${(i * 31 + u * 17) % 97}`),
).flat();
const many = interactionsOf(manyRows);

function all({ train, validation, test: tested }: Split): string[] {
  return [train, validation, tested].flatMap((part) => (part ? rowsOf(part) : [])).sort();
}

const sizes = (part: Interactions | undefined, user: number): number => part?.itemsOf(user).length ?? 0;

describe("every split", () => {
  const splits = {
    "leave-last-out": (from: Interactions) => leaveLastOut(from, { validation: true }),
    ratio: (from: Interactions) => ratioSplit(from, { test: 0.3, validation: 0.1, seed: 4 }),
    time: (from: Interactions) => timeSplit(from, { test: 0.2, validation: 0.1, keepNewUsers: true }),
  };
  for (const [name, split] of Object.entries(splits)) {
    test(`${name} puts each interaction into exactly one part and leaks nothing`, () => {
      const result = split(many);
      expect(all(result)).toEqual(rowsOf(many).sort());
      expect(result.kind).toBe(name);
      if (name !== "ratio") expect(checkLeakage(result)).toEqual([]);
    });

    test(`${name} gives the same parts twice`, () => {
      expect(split(many).test.fingerprint()).toBe(split(many).test.fingerprint());
    });
  }
});

describe("foldSplit", () => {
  test("tests every interaction in exactly one fold, folds of equal size, none the validation part of itself", () => {
    for (const folds of [2, 5, 7]) {
      const tested = Array.from({ length: folds }, (_, i) => {
        const split = foldSplit(many, { fold: i + 1, folds, validation: 0.1, seed: 3 });
        expect([split.kind, all(split)]).toEqual(["k-fold", rowsOf(many).sort()]);
        expect(Math.abs(split.test.size - many.size / folds)).toBeLessThan(1);
        expect(split.validation?.size).toBe(Math.round((many.size - split.test.size) * 0.1));
        return rowsOf(split.test);
      });
      expect(tested.flat().sort()).toEqual(rowsOf(many).sort());
    }
  });

  test("draws other folds with another seed, and refuses what is no fold", async () => {
    const first = (seed: number) => rowsOf(foldSplit(many, { fold: 1, folds: 5, seed }).test);
    expect(first(1)).not.toEqual(first(2));
    for (const [fold, folds] of [
      [0, 5],
      [6, 5],
      [1, 1],
      [1.5, 5],
    ] as const) {
      await coded("CONFIG_VALUE", () => foldSplit(many, { fold, folds }));
    }
    await coded("DATA_SPLIT", () => foldSplit(x, { fold: 6, folds: 10 }));
  });
});

describe("windowSplit", () => {
  const byTime = interactionsOf(Array.from({ length: 100 }, (_, at) => `u${at % 4} i${at % 20}${at} 1 ${at}`));
  const times = (part: Interactions | undefined) => [...(part?.byUser.times ?? [])].sort((a, b) => a - b);
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

  test("slides over the blocks of time: each learns from what came before, chooses by a block, is tested on the next", () => {
    for (const window of [1, 2, 3]) {
      const split = windowSplit(byTime, { window, windows: 3, validation: true });
      const at = window * 20;
      expect([split.kind, times(split.train), times(split.validation), times(split.test)]).toEqual([
        ...["time", range(0, at), range(at, at + 20), range(at + 20, at + 40)],
      ]);
    }
    const { train, validation, test: tested } = windowSplit(byTime, { window: 2, windows: 3, learnFrom: 1 });
    expect([times(train), validation, times(tested)]).toEqual([range(40, 60), undefined, range(60, 80)]);
  });

  test("never tears a second apart, keeps untimed interactions in training, and drops users without earlier ones", () => {
    const rows = Array.from({ length: 90 }, (_, at) => `u${at % 3} i${at} 1 ${Math.floor(at / 7)}`);
    const split = windowSplit(interactionsOf([...rows, "u0 z 1 -", "new y 1 11"]), { window: 2, windows: 2 });
    const [last, first] = [
      times(split.train)
        .filter((time) => !Number.isNaN(time))
        .at(-1),
      times(split.test)[0],
    ];
    expect(last).toBeLessThan(first as number);
    expect(rowsOf(split.train)).toContain("u0 z 1 -");
    expect(split.warnings.map(({ code }) => code)).toEqual(["new-users"]);
  });

  test("refuses what is no window, and data without times", async () => {
    for (const [window, windows] of [
      [0, 3],
      [4, 3],
      [1, 0],
    ] as const) {
      await coded("CONFIG_VALUE", () => windowSplit(byTime, { window, windows }));
    }
    await coded("DATA_SPLIT", () => windowSplit(interactionsOf(["a p", "a q", "a r"]), { window: 1, windows: 1 }));
  });
});

describe("noSplit", () => {
  test("holds out nothing, and takes back what a benchmark holds out", () => {
    const { train, test: tested, validation, kind } = noSplit({ interactions: x });
    expect([kind, rowsOf(train), rowsOf(tested), validation]).toEqual(["none", rowsOf(x), [], undefined]);
    const { train: part, validation: held, test: last } = leaveLastOut(x, { validation: true });
    const whole = noSplit({ interactions: part, given: { validation: held, test: last } });
    expect(rowsOf(whole.train).sort()).toEqual(rowsOf(x).sort());
    expect(whole.test.size).toBe(0);
  });
});

describe("leaveLastOut", () => {
  test("holds out the latest; unknown times come first; small users stay", () => {
    const { train, test: tested, validation } = leaveLastOut(x, { validation: true });
    expect(rowsOf(tested)).toEqual(["a q 1 30", "b r 1 8"]);
    expect(validation && rowsOf(validation)).toEqual(["a r 1 20", "b q 1 7"]);
    expect(rowsOf(train)).toEqual(["a p 1 10", "a s 1 -", "b p 1 5", "c p 1 1", "c q 1 2"]);
  });

  test("has the same test whether or not there is validation", () => {
    expect(rowsOf(leaveLastOut(x).test)).toEqual(rowsOf(leaveLastOut(x, { validation: true }).test));
    expect(leaveLastOut(x).validation).toBeUndefined();
  });

  test("what is held out is the last of what a model of order sees, whatever decides between equal times", () => {
    const rows = Array.from({ length: 60 }, (_, u) =>
      Array.from({ length: 4 + (u % 9) }, (_, i) => `u${u} i${(i * 7 + u) % 40} 1 ${Math.floor(((i * 5) % 11) / 4)}`),
    ).flat();
    const plain = rows.map((row) => row.split(" ").slice(0, 2).join(" "));
    for (const tied of [rows, plain, rows.toSorted(), [...rows, ...rows.toSorted().slice(0, 90)]]) {
      const whole = interactionsOf(tied);
      for (const seed of [0, 1, 7]) {
        const { validation, test: tested } = leaveLastOut(whole, { validation: true, seed });
        const { offsets, items } = eventsOf(ordered(whole, seed));
        for (let user = 0; user < whole.users.size; user++) {
          const latest = [...new Set(items.subarray(offsets[user], offsets[user + 1]).toReversed())];
          expect([...tested.itemsOf(user), ...(validation?.itemsOf(user) ?? [])]).toEqual(latest.slice(0, 2));
        }
      }
    }
  });

  test("without times holds out one at random, by seed, and warns", () => {
    const plain = interactionsOf(Array.from({ length: 400 }, (_, i) => `u${Math.floor(i / 20)} i${i % 20}`));
    const [one, two] = [leaveLastOut(plain, { seed: 1 }), leaveLastOut(plain, { seed: 2 })];
    expect(one.test.size).toBe(20);
    expect(rowsOf(one.test)).not.toEqual(rowsOf(two.test));
    expect(rowsOf(one.test)).toEqual(rowsOf(leaveLastOut(plain, { seed: 1 }).test));
    expect(one.warnings.map(({ code }) => code)).toEqual(["no-times"]);
  });

  const TIED = [
    "u1 popular 1 1",
    "u2 popular 1 1",
    "u1 x 1 1",
    "u1 rare 1 3",
    "u3 x 1 5",
    "u3 rare 1 6",
    "u3 popular 1 6",
  ];

  test("of equal times the one later in a log is the last, not the item first seen later", () => {
    const { test: tested, ties, warnings } = leaveLastOut(interactionsOf(TIED));
    expect(rowsOf(tested)).toEqual(["u1 rare 1 3", "u3 popular 1 6"]);
    expect(ties).toEqual({ users: 1, of: 2, decidedBy: "source-order" });
    expect(warnings).toEqual([
      {
        code: "tied-times",
        message:
          "1 of 2 users have several interactions at their last time; the order of the file decides between them.",
      },
    ]);
  });

  test("with the newest first, the earlier one is the last", () => {
    const { test: tested, validation, ties } = leaveLastOut(interactionsOf(TIED.toReversed()), { validation: true });
    expect(rowsOf(tested).sort()).toEqual(["u1 rare 1 3", "u3 popular 1 6"]);
    expect(validation && rowsOf(validation).sort()).toEqual(["u1 x 1 1", "u3 rare 1 6"]);
    expect(ties?.decidedBy).toBe("source-order");
  });

  test("in a source that is in no order of time the seed draws among equals, whatever stands first", () => {
    const lists = Array.from({ length: 400 }, (_, u) => [
      `u${u} a 1 1`,
      `u${u} b 1 9`,
      `u${u} c 1 9`,
      `u${u} d 1 2`,
    ]).flat();
    const first = leaveLastOut(interactionsOf(lists), { seed: 1 });
    const count = (item: string): number => rowsOf(first.test).filter((row) => row.split(" ")[1] === item).length;
    expect(count("b") + count("c")).toBe(400);
    expect(Math.abs(count("b") - 200)).toBeLessThan(50);
    expect(first.ties).toEqual({ users: 400, of: 400, decidedBy: "seed" });
    expect(first.warnings[0]?.message).toContain("the seed draws one of them");
    expect(first.test.fingerprint()).toBe(leaveLastOut(interactionsOf(lists), { seed: 1 }).test.fingerprint());
    expect(first.test.fingerprint()).not.toBe(leaveLastOut(interactionsOf(lists), { seed: 2 }).test.fingerprint());
  });

  test("says nothing where every last time is one interaction's", () => {
    const { ties, warnings } = leaveLastOut(interactionsOf(["a p 1 1", "a q 1 1", "a r 1 2"]));
    expect([ties?.users, warnings]).toEqual([0, []]);
  });

  test("refuses when no user has three interactions", async () => {
    await coded("DATA_SPLIT", () => leaveLastOut(interactionsOf(["a x 1 1", "a y 1 2", "b x 1 1"])));
  });
});

describe("ratioSplit", () => {
  test("holds out the share of each user, rounded, and leaves small users whole", () => {
    const { train, validation, test: tested } = ratioSplit(many, { test: 0.25, validation: 0.1, seed: 3 });
    for (let user = 0; user < many.users.size; user++) {
      const count = sizes(many, user);
      const expected = count < 3 ? [count, 0, 0] : [0, Math.round(count * 0.1), Math.round(count * 0.25)];
      if (count >= 3) expected[0] = count - (expected[1] ?? 0) - (expected[2] ?? 0);
      expect([sizes(train, user), sizes(validation, user), sizes(tested, user)]).toEqual(expected);
    }
  });

  test("leaves one interaction for training even when nearly all are asked for", () => {
    const { train } = ratioSplit(many, { test: 0.9, validation: 0.09 });
    for (let user = 0; user < many.users.size; user++) expect(sizes(train, user)).toBeGreaterThan(0);
  });

  test("draws for a user do not depend on other users", () => {
    const fewer = many.filter(({ user }) => user > 30);
    const [whole, part] = [ratioSplit(many, { seed: 9 }), ratioSplit(fewer, { seed: 9 })];
    for (let user = 31; user < 60; user++) expect(part.test.itemsOf(user)).toEqual(whole.test.itemsOf(user));
  });

  test("depends on its seed", () => {
    expect(ratioSplit(many, { seed: 1 }).test.fingerprint()).not.toBe(ratioSplit(many, { seed: 2 }).test.fingerprint());
  });

  test("refuses shares that leave nothing", async () => {
    for (const options of [
      { test: 0 },
      { test: 1 },
      { test: 0.5, validation: 0.5 },
      { test: Number.NaN },
      { validation: -1 },
    ]) {
      await coded("CONFIG_VALUE", () => ratioSplit(many, options));
    }
  });
});

test("what happened before somebody's last time ties with nothing, wherever it stands", () => {
  expect(leaveLastOut(x).ties).toMatchObject({ users: 0, of: 2 });
  expect(leaveLastOut(interactionsOf(["a p 1 9", "a q 1 3", "a r 1 9"])).ties).toMatchObject({ users: 1, of: 1 });
});

describe("timeSplit", () => {
  test("cuts at one instant and never tears a second apart", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 30, maxLength: 60 }), (times) => {
        fc.pre(new Set(times).size > 5);
        const from = interactionsOf(times.map((time, i) => `u${i % 4} i${i} 1 ${time}`));
        const { train, test: tested } = timeSplit(from, { test: 0.3, keepNewUsers: true });
        const last = Math.max(...Array.from(train, ({ time }) => time));
        const first = Math.min(...Array.from(tested, ({ time }) => time));
        expect(first).toBeGreaterThan(last);
        expect(tested.size).toBeGreaterThanOrEqual(0.3 * from.size);
      }),
    );
  });

  test("keeps unknown times in training and drops users without training, with a warning", () => {
    const from = interactionsOf(["a x 1 1", "a y 1 -", "b x 1 2", "b y 1 9", "new x 1 9", "a z 1 8"]);
    const split = timeSplit(from, { test: 0.5 });
    expect(rowsOf(split.train)).toEqual(["a x 1 1", "a y 1 -", "b x 1 2"]);
    expect(rowsOf(split.test).sort()).toEqual(["a z 1 8", "b y 1 9"]);
    expect(split.warnings.map(({ code, message }) => [code, message.split(" ")[0]])).toEqual([["new-users", "1"]]);
    expect(timeSplit(from, { test: 0.5, keepNewUsers: true }).test.size).toBe(3);
  });

  test("tests on a fifth where nothing is said; an instant that begins a part belongs to it", () => {
    const from = interactionsOf(Array.from({ length: 20 }, (_, i) => `u i${i} 1 ${i}`));
    const sizes = ({ train, validation, test: tested }: Split) => [train.size, validation?.size, tested.size];
    expect(sizes(timeSplit(from))).toEqual([16, undefined, 4]);
    expect(sizes(timeSplit(from, { validation: 0.25 }))).toEqual([11, 5, 4]);
  });

  test("counts every interaction that goes with a user who has none in training", () => {
    const from = interactionsOf([...Array.from({ length: 9 }, (_, i) => `u i${i} 1 ${i}`), "new x 1 9", "new y 1 9"]);
    const { warnings } = timeSplit(from, { test: 0.2 });
    expect(warnings.map(({ message }) => message.split(" ")[0])).toEqual(["2"]);
  });

  test("refuses interactions without times or with a single one", async () => {
    await coded("DATA_SPLIT", () => timeSplit(interactionsOf(["a x", "a y", "b x"])));
    await coded("DATA_SPLIT", () => timeSplit(interactionsOf(["a x 1 5", "a y 1 5", "b x 1 5"])));
  });
});

describe("givenSplit", () => {
  const interactions = interactionsOf(["a p 1 1", "a q 1 2", "b p 1 1", "b r 1 2", "b q 1 0"]);
  const tested = interactions.filter(({ item }) => item === 2);
  const train = interactions.filter(({ item }) => item !== 2);

  test("hands out the parts of the benchmark", () => {
    const split = givenSplit({ interactions: train, given: { test: tested } });
    expect([split.kind, split.train, split.test, split.validation]).toEqual(["given", train, tested, undefined]);
  });

  test("holds out the last training interaction of each user who has two when validation is asked for", () => {
    const split = givenSplit({ interactions: train, given: { test: tested } }, { validation: true });
    expect(split.validation && rowsOf(split.validation)).toEqual(["a q 1 2", "b p 1 1"]);
    expect(rowsOf(split.train)).toEqual(["a p 1 1", "b q 1 0"]);
  });

  test("uses the benchmark's own validation part, or puts it back into training", () => {
    const validation = train.filter(({ user, item }) => user === 0 && item === 1);
    const rest = train.filter(({ user, item }) => !(user === 0 && item === 1));
    const source = { interactions: rest, given: { test: tested, validation } };
    expect(givenSplit(source, { validation: true }).validation).toBe(validation);
    expect(givenSplit(source).train.fingerprint()).toBe(train.fingerprint());
  });

  test("refuses a data set without parts", async () => {
    await coded("DATA_SPLIT", () => givenSplit({ interactions }));
  });
});

describe("checkLeakage", () => {
  const train = interactionsOf(["a p 1 5", "a q 1 6", "b p 1 5", "b q 1 7"]);
  const codes = (split: Omit<Split, "kind" | "seed" | "warnings">): string[] =>
    checkLeakage({ kind: "given", seed: 0, warnings: [], ...split }).map(({ code }) => code);

  test("finds test and validation rows that training holds too, with an example", () => {
    const test = train.filter(({ user }) => user === 1);
    expect(codes({ train, test })).toEqual(["test-in-train", "test-before-train"]);
    expect(codes({ train, validation: test, test })).toContain("test-in-validation");
    const [warning] = checkLeakage({ kind: "given", seed: 0, warnings: [], train, test });
    expect(warning?.message).toContain("2 of 2 test interactions are also in training (the first: user b, item p)");
  });

  test("finds test rows older than the user's newest training row", () => {
    const late = train.filter(({ time }) => time >= 6);
    const early = train.filter(({ time }) => time < 6);
    expect(codes({ train: late, test: early })).toEqual(["test-before-train"]);
    expect(codes({ train: early, test: late })).toEqual([]);
  });

  test("finds test items among their own candidates", () => {
    const [early, late] = [train.filter(({ time }) => time < 6), train.filter(({ time }) => time >= 6)];
    const candidates = { offsets: Int32Array.of(0, 1, 1), items: Int32Array.of(1) };
    expect(codes({ train: early, test: late, candidates })).toEqual(["test-in-candidates"]);
  });
});

describe("cold splits", () => {
  test.each(["item", "user"] as const)("hold out whole %ss, each in one part", (side) => {
    const split = coldSplit(many, side, { test: 0.2, validation: 0.1, seed: 3 });
    const idsOf = (part: Interactions | undefined) => new Set([...(part ?? [])].map((entry) => entry[side]));
    const [train, validation, tested] = [split.train, split.validation, split.test].map(idsOf);
    expect(all(split)).toEqual(rowsOf(many).sort());
    for (const id of tested ?? []) expect(train?.has(id) || validation?.has(id)).toBe(false);
    for (const id of validation ?? []) expect(train?.has(id)).toBe(false);
    expect(tested?.size).toBe(side === "item" ? 8 : 12);
    expect(validation?.size).toBe(side === "item" ? 4 : 6);
    expect(coldSplit(many, side, { test: 0.2, validation: 0.1, seed: 4 }).test).not.toEqual(split.test);
    expect(checkLeakage(split)).toEqual([]);
  });

  test("new items are ranked among new ones: candidates are those that did not happen", () => {
    const { test: tested, train, candidates } = coldSplit(many, "item", { seed: 3 });
    const cold = new Set(tested.byUser.items);
    const { offsets = new Int32Array(0), items = new Int32Array(0) } = candidates ?? {};
    for (let user = 0; user < many.users.size; user++) {
      const own = tested.itemsOf(user);
      const row = [...items.subarray(offsets[user], offsets[user + 1])];
      expect(row).toHaveLength(own.length > 0 ? cold.size - own.length : 0);
      for (const item of row) expect(cold.has(item) && !tested.has(user, item) && !train.has(user, item)).toBe(true);
    }
  });

  test.each(["item", "user"] as const)(
    "by date hold out those %ss that appeared last, and what has no time came first",
    (side) => {
      const split = coldSplit(many, side, { test: 0.2, validation: 0.1, seed: 3, by: "date" });
      expect(all(split)).toEqual(rowsOf(many).sort());
      const first = new Map<number, number>();
      for (const entry of many)
        first.set(entry[side], Math.min(first.get(entry[side]) ?? Number.POSITIVE_INFINITY, entry.time));
      const order = [...first].sort(([a, x], [b, y]) => y - x || b - a).map(([id]) => id);
      const idsOf = (part: Interactions | undefined) =>
        [...new Set([...(part ?? [])].map((entry) => entry[side]))].sort();
      const [tests, held] = [Math.round(order.length * 0.2), Math.round(order.length * 0.3)];
      expect(idsOf(split.test)).toEqual(order.slice(0, tests).sort());
      expect(idsOf(split.validation)).toEqual(order.slice(tests, held).sort());
      expect(split).toMatchObject({ kind: `cold-${side}`, seed: 0, warnings: [] });
      const latest = (side === "item" ? many.items : many.users).id(order[0] as number);
      const untimed = interactionsOf(
        manyRows.map((row) => (row.split(" ").includes(latest) ? row.replace(/\d+$/, "-") : row)),
      );
      expect(idsOf(coldSplit(untimed, side, { test: 0.2, by: "date" }).test)).toEqual(order.slice(1, tests + 1).sort());
    },
  );

  test.each(["draw", "date"] as const)("of both test new users with new items, and train on neither (%s)", (by) => {
    const options = { test: 0.3, validation: 0.2, seed: 3, by };
    const split = coldSplit(many, "both", options);
    const [ofItems, ofUsers] = (["item", "user"] as const).map((side) => coldSplit(many, side, options));
    const ids = (part: Interactions | undefined, side: "item" | "user") =>
      new Set([...(part ?? [])].map((entry) => entry[side]));
    for (const part of ["test", "validation", "train"] as const) {
      const [items, users] = [ids(ofItems?.[part], "item"), ids(ofUsers?.[part], "user")];
      const right = rowsOf(many.filter(({ user, item }) => items.has(item) && users.has(user)));
      expect(right.length).toBeGreaterThan(0);
      expect(rowsOf(split[part] as Interactions).sort()).toEqual(right.sort());
    }
    const left = many.size - split.train.size - split.test.size - (split.validation?.size ?? 0);
    expect(split.warnings).toEqual([{ code: "cold-mixed", message: expect.stringMatching(`^${left} interactions`) }]);
    const cold = new Set(split.test.byUser.items);
    for (const item of split.candidates?.items ?? []) expect(cold.has(item)).toBe(true);
    expect(checkLeakage(split)).toEqual([]);
  });

  test("put dislikes with the items, or users, or both that are held out", () => {
    const judged = interactionsOf(manyRows.map((row, i) => (i % 3 === 0 ? row.replace(" 1 ", " -1 ") : row)));
    for (const side of ["item", "user", "both"] as const) {
      const split = splitLikes(judged, (likes) => coldSplit(likes, side, { test: 0.3, validation: 0.2, seed: 3 }));
      const likedIn = (part: Interactions, of: "item" | "user") =>
        new Set([...part].filter(({ value }) => value > 0).map((entry) => entry[of]));
      for (const part of [split.train, split.test, split.validation as Interactions])
        for (const entry of [...part].filter(({ value }) => value < 0))
          for (const of of side === "both" ? (["item", "user"] as const) : [side])
            if (part !== split.train) expect(likedIn(part, of).has(entry[of])).toBe(true);
    }
  });

  test("by date need times", async () => {
    const untimed = interactionsOf(manyRows.map((row) => row.replace(/ \d+$/, "")));
    await coded("DATA_SPLIT", () => coldSplit(untimed, "item", { by: "date" }));
    await coded("CONFIG_VALUE", () => coldSplit(many, "item", { by: "size" as never }));
  });

  test("refuse shares that leave nothing to train on", async () => {
    await coded("CONFIG_VALUE", () => coldSplit(many, "item", { test: 1 }));
    await coded("DATA_SPLIT", () => coldSplit(many, "item", { test: 0.001 }));
  });
});
