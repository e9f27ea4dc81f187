import { describe, expect, test } from "vitest";
import { parseFilter } from "./filter.ts";

const item = { genre: "drama", price: 12.5, stock: 2, tags: ["new", "long"], isOpen: true, "": 1 };
const passes = (text: string, user = {}): boolean => parseFilter(text).passes("film-1", item, user);

test.each([
  ['item.genre == "drama"', true],
  ['item.genre in ["drama", "crime"] && item.price < 20', true],
  ["item.price < 12.5", false],
  ["item.price <= 12.5", true],
  ["item.price > 12", true],
  ["item.stock == 2", true],
  ["item.stock * 2 == 4", true],
  ["2 * item.stock - 1 == 3", true],
  ["item.stock + 0.5 > 2", true],
  ['"new" in item.tags', true],
  ['item.tags.exists(tag, tag.startsWith("lo"))', true],
  ["size(item.tags) == 3", false],
  ["!item.isOpen || has(item.year)", false],
  ['id.endsWith("-1")', true],
  ["user.age >= 18", true],
])("%s: %j", (text, expected) => {
  expect(passes(text, { age: 18 })).toBe(expected);
});

test("what an item does not have does not pass, and is counted", () => {
  const filter = parseFilter("item.year > 2000");
  expect(filter.passes("film-1", item, {})).toBe(false);
  expect(filter.passes("film-2", { year: 2001 }, {})).toBe(true);
  expect(filter.failures).toEqual({ count: 1, first: expect.stringContaining("year") });
  expect(passes("!has(item.year)")).toBe(true);
});

test("nothing but what is known is reached", () => {
  for (const name of ["constructor", "__proto__", "toString"]) {
    expect(passes(`has(item.${name})`)).toBe(false);
    expect(passes(`item.${name} != "x"`)).toBe(false);
  }
});

test("says whether it looks at the person", () => {
  expect(parseFilter("item.price < user.budget").readsUser).toBe(true);
  expect(parseFilter('item.user == "user"').readsUser).toBe(false);
});

describe("refused", () => {
  const deep = `${"(".repeat(60)}true${")".repeat(60)}`;
  const long = Array.from({ length: 300 }, (_, i) => `item.a == ${i}`).join(" || ");
  const nested = "item.tags.exists(a, item.tags.exists(b, a == b))";
  test.each([
    "",
    "item.price <",
    "item.price = 3",
    "1 + 1",
    '"text"',
    "nobody == 1",
    'id.matches("(a+)+$")',
    nested,
    deep,
    long,
  ])("%s", (text) => {
    expect(() => parseFilter(text)).toThrowError(expect.objectContaining({ code: "CONFIG_FILTER" }));
  });
});
