import { expect, test } from "vitest";
import { referenceEngine as engine } from "../engine/reference/index.ts";
import * as ops from "../graph/ops.ts";
import { lower } from "../graph/plan.ts";
import { narrowed } from "./tables.ts";

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
