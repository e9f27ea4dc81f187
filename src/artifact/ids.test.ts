import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeIds, encodeIds } from "./ids.ts";

const encode = (ids: readonly string[]) => Buffer.concat([...encodeIds(ids)]);
const roundTrip = (ids: readonly string[]) => decodeIds(encode(ids));

describe("ids", () => {
  test("any strings come back as they were", () => {
    const anyString = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }));
    fc.assert(
      fc.property(fc.uniqueArray(anyString, { maxLength: 30 }), (ids) => {
        expect(roundTrip(ids)).toEqual(ids);
      }),
    );
  });
  test("half a surrogate pair, a byte order mark and line breaks survive", () => {
    const ids = ["\ud83c", "\ufeff1", "a\nb", "a\r\nb", "\u2028", "\u0000", ""];
    expect(roundTrip(ids)).toEqual(ids);
  });
  test("a list longer than one chunk comes back", () => {
    const ids = Array.from({ length: 200_000 }, (_, i) => `${"long ".repeat(20)}${i}`);
    expect(encode(ids).length).toBeGreaterThan(1 << 24);
    expect(roundTrip(ids)).toEqual(ids);
  });
  test("one id is one line that people can read", () => {
    expect(encode(["007", "a\nb"]).toString()).toBe('"007"\n"a\\nb"\n');
  });
  test.each([
    ["no JSON", "abc\n"],
    ["a number", '"1"\n2\n'],
    ["two on one line", '"1" "2"\n'],
    ["no final line break", '"1"\n"2"'],
    ["the same twice", '"1"\n"1"\n'],
    ["an empty line", '"1"\n\n'],
  ])("%s is refused with ARTIFACT_CORRUPT", (_problem, text) => {
    expect(() => decodeIds(Buffer.from(text))).toThrow(expect.objectContaining({ code: "ARTIFACT_CORRUPT" }));
  });
  test("bytes that are not UTF-8 are refused with ARTIFACT_CORRUPT", () => {
    expect(() => decodeIds(Uint8Array.of(0x22, 0xff, 0x22, 0x0a))).toThrow(
      expect.objectContaining({ code: "ARTIFACT_CORRUPT" }),
    );
  });
});
