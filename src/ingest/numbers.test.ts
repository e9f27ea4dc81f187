import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseNumber, timeUnit } from "./numbers.ts";

const number = (text: string): number | undefined => parseNumber(Buffer.from(text), 0, Buffer.byteLength(text));

describe("parseNumber", () => {
  test("agrees with Number on every finite double and every decimal", () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => number(String(x)) === x));
    fc.assert(fc.property(fc.tuple(fc.nat(), fc.nat()), ([a, b]) => number(`${a}.${b}`) === Number(`${a}.${b}`)));
  });

  test("agrees with Number on anything made of the characters of numbers", () => {
    const characters = fc.array(fc.constantFrom(..."0123456789..++--ee"), { minLength: 1, maxLength: 6 });
    const written = fc.oneof(
      characters.map((all) => all.join("")),
      fc.constantFrom("1..5", ".5", "5.", "..", "1.5.", "-.5", "+-1"),
    );
    fc.assert(
      fc.property(written, (text) => {
        const expected = Number(text);
        const isInfinite = Math.abs(expected) === Number.POSITIVE_INFINITY;
        expect(number(text), text).toBe(isInfinite ? Number.POSITIVE_INFINITY : expected);
      }),
      { numRuns: 5000 },
    );
  });

  test("ignores spaces around a number", () => expect(number(" \t-4.5 ")).toBe(-4.5));

  test("answers Infinity for what is not finite", () => {
    for (const text of ["NaN", "nan", "inf", "-Infinity", "1e400", "-1e999"])
      expect(number(text)).toBe(Number.POSITIVE_INFINITY);
  });

  test("answers NaN for what is no number", () => {
    for (const text of ["abc", "1_000", "0x10", "--1", "1.2.3", ".", "-", "1,234", "five"])
      expect(number(text)).toBeNaN();
  });

  test("answers undefined for an empty cell and for the words that databases write there", () => {
    for (const text of ["", "  ", "NULL", "\\N", "NA"]) expect(number(text)).toBeUndefined();
  });

  test("understands a decimal comma", () => expect(number("3,5")).toBe(3.5));
});

describe("timeUnit", () => {
  test("tells the unit by magnitude", () => {
    const now = 1.7e9;
    expect([now, now * 1e3, now * 1e6, now * 1e9].map(timeUnit)).toEqual([
      "seconds",
      "milliseconds",
      "microseconds",
      "nanoseconds",
    ]);
    expect([0, -5, 17].map(timeUnit)).toEqual(["seconds", "seconds", "seconds"]);
  });
});
