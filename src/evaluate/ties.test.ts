import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hash, permute } from "../core/random.ts";
import { choose } from "./choose.ts";
import { settleTies, standing } from "./ties.ts";

describe("standing", () => {
  test("counts the greater and the equal, not the target itself", () => {
    const { greater, equal } = standing([5, 3, 3, 7, 3, 1], [2, 0]);
    expect([...greater]).toEqual([2, 1]);
    expect([...equal]).toEqual([2, 0]);
  });
});

describe("settleTies", () => {
  const placesOf = (scores: readonly number[], targets: readonly number[], user = 0, seed = 1) => [
    ...settleTies(standing(scores, targets), Int32Array.from(targets), { user, seed }),
  ];
  const settle = (...question: Parameters<typeof placesOf>) => placesOf(...question).sort((a, b) => a - b);

  test("distinct scores give the places of the sorted list", () => {
    expect(settle([0.5, 0.9, 0.1, 0.7], [0, 3])).toEqual([1, 2]);
  });
  test("targets that tie with each other alone take the group's places", () => {
    expect(settle([1, 4, 4, 9], [2, 1])).toEqual([1, 2]);
  });
  test("each target gets its own place", () => {
    expect(placesOf([0.5, 0.9, 0.1, 0.7], [0, 3, 1])).toEqual([2, 1, 0]);
    expect(placesOf([1, 4, 4, 9, 0, 2], [4, 3, 5])).toEqual([5, 0, 3]);
  });
  test("of tied targets each gets each place equally often, in whatever order they are asked for", () => {
    let first = 0;
    for (let user = 0; user < 4000; user++) {
      const [a = -1, b = -1] = placesOf([7, 3, 3, 0], [1, 2], user);
      expect([a, b].sort()).toEqual([1, 2]);
      expect(placesOf([7, 3, 3, 0], [2, 1], user)).toEqual([b, a]);
      if (a < b) first++;
    }
    // 2000; five standard errors are 158.
    expect(Math.abs(first - 2000)).toBeLessThan(158);
  });
  test("a tie draws every place of its group equally often", () => {
    const counts = new Array<number>(6).fill(0);
    for (let user = 0; user < 6000; user++) {
      const [place = -1] = settle([9, 2, 2, 2, 2, 0], [3], user);
      counts[place] = (counts[place] ?? 0) + 1;
    }
    expect([counts[0], counts[5]]).toEqual([0, 0]);
    // 1500 each; five standard errors are 168.
    for (const count of counts.slice(1, 5)) expect(Math.abs(count - 1500)).toBeLessThan(168);
  });
  test("the same seed and user always give the same place, another seed another", () => {
    const constant = new Array<number>(1000).fill(0);
    expect(settle(constant, [4], 3, 8)).toEqual(settle(constant, [4], 3, 8));
    expect(settle(constant, [4], 3, 8)).not.toEqual(settle(constant, [4], 3, 9));
  });

  const cases = fc.record({
    scores: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 25 }),
    picks: fc.array(fc.nat(24), { minLength: 1, maxLength: 8 }),
    key: fc.nat(),
  });
  const targetsIn = (scores: readonly number[], picks: readonly number[]) => [
    ...new Set(picks.map((pick) => pick % scores.length)),
  ];

  test("places are ascending, distinct and inside the tie groups of their targets", () => {
    fc.assert(
      fc.property(cases, ({ scores, picks, key }) => {
        const targets = targetsIn(scores, picks);
        const places = settle(scores, targets, 0, key);
        expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
        const sorted = [...scores].sort((a, b) => b - a);
        const own = targets.map((target) => scores[target]).sort((a, b) => (b ?? 0) - (a ?? 0));
        expect(places.map((place) => sorted[place])).toEqual(own);
      }),
    );
  });
  test("the order in which candidates are listed plays no part", () => {
    fc.assert(
      fc.property(cases, ({ scores, picks, key }) => {
        const targets = targetsIn(scores, picks);
        const order = scores.map((_, i) => permute(i, scores.length, key));
        const shuffled = order.map((from) => scores[from] as number);
        const moved = targets.map((target) => order.indexOf(target));
        expect(settle(shuffled, moved)).toEqual(settle(scores, targets));
      }),
    );
  });
});

describe("choose", () => {
  test("gives distinct, ascending integers below n, and all of them where fewer exist", () => {
    fc.assert(
      fc.property(fc.nat(30), fc.nat(30), fc.nat(), (count, n, seed) => {
        const chosen = [...choose(count, n, (i) => hash(seed, i))];
        expect(chosen).toEqual([...new Set(chosen)].sort((a, b) => a - b));
        expect(chosen.length).toBe(Math.min(count, n));
        expect(chosen.every((value) => value >= 0 && value < n)).toBe(true);
      }),
    );
  });
  test("every subset is equally likely", () => {
    const seen = new Map<string, number>();
    for (let seed = 0; seed < 10_000; seed++) {
      const key = choose(2, 5, (i) => hash(seed, 77, i)).join();
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    expect(seen.size).toBe(10);
    // 1000 each; five standard errors are 150.
    for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
