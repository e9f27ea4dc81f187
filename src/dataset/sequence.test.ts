import { expect, test } from "vitest";
import { sequencesOf } from "./sequence.ts";

const rows = { offsets: Int32Array.of(0, 4, 4, 7), items: Int32Array.of(1, 3, 5, 8, 2, 4, 6) };

test("rows are put in order of time, unknown times first, equal ones in the order of the source", () => {
  const times = Float64Array.of(30, 10, 20, Number.NaN, 7, 7, 7);
  const order = Int32Array.of(0, 1, 2, 3, 9, 5, 7);
  expect([...sequencesOf({ ...rows, times, order }).items]).toEqual([8, 3, 5, 1, 4, 6, 2]);
  expect([...sequencesOf({ ...rows, times }).items]).toEqual([8, 3, 5, 1, 2, 4, 6]);
});

test("without times the order of the source decides, without that the number of the column", () => {
  expect([...sequencesOf({ ...rows, order: Int32Array.of(3, 2, 1, 0, 5, 4, 6) }).items]).toEqual([8, 5, 3, 1, 4, 2, 6]);
  expect(sequencesOf(rows).items).toEqual(rows.items);
});
