import { describe, expect, test } from "vitest";
import { referenceEngine as engine } from "../engine/reference/index.ts";
import * as ops from "../graph/ops.ts";
import { lower } from "../graph/plan.ts";
import { matricesBy, narrowed, tablesReadBy, userSides } from "./tables.ts";

const [items, columns] = [5, 3];
const item = ops.input("item", "i32");
const features = ops.data("itemFeatures", items, columns);
const table = ops.param("table", [items, columns], { kind: "zeros" });
const projection = ops.param("projection", [columns, columns], { kind: "zeros" });
/** Item i has i + 1 in column i % 3. */
const data = {
  itemFeatures: {
    offsets: Int32Array.from({ length: items + 1 }, (_, i) => i),
    items: Int32Array.from({ length: items }, (_, i) => i % columns),
    values: Float32Array.from({ length: items }, (_, i) => i + 1),
  },
};
const parameters = {
  table: Float32Array.from({ length: items * columns }, (_, i) => i / 10),
  projection: Float32Array.of(1, 0, 2, 0, 3, 0, -1, 0, 1),
};

test.each([
  ["as they are", ops.denseRows(features, item)],
  ["in a bag", ops.bag(projection, features, item)],
  ["as a table of their own", ops.add(ops.denseRows(features, item), ops.gather(table, item))],
])("rows of features, %s: a few items have what they have among all", async (_, vector) => {
  const plan = lower({ vector });
  const all = await engine.evaluate(
    plan,
    parameters,
    { item: Int32Array.from({ length: items }, (_, i) => i) },
    0,
    data,
  );
  const few = Int32Array.of(4, 1);
  const own = narrowed(plan, parameters, "item", few, data);
  const found = await engine.evaluate(own.plan, own.parameters, { item: Int32Array.of(0, 1) }, 0, own.data);
  const expected = Array.from(few, (row) => [...(all["vector"]?.slice(row * columns, (row + 1) * columns) ?? [])]);
  expect([...(found["vector"] ?? [])]).toEqual(expected.flat());
});

const user = ops.input("user", "i32");
const zeros = { kind: "zeros" } as const;
const matrix = (name: string) => ops.data(name, items, columns);
const rows = ops.param("rows", [columns, columns], zeros);
const crossed = (left: string, right: string, by: typeof user, from: typeof user) =>
  ops.crossBag(
    ops.param("crosses", [11, 2], zeros),
    { matrix: matrix(left), ids: by },
    { matrix: matrix(right), ids: from },
    1,
  );

describe("data matrices by who picks their rows", () => {
  const plan = lower({
    a: ops.denseRows(matrix("dense of items"), item),
    b: ops.denseRows(matrix("dense of users"), user),
    c: ops.bag(rows, matrix("bag of items"), item),
    d: ops.bag(rows, matrix("bag of users"), user),
    e: crossed("left of items", "right of users", item, user),
    f: ops.crossAttention(ops.gather(rows, item), rows, rows, matrix("attended by items"), item),
    g: ops.crossAttention(
      ops.gather(rows, item),
      ops.param("keys", [items, columns], zeros),
      matrix("values"),
      ops.data("attended by users", 4, items),
      user,
    ),
    h: ops.spmm(matrix("of nobody"), rows),
  } as never);
  test("are those of rows, bags, crosses and attention; what is a table of values is not", () => {
    expect(matricesBy(plan, "item").sort()).toEqual([
      "attended by items",
      "bag of items",
      "dense of items",
      "left of items",
    ]);
    expect(matricesBy(plan, "user").sort()).toEqual([
      "attended by users",
      "bag of users",
      "dense of users",
      "right of users",
    ]);
  });
  test("have users as columns where what they add up are rows of users", () => {
    const people = ops.param("people", [columns, 2], zeros);
    const sides = userSides(
      lower({
        a: ops.bag(people, matrix("neighbours"), item),
        b: ops.bag(rows, matrix("others"), item),
        c: ops.bag(matrix("history") as never, ops.data("about", 2, items), user),
      }),
      ["people"],
    );
    expect([...sides.columns].sort()).toEqual(["about", "neighbours"]);
    expect(sides.rows.has("about")).toBe(true);
    expect(sides.rows.has("neighbours")).toBe(false);
  });
});

test("tables of which one row is read are those that nothing else reads", () => {
  const plan = lower({
    own: ops.gather(ops.param("own", [items, 2], zeros), item),
    whole: ops.matmul(ops.gather(ops.param("whole", [items, 2], zeros), item), ops.param("w", [2, 2], zeros)),
    of: ops.gather(ops.param("users", [4, 2], zeros), user),
  });
  expect(tablesReadBy(plan, "item").sort()).toEqual(["own", "whole"]);
  expect(tablesReadBy(plan, "user")).toEqual(["users"]);
  const read = ops.param("read", [items, items], zeros);
  const both = lower({ a: ops.gather(read, item), b: ops.matmul(read, read) });
  expect(tablesReadBy(both, "item")).toEqual([]);
  const given = lower({ a: ops.gather(read, item), b: read });
  expect(tablesReadBy(given, "item")).toEqual([]);
});
