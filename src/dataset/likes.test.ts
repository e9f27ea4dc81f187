import { describe, expect, test } from "vitest";
import { interactionsOf, rowsOf } from "../../test/support/interactions.ts";
import type { Interactions } from "./interactions.ts";
import { judge, splitLikes } from "./likes.ts";
import { coldSplit } from "./split/cold.ts";
import { leaveLastOut } from "./split/leave-last-out.ts";
import { noSplit } from "./split/none.ts";
import { ratioSplit } from "./split/ratio.ts";
import type { Split } from "./split/split.ts";
import { timeSplit } from "./split/time.ts";

const rated = interactionsOf(["a x 5 1", "a y 2 2", "a z 3 3", "b x -1 1", "b y 4 2"]);

describe("judge", () => {
  test("values below 0 are dislikes, all others likes with their values", () => {
    expect(rowsOf(judge(rated, {}))).toEqual(rowsOf(rated));
    expect(rowsOf(judge(rated, { dislikesBelow: 3 }))).toEqual([
      "a x 5 1",
      "a y -1 2",
      "a z 3 3",
      "b x -1 1",
      "b y 4 2",
    ]);
  });

  test("with a threshold likes count as 1, and what is neither is left out", () => {
    expect(rowsOf(judge(rated, { likesFrom: 4 }))).toEqual(["a x 1 1", "b x -1 1", "b y 1 2"]);
    expect(rowsOf(judge(rated, { likesFrom: 4, dislikesBelow: 3 }))).toEqual([
      ...["a x 1 1", "a y -1 2", "b x -1 1", "b y 1 2"],
    ]);
    expect(rowsOf(judge(rated, { likesFrom: -2 }))).toEqual(["a x 1 1", "a y 1 2", "a z 1 3", "b x 1 1", "b y 1 2"]);
  });

  test("without values, or with nothing disliked, it is the threshold alone", () => {
    const plain = interactionsOf(["a x", "a y"]);
    expect(judge(plain, { dislikesBelow: 3 })).toBe(plain);
    expect(judge(interactionsOf(["a x 5 1", "a y 2 2"]), { likesFrom: 4 }).byUser.values).toBeUndefined();
  });
});

/** Users a and b with four likes in order of time, and dislikes d1 to d4 after the first, the second … of them. */
const judged = interactionsOf(
  ["a", "b"].flatMap((user) =>
    [1, 2, 3, 4].flatMap((n) => [`${user} i${n} 1 ${10 * n}`, `${user} d${user}${n} -1 ${10 * n + 1}`]),
  ),
);
const dislikesOf = (part: Interactions | undefined) => (part ? rowsOf(part) : []).filter((row) => row.includes(" -1 "));
const partsOf = ({ train, validation, test: tested }: Split) => [train, validation, tested].map(dislikesOf);

describe("splitLikes", () => {
  test("the last like is held out, and dislikes go with what was held out before them", () => {
    const split = splitLikes(judged, (likes) => leaveLastOut(likes, { validation: true }));
    expect(rowsOf(split.test).filter((row) => !row.includes("-1"))).toEqual(["a i4 1 40", "b i4 1 40"]);
    expect(partsOf(split)).toEqual([
      ["a da1 -1 11", "a da2 -1 21", "b db1 -1 11", "b db2 -1 21"],
      ["a da3 -1 31", "b db3 -1 31"],
      ["a da4 -1 41", "b db4 -1 41"],
    ]);
  });

  test("without a validation part, what came after belongs to the test", () => {
    expect(partsOf(splitLikes(judged, (likes) => leaveLastOut(likes)))[2]).toEqual(["a da4 -1 41", "b db4 -1 41"]);
  });

  test("a split by time cuts dislikes at the same instants", () => {
    const [train, validation, tested] = partsOf(
      splitLikes(judged, (likes) => timeSplit(likes, { test: 0.25, validation: 0.25 })),
    );
    expect([train?.length, validation?.length, tested?.length]).toEqual([4, 2, 2]);
  });

  test("whole items and users take their dislikes with them", () => {
    const many = interactionsOf(
      Array.from({ length: 20 }, (_, u) => [
        `u${u} i${u} 1 1`,
        `u${u} i${(u + 1) % 20} 1 1`,
        `u${u} i${(u + 2) % 20} -1 1`,
      ]).flat(),
    );
    for (const side of ["item", "user"] as const) {
      const split = splitLikes(many, (likes) => coldSplit(likes, side, { test: 0.2, seed: 3 }));
      const held = new Set([...split.test].map((entry) => entry[side]));
      expect(dislikesOf(split.test).length).toBeGreaterThan(0);
      for (const entry of split.train) expect(held.has(entry[side])).toBe(false);
    }
  });

  test("shares and no split leave them in training; no dislike is lost, and without any nothing changes", () => {
    for (const make of [
      (likes: Interactions) => ratioSplit(likes, { test: 0.3 }),
      (likes: Interactions) => noSplit({ interactions: likes }),
    ]) {
      expect(partsOf(splitLikes(judged, make)).map((part) => part.length)).toEqual([8, 0, 0]);
    }
    const likes = judged.filter(({ value }) => value > 0);
    expect(splitLikes(likes, (given) => leaveLastOut(given)).train.fingerprint()).toBe(
      leaveLastOut(likes).train.fingerprint(),
    );
  });
});
