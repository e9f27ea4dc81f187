import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rowOf, stack } from "./csr.ts";
import { holds, nthMissing, union } from "./sorted.ts";

const sets = fc.uniqueArray(fc.nat(40), { maxLength: 20 }).map((set) => Int32Array.from(set).sort());

describe("sets as sorted rows", () => {
  test("nthMissing counts the integers that a set does not hold", () => {
    fc.assert(
      fc.property(sets, fc.nat(60), (set, r) => {
        const missing = Array.from({ length: 200 }, (_, i) => i).filter((i) => !set.includes(i));
        expect(nthMissing(set, r)).toBe(missing[r]);
      }),
    );
  });
  test("union merges, sorts and drops repetitions without touching its operands", () => {
    const unsorted = Int32Array.of(9, 2, 9);
    expect([...union(unsorted, Int32Array.of(4, 2))]).toEqual([2, 4, 9]);
    expect([...union(unsorted)]).toEqual([2, 9]);
    expect([...unsorted]).toEqual([9, 2, 9]);
    expect(union().length).toBe(0);
  });
  test("holds finds members alone", () => {
    fc.assert(
      fc.property(sets, fc.nat(45), (set, value) => {
        expect(holds(set, value)).toBe(set.includes(value));
      }),
    );
  });
  test("stacked rows read back", () => {
    const rows = stack([Int32Array.of(1, 5), Int32Array.of(), Int32Array.of(0)]);
    expect([0, 1, 2].map((row) => [...rowOf(rows, row)])).toEqual([[1, 5], [], [0]]);
  });
});
