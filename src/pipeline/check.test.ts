import Type from "typebox";
import { describe, expect, test } from "vitest";
import { checker } from "./check.ts";

const strict = { additionalProperties: false };
const Body = Type.Object(
  {
    ids: Type.Optional(Type.Array(Type.Union([Type.String(), Type.Integer()]), { maxItems: 3, description: "ids" })),
    rows: Type.Optional(Type.Array(Type.Object({ a: Type.Number() }, strict), { maxItems: 2 })),
    table: Type.Optional(Type.Record(Type.String(), Type.Number(), { maxProperties: 2 })),
    inner: Type.Optional(
      Type.Union([Type.String(), Type.Object({ b: Type.Array(Type.Number(), { maxItems: 1 }) }, strict)]),
    ),
  },
  strict,
);
const check = checker(Body, "body", "SERVE_REQUEST");

describe("the first fault is named, with what belongs there", () => {
  test.each([
    [{ ids: [1, "a", null] }, "ids.2 of the body does not fit"],
    [
      { ids: [1, 2, 3, 4] },
      "ids of the body does not fit: expected at most 3 entries; there are 4; received [1,2,3,4]",
    ],
    [
      { rows: [{ a: 1 }, { a: 2, c: 3 }] },
      "rows.1.c of the body does not fit: expected one of the fields a; received 3",
    ],
    [{ rows: [{}, {}, {}] }, "expected at most 2 entries; there are 3"],
    [{ table: { x: 1, y: 2, z: 3 } }, "table of the body does not fit: expected at most 2 fields; there are 3"],
    [{ table: { x: "1" } }, "table.x of the body does not fit"],
    [{ inner: { b: [1, 2] } }, "inner.b of the body does not fit: expected at most 1 entries; there are 2"],
    [{ inner: { c: 1 } }, "inner.c of the body does not fit: expected one of the fields b"],
    [
      { nothing: 1 },
      "nothing of the body does not fit: expected one of the fields ids, rows, table, inner; received 1",
    ],
    [[], "The body does not fit"],
    [null, "The body does not fit"],
  ])("%j", (value, message) => {
    expect(() => check(value)).toThrow(message);
  });
});

test("what fits passes", () => {
  for (const value of [{}, { ids: [1, "2", 3], rows: [{ a: 1 }], table: { x: 1 }, inner: { b: [1] } }]) check(value);
});

test("half a million entries are refused at once, and what is as deep as can be is shown cut", () => {
  const least = (work: () => unknown) =>
    Math.min(
      ...Array.from({ length: 9 }, () => {
        const start = performance.now();
        expect(work).toThrow("does not fit");
        return performance.now() - start;
      }),
    );
  expect(least(() => check({ ids: Array(500_000).fill(0) }))).toBeLessThan(20);
  expect(least(() => check({ rows: Array(500_000).fill({}) }))).toBeLessThan(20);
  const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`k${i}`, 1]));
  expect(() => check(many)).toThrow("k0 of the body does not fit");
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  expect(() => check({ ids: deep })).toThrow('received [[["…"]]]');
});
