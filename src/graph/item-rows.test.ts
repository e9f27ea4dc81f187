import { describe, expect, test } from "vitest";
import { itemRows, namesOf, rowsByFeatures, withItemCount } from "./item-rows.ts";
import { ITEM_FEATURES } from "./named.ts";
import * as ops from "./ops.ts";
import { lower, type Plan } from "./plan.ts";

const ITEMS = 7;
const zeros = { kind: "zeros" } as const;
const item = ops.input("item", "i32");
const table = (name: string, rows: number, width: number) => ops.param(name, [rows, width], zeros);
const rowsOf = (plan: Plan) =>
  [...itemRows(plan, ITEMS)].sort((a, b) => a - b).map((slot) => plan.instructions[slot]?.op);
const parameters = (plan: Plan) => namesOf(plan, itemRows(plan, ITEMS));

describe("values with a row for each item", () => {
  test("are what rows of ids are looked up in, and what those are made of", () => {
    // the kernel has as many rows as there are items, and yet none of an item
    const kernel = table("kernel", ITEMS, ITEMS);
    const made = ops.unary("tanh", ops.matmul(table("ids", ITEMS, ITEMS), kernel));
    const plan = lower({ score: ops.sumLast(ops.gather(made, item)) });
    expect(parameters(plan)).toEqual(["ids"]);
    expect(rowsOf(plan)).toEqual(["param", "matmul", "unary"]);
  });

  test("are features of items, and what is made of them", () => {
    const features = ops.data(ITEM_FEATURES, ITEMS, 5);
    const made = ops.spmm(features, table("kernel", 5, 3));
    const wide = ops.matmul(made, table("second", 3, 2));
    const plan = lower({ vectors: ops.add(wide, ops.param("bias", [2], zeros)) });
    expect(rowsOf(plan)).toEqual(["data", "spmm", "matmul", "add"]);
    expect(parameters(plan)).toEqual([]);
  });

  test("are not those of users, though there be as many", () => {
    const plan = lower({ score: ops.sumLast(ops.gather(table("users", ITEMS, 2), ops.input("user", "i32"))) });
    expect(parameters(plan)).toEqual([]);
  });

  test("grow with the items, and with them what is looked up", () => {
    const made = ops.matmul(table("ids", ITEMS, 4), table("kernel", 4, 2));
    const grown = withItemCount(lower({ score: ops.sumLast(ops.gather(made, item)) }), ITEMS, 9);
    expect(grown.instructions.map(({ op, shape }) => [op, shape])).toEqual([
      ["param", [9, 4]],
      ["param", [4, 2]],
      ["matmul", [9, 2]],
      ["input", ["batch"]],
      ["gather", ["batch", 2]],
      ["sumLast", ["batch"]],
    ]);
  });
});

describe("attention across a row of data", () => {
  const shapes = { query: ["batch", 3], keys: [4, 3], values: [4, 5] } as const;
  const attended = (change: Record<string, unknown>) => {
    const given: Record<string, unknown> = {
      query: ops.input("query", "f32", shapes.query),
      keys: table("keys", ...shapes.keys),
      values: table("values", ...shapes.values),
      matrix: ops.data("seen", 6, 4),
      ids: ops.input("user", "i32"),
      ...change,
    };
    const { query, keys, values, matrix, ids } = given as Record<string, never>;
    return ops.crossAttention(query as never, keys as never, values as never, matrix as never, ids as never);
  };

  test("has the width of the values", () => expect(attended({}).shape).toEqual(["batch", 5]));

  test.each([
    ["a query of another width", { query: ops.input("query", "f32", ["batch", 2]) }],
    ["a query that is no row", { query: ops.input("query", "f32", ["batch"]) }],
    ["keys that are too few", { keys: table("keys", 3, 3) }],
    ["values that are too few", { values: table("values", 3, 5) }],
    ["keys that are no table", { keys: ops.param("keys", [4], zeros) }],
    ["a matrix that is no data", { matrix: table("seen", 6, 4) }],
    ["ids that are numbers", { ids: ops.input("user", "f32") }],
  ] as [string, Record<string, unknown>][])("%s: GRAPH_SHAPE", (_, change) =>
    expect(() => attended(change)).toThrow(expect.objectContaining({ code: "GRAPH_SHAPE" })),
  );
});

describe("rows of items that a run has not met, by their features", () => {
  const features = ops.data(ITEM_FEATURES, ITEMS, 5);
  const made = ops.add(ops.spmm(features, table("kernel", 5, 3)), table("ids", ITEMS, 3));
  const near = ops.spmm(ops.data("neighbours", ITEMS, ITEMS), table("of neighbours", ITEMS, 3));
  const wide = ops.concat(made, ops.reshape(near, [ITEMS, 3]));
  const plan = rowsByFeatures(lower({ rows: ops.matmul(wide, table("out", 6, 2)) }), ITEMS);
  const listed = plan.instructions.map(({ op, shape, attrs }) => [
    op,
    shape.join(),
    (attrs as { name?: string })?.name,
  ]);

  test("read features as an input, and neither rows of ids nor neighbours", () => {
    const named = listed.flatMap(([op, shape, name]) => (name === undefined ? [] : [[op, shape, name]]));
    expect(named).toEqual([
      ["input", "batch,5", "features"],
      ["param", "5,3", "kernel"],
      ["param", "6,2", "out"],
    ]);
    expect(listed.filter(([op]) => op === "spmm" || op === "data")).toEqual([]);
  });
  test("are 0 in place of both, broadcast to a row of the batch each", () => {
    const zeros = plan.instructions.filter(({ op }) => op === "broadcastTo");
    expect(zeros.map(({ shape }) => shape)).toEqual([
      ["batch", 3],
      ["batch", 3],
    ]);
    for (const { inputs } of zeros)
      expect(plan.instructions[inputs[0] as number]).toMatchObject({ op: "constant", attrs: { value: 0 } });
    expect(listed.filter(([, shape]) => shape?.startsWith(`${ITEMS}`))).toEqual([]);
    expect(plan.instructions[plan.outputs["rows"] as number]?.shape).toEqual(["batch", 2]);
  });
});
