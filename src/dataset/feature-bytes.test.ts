import { describe, expect, test } from "vitest";
import type { FeatureColumn } from "../features/index.ts";
import { decodeFeatures, encodeFeatures } from "./feature-bytes.ts";

const columns: readonly FeatureColumn[] = [
  { name: "title", kind: "text", why: "words", values: ["a\nb", '"]},"', null, "[", "]}", "{", "Zürich ☂"] },
  { name: "genres", kind: "multi", why: "lists", values: [["x", "y"], [], ["z"], null, ["]"], ["1,2"], null] },
  { name: "year", kind: "number", why: "numbers", values: [1, -2.5, null, 1e300, 0, 7, 8] },
  { name: "empty", kind: "none", why: "nothing", values: [] },
];
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

describe("features as bytes", () => {
  test.each([1, 5, 64, undefined])("in pieces of %s characters come back as they were", (longest) => {
    const bytes = encodeFeatures(columns, longest);
    expect(decodeFeatures([["items", bytes]])).toEqual({ items: columns });
    expect(JSON.parse(text(bytes))).toEqual(columns); // and are the JSON that readers of before read
  });
  test("are no line longer than a piece and the cell at its end", () => {
    const many = [{ name: "n", kind: "number", why: "numbers", values: Array(1000).fill(123_456) }] as const;
    const lines = text(encodeFeatures(many, 100)).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100 + "123456,".length);
    expect(lines.length).toBeGreaterThan(60);
  });
  test("of older data sets, one line of JSON, are read", () => {
    const bytes = new TextEncoder().encode(JSON.stringify(columns));
    expect(decodeFeatures([["users", bytes]])).toEqual({ users: columns });
  });
  test("of nothing are none", () => {
    expect(encodeFeatures(undefined)).toBeUndefined();
    expect(decodeFeatures([["users", undefined]])).toBeUndefined();
    expect(decodeFeatures([["items", encodeFeatures([])]])).toEqual({ items: [] });
  });
});
