import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { leastOfOne } from "./fair.ts";
import { fair, leastOfGroup } from "./index.ts";

const number = fc.integer({ min: -300, max: 300 }).map((value) => value / 100);
const lengths = fc.integer({ min: 1, max: 10 });

describe("fair", () => {
  // Table 2 of the paper: how many are needed among the first 1 … 12 at a significance of 0.1, without the correction
  test.each([
    [0.1, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    [0.3, [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2]],
    [0.5, [0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 4]],
    [0.7, [0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6]],
  ])("needs for a share of %f what the paper says", (share, expected) => {
    expect([...leastOfOne(12, share, 0.1)]).toEqual(expected);
  });

  test("corrected, a drawn list fails as often as the significance says, or less", () => {
    // all lists of 12 draws, each with its probability
    const least = leastOfGroup(12, 0.5, 0.1);
    const lists = Array.from({ length: 2 ** 12 }, (_, bits) => bits);
    const fails = lists.filter((bits) => {
      let count = 0;
      return Array.from(least).some((few, i) => {
        count += (bits >> i) & 1;
        return count < few;
      });
    });
    expect(fails.length / lists.length).toBeLessThanOrEqual(0.1);
    expect(fails.length / lists.length).toBeGreaterThan(0.03);
  });

  test("the list has so many everywhere, in order of score within and outside the group", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(number, fc.boolean()), { minLength: 1, maxLength: 40 }), lengths, (all, k) => {
        const [scores, isOfGroup] = [all.map(([score]) => score), all.map(([, of]) => of)];
        const list = [...fair(scores, isOfGroup, { k, share: 0.6 })];
        expect(new Set(list).size).toBe(Math.min(k, all.length));
        const size = isOfGroup.filter(Boolean).length;
        for (const [i, few] of leastOfGroup(k, 0.6, 0.1).entries()) {
          if (i >= list.length) break;
          expect(list.slice(0, i + 1).filter((place) => isOfGroup[place]).length).toBeGreaterThanOrEqual(
            Math.min(few, size),
          );
        }
        for (const of of [true, false]) {
          const own = list.filter((place) => isOfGroup[place] === of).map((place) => scores[place] as number);
          expect(own).toEqual(own.toSorted((a, b) => b - a));
        }
      }),
    );
  });
});
