import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cellText, parseObject, valueAt } from "./json-text.ts";

const whole = fc.stringMatching(/^-?(0|[1-9]\d{0,20})$/);
const fraction = fc.option(fc.stringMatching(/^\.\d{1,18}$/), { nil: "" });
const exponent = fc.option(fc.stringMatching(/^[eE][+-]?\d{1,2}$/), { nil: "", freq: 4 });
const numbers = fc.tuple(whole, fraction, exponent).map((parts) => parts.join(""));

describe("numbers of JSON as text", () => {
  test("any number that JSON allows comes back as it is written", () => {
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 1, maxLength: 4 }), (texts) => {
        const record = parseObject(`{${texts.map((text, i) => `"${i}": ${text}`).join(", ")}}`) ?? {};
        expect(texts.map((_, i) => cellText(record[i]))).toEqual(texts);
      }),
      { numRuns: 2000 },
    );
  });
  test.each([
    "0",
    "-0",
    "10",
    "-0.5",
    "1.0",
    "100.50",
    "1e3",
    "123456789012345",
    "1234567890123456",
    "9007199254740993",
  ])("%s comes back as it is written", (text) => expect(cellText(parseObject(`{"id":${text}}`)?.["id"])).toBe(text));
  test("what looks like a number in a string is left as it is", () => {
    expect(parseObject('{"a": "1.50 \\"2.0\\" -0 1e5", "b": 1.50}')).toEqual({ a: '1.50 "2.0" -0 1e5', b: "1.50" });
  });
});

test("the value at a path is one that the object has itself", () => {
  const record = parseObject('{"a": {"b": 1, "c.d": 2}, "a.b": null, "e": {"f": {"g": true}}}') ?? {};
  expect(valueAt(record, ["a", "b"])).toBeNull();
  expect(valueAt(record, ["a", "c", "d"])).toBe(2);
  expect(valueAt(record, ["e", "f", "g"])).toBe(true);
  for (const name of ["constructor", "toString", "__proto__"]) {
    expect(valueAt(record, [name])).toBeUndefined();
    expect(valueAt(record, ["e", name])).toBeUndefined();
  }
  expect(valueAt(parseObject('{"__proto__": {"x": 7}, "constructor": "c"}') ?? {}, ["__proto__", "x"])).toBe(7);
  expect(valueAt(parseObject('{"constructor": "c"}') ?? {}, ["constructor"])).toBe("c");
});
