import { expect, test } from "vitest";
import { type Form, misfit } from "./form.ts";

const form = {
  name: "string",
  sizes: ["count"],
  inner: { value: "number", "flag?": "boolean" },
  "any?": "object",
} as const;
const right = { name: "a", sizes: [0, 3], inner: { value: -0.5 }, more: null };

test("a value of the form has no misfit, whatever else it holds", () => {
  expect(misfit(right, form)).toBeUndefined();
  expect(misfit({ ...right, inner: { value: 1, flag: false }, any: {} }, form)).toBeUndefined();
});

test.each<[change: object, path: string, expected: string, received: string]>([
  [{ name: 1 }, "name", "a text", "1"],
  [{ name: undefined }, "name", "a text", "nothing"],
  [{ sizes: {} }, "sizes", "a list", "{}"],
  [{ sizes: [1, -1] }, "sizes[1]", "a whole number of at least 0", "-1"],
  [{ sizes: [0.5] }, "sizes[0]", "a whole number of at least 0", "0.5"],
  [{ inner: [] }, "inner", "an object", "[]"],
  [{ inner: { value: null } }, "inner.value", "a number", "null"],
  [{ inner: { value: 1, flag: 0 } }, "inner.flag", "true or false", "0"],
  [{ any: null }, "any", "an object", "null"],
])("%j is told by its place", (change, path, expected, received) => {
  expect(misfit({ ...right, ...change }, form)).toEqual({ path, expected, received });
});

test("what is inherited is not there, and what is no object at all is told", () => {
  expect(misfit({}, { constructor: "object" } as Form)).toMatchObject({ path: "constructor", received: "nothing" });
  expect(misfit(null, form)).toMatchObject({ path: "it", expected: "an object" });
  expect(misfit("x".repeat(100), "list")?.received).toHaveLength(61);
});
