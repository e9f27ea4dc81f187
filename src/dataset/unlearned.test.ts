import { describe, expect, test } from "vitest";
import type { Csr } from "../core/csr.ts";
import { below, hash } from "../core/random.ts";
import { unlearnedOf } from "./unlearned.ts";

type Row = Readonly<Record<number, number>>;

function csr(rows: readonly Row[], withValues = true): Csr {
  const offsets = new Int32Array(rows.length + 1);
  for (const [i, row] of rows.entries()) offsets[i + 1] = (offsets[i] ?? 0) + Object.keys(row).length;
  const items = Int32Array.from(rows.flatMap((row) => Object.keys(row).map(Number)));
  return {
    offsets,
    items,
    ...(withValues && { values: Float32Array.from(rows.flatMap((row) => Object.values(row))) }),
  };
}
const rowsOf = ({ offsets, items, values }: Csr): Row[] =>
  Array.from({ length: offsets.length - 1 }, (_, row) => {
    const [from, to] = [offsets[row] ?? 0, offsets[row + 1] ?? 0];
    return Object.fromEntries([...items.subarray(from, to)].map((item, i) => [item, values?.[from + i] ?? 1]));
  });

describe("what was not learned from", () => {
  test("is every entry of any part that was not, with its value", () => {
    const learned = csr([{ 1: 5, 4: 3 }, {}, { 0: 1 }]);
    const parts = [csr([{ 1: 5, 2: 2, 4: 3 }, { 7: 4 }, { 0: 1 }]), csr([{ 0: 1, 9: 4 }, {}, {}])];
    expect(rowsOf(unlearnedOf(learned, parts))).toEqual([{ 0: 1, 2: 2, 9: 4 }, { 7: 4 }, {}]);
  });
  test("has the value of the last part that has the item, 1 where that has none, and none where no part has any", () => {
    expect(rowsOf(unlearnedOf(csr([{}]), [csr([{ 3: 2 }]), csr([{ 3: 5 }])]))).toEqual([{ 3: 5 }]);
    expect(rowsOf(unlearnedOf(csr([{}]), [csr([{ 3: 2 }]), csr([{ 4: 9 }], false)]))).toEqual([{ 3: 2, 4: 1 }]);
    expect(unlearnedOf(csr([{}]), [csr([{ 3: 2 }], false)]).values).toBeUndefined();
  });
  test("agrees with sets on random rows", () => {
    const draw = (seed: number): Row[] =>
      Array.from({ length: 40 }, (_, row) =>
        Object.fromEntries(Array.from({ length: row % 13 }, (_, i) => [below(hash(seed, row, i), 30), seed])),
      );
    const [learned, a, b] = [draw(1), draw(2), draw(3)];
    const expected = learned.map((row, i) =>
      Object.fromEntries(Object.entries({ ...a[i], ...b[i] }).filter(([item]) => !(item in row))),
    );
    expect(rowsOf(unlearnedOf(csr(learned), [csr(a), csr(b)]))).toEqual(expected);
  });
});
