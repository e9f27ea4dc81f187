import fc from "fast-check";
import { expect, test } from "vitest";
import { hash, unit } from "../core/random.ts";
import { type Choice, solvePrices } from "./dual.ts";

/** People with candidates of whole values from 0 to 20, each of a group or not. */
const people = fc.array(
  fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.boolean()), { minLength: 2, maxLength: 5 }),
  { minLength: 1, maxLength: 4 },
);
const choiceOf = (list: readonly (readonly [number, boolean])[]): Choice => ({
  values: list.map(([value]) => value),
  amounts: list.map(([, isOf]) => Number(isOf)),
});

/** The best mean value of all choices of 2 each that keep a floor, by trying every one; undefined: none does. */
function bestOf(choices: readonly Choice[], floor: number): number | undefined {
  let sums: (readonly [value: number, group: number])[] = [[0, 0]];
  for (const { values, amounts } of choices) {
    const pairs = Array.from({ length: values.length }, (_, i) => i).flatMap((i) =>
      Array.from({ length: i }, (_, j) => [i, j] as const),
    );
    const at = (list: ArrayLike<number>, [i, j]: readonly [number, number]) => (list[i] ?? 0) + (list[j] ?? 0);
    sums = sums.flatMap(([value, group]) =>
      pairs.map((pair) => [value + at(values, pair), group + at(amounts, pair)] as const),
    );
  }
  const places = 2 * choices.length;
  const kept = sums.filter(([, group]) => group / places >= floor - 1e-9);
  return kept.length === 0 ? undefined : Math.max(...kept.map(([value]) => value)) / places;
}

test("what is found keeps the rule, and the best there is lies between its value and the bound", () => {
  fc.assert(
    fc.property(people, fc.integer({ min: 0, max: 4 }), (lists, quarter) => {
      const choices = lists.map(choiceOf);
      const best = bestOf(choices, quarter / 4);
      const solved = solvePrices(choices, [{ bound: quarter / 4, is: "least" }], 2);
      expect(solved.isMet).toBe(best !== undefined);
      if (best === undefined) return;
      expect(solved.value).toBeLessThanOrEqual(best + 1e-9);
      expect(solved.most).toBeGreaterThanOrEqual(best - 1e-6);
      expect(solved.reached[0]).toBeGreaterThanOrEqual(quarter / 4 - 1e-9);
    }),
    { numRuns: 200 },
  );
});

/** Many people of all tastes: what one list cannot take in halves, another one makes up for. */
const crowd = Array.from({ length: 400 }, (_, user): Choice => {
  const values = Array.from({ length: 20 }, (_, item) => unit(hash(1, user, item)));
  return { values, amounts: values.flatMap((_, item) => [Number(item % 4 === 0), Number(item % 5 === 1)]) };
});

test("of many people nothing is lost: floor and cap are kept, and the gap is small", () => {
  const bounds = [
    { bound: 0.5, is: "least" },
    { bound: 0.1, is: "most" },
  ] as const;
  const { prices, reached, value, most, isMet } = solvePrices(crowd, bounds, 5);
  expect(isMet).toBe(true);
  expect(reached[0]).toBeGreaterThanOrEqual(0.5);
  expect(reached[1]).toBeLessThanOrEqual(0.1);
  expect(prices.every((price) => price > 0)).toBe(true);
  expect((most - value) / most).toBeLessThan(0.001);
});

test("rules that bind nothing cost nothing", () => {
  const free = solvePrices(
    crowd,
    [
      { bound: 0, is: "least" },
      { bound: 1, is: "most" },
    ],
    5,
  );
  expect(free.prices).toEqual([0, 0]);
  expect(free.most).toBeCloseTo(free.value, 12);
});

test("rules that contradict each other are not met, and what comes nearest is told", () => {
  const bounds = [
    { bound: 0.9, is: "least" },
    { bound: 0.05, is: "most" },
  ] as const;
  const { isMet, reached } = solvePrices(crowd, bounds, 20);
  expect(isMet).toBe(false);
  expect(reached).toEqual([0.25, 0.2]); // everybody has all twenty
});
