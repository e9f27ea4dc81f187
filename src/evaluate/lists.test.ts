import { describe, expect, test } from "vitest";
import { denseSource } from "../../test/support/dense-source.ts";
import { evaluateBeside } from "./beside.ts";
import { evaluateLists, fewItems } from "./lists.ts";
import type { Part } from "./types.ts";

const [USERS, ITEMS] = [40, 200];

const partOf = (item: (user: number) => number): Part => ({
  users: { size: USERS },
  items: { size: ITEMS },
  byUser: {
    offsets: Int32Array.from({ length: USERS + 1 }, (_, user) => user),
    items: Int32Array.from({ length: USERS }, (_, user) => item(user)),
  },
});
const train = partOf((user) => user);
const heldOut = partOf((user) => user + 50);

describe("few-items", () => {
  test.each([
    ["the same ten items for all", (_: number, item: number) => -item, ["few-items"]],
    ["items of one's own", (user: number, item: number) => -((item - 5 * user + 5 * ITEMS) % ITEMS), []],
  ])("%s", async (_, score, codes) => {
    const evaluation = await evaluateBeside(denseSource(ITEMS, score), {
      train,
      test: heldOut,
      seed: 1,
      protocols: ["full"],
    });
    expect(evaluation.warnings.map(({ code }) => code)).toEqual(codes);
  });

  test("says how many of how many", async () => {
    const lists = await evaluateLists(
      denseSource(ITEMS, (_, item) => -item),
      { train, k: 5 },
    );
    // The training items of some users stand in the way of the first five.
    expect(fewItems(lists, ITEMS)).toEqual([
      { code: "few-items", message: "The lists of 40 users show 6 of 200 items (3.0 %): a few items get all places." },
    ]);
  });

  test.each([
    [19, true],
    [20, false],
  ])("%s of 200 items are few: %s", (shown, few) => {
    const lists = { lists: 1000, k: 10, metrics: { "coverage@10": shown / 200 } };
    expect(fewItems(lists, 200).length > 0).toBe(few);
  });

  test("what two users could show is what counts where they are few", () => {
    const lists = { lists: 2, k: 10, metrics: { "coverage@10": 2 / 1000 } };
    expect(fewItems(lists, 1000)).toEqual([]);
  });
});
