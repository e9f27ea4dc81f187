import fc from "fast-check";
import { expect, test } from "vitest";
import { bestOf } from "./best.ts";

test("the best are those that sorting everything gives, equal ones by index", () => {
  const scores = fc.array(fc.constantFrom(-1, 0, 0.5, 2, Number.NEGATIVE_INFINITY), { maxLength: 30 });
  fc.assert(
    fc.property(scores, fc.integer({ min: 1, max: 35 }), fc.integer({ min: 1, max: 4 }), (list, k, step) => {
      const allowed = (item: number) => item % step !== 1;
      const sorted = [...list.keys()].filter(allowed).sort((a, b) => compare(list[b], list[a]) || a - b);
      const best = bestOf(Float32Array.from(list), k, allowed);
      expect([...best.items]).toEqual(sorted.slice(0, k));
      expect([...best.scores]).toEqual(sorted.slice(0, k).map((item) => list[item]));
    }),
  );
});

const compare = (a = 0, b = 0): number => (a === b ? 0 : a - b);

test("long lists are in the same order", () => {
  const scores = Float32Array.from({ length: 2000 }, (_, i) => (i * 7919) % 613);
  const long = bestOf(scores, 1000, (item) => item % 3 !== 0);
  const short = bestOf(scores, 500, (item) => item % 3 !== 0);
  expect([...long.items.subarray(0, 500)]).toEqual([...short.items]);
  expect(long.items).toHaveLength(1000);
});
