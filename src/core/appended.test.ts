import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { appended, withRoom } from "./appended.ts";

describe("values and more behind them", () => {
  test("share memory while nobody else took the room, and what was given stays", () => {
    const first = appended(Float32Array.of(1, 2), [3]);
    const second = appended(first, [4, 5]);
    const other = appended(first, [6]);
    expect([first, second, other].map((each) => [...each])).toEqual([
      [1, 2, 3],
      [1, 2, 3, 4, 5],
      [1, 2, 3, 6],
    ]);
    expect(second.buffer).toBe(first.buffer);
    expect(other.buffer).not.toBe(first.buffer);
  });

  test("a view into the middle of another array is copied, not written over", () => {
    const all = Int32Array.of(1, 2, 3, 4);
    expect([...appended(all.subarray(1, 3), [9])]).toEqual([2, 3, 9]);
    expect([...all]).toEqual([1, 2, 3, 4]);
    const grown = appended(all, [5, 6]);
    expect([...appended(grown.subarray(2, 4), [7])]).toEqual([3, 4, 7]);
    expect([...grown]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("whatever is appended to whichever of them, each holds its own", () => {
    const step = fc.record({ to: fc.nat(30), more: fc.array(fc.integer(), { maxLength: 700 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const all: { readonly made: Int32Array; readonly right: readonly number[] }[] = [
          { made: Int32Array.of(1), right: [1] },
        ];
        for (const { to, more } of steps) {
          const { made, right } = all[to % all.length] as (typeof all)[number];
          all.push({ made: appended(made, more), right: [...right, ...more] });
        }
        for (const { made, right } of all) expect([...made]).toEqual(right);
      }),
    );
  });

  test("values that grow sixfold one by one are copied a few times, not five thousand", () => {
    let values = new Float32Array(1000);
    const buffers = new Set<ArrayBufferLike>();
    for (let n = 0; n < 5000; n++) {
      values = appended(values, [n]);
      buffers.add(values.buffer);
    }
    expect(buffers.size).toBeLessThan(10);
    expect([values.length, values[999], values[1000], values[5999]]).toEqual([6000, 0, 0, 4999]);
  });

  test("with room made before, not even the first that is appended copies them", async () => {
    const values = Float32Array.from({ length: 600_000 }, (_, i) => i);
    const roomy = await withRoom(values);
    expect(roomy).toEqual(values);
    const longer = appended(roomy, [7]);
    expect([longer.buffer === roomy.buffer, longer.length, longer[599_999], longer[600_000]]).toEqual([
      true,
      600_001,
      599_999,
      7,
    ]);
  });
});
