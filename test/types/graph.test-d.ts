/** Types of `penchant/graph`: tensors know their element type. */
import { expectTypeOf, test } from "vitest";
import * as graph from "../../src/graph/index.ts";

declare const table: graph.Tensor<"f32">;
declare const ids: graph.Tensor<"i32">;

test("a tensor of numbers is not a tensor of ids", () => {
  expectTypeOf<graph.DType>().toEqualTypeOf<"f32" | "i32">();
  expectTypeOf(graph.input("user", "i32").dtype).toEqualTypeOf<"i32">();
  expectTypeOf(graph.gather(table, ids).dtype).toEqualTypeOf<"f32">();
  expectTypeOf(graph.param("user", [3, 2], { kind: "normal", stddev: 1 }).dtype).toEqualTypeOf<"f32">();
  // @ts-expect-error: rows are looked up by ids
  graph.gather(table, table);
  // @ts-expect-error: there is no such way to draw first values
  graph.param("user", [3, 2], { kind: "gaussian" });
  // @ts-expect-error: nor such a function
  graph.unary("cube", table);
});

test("a graph becomes a plan, a summary and pictures", () => {
  expectTypeOf(graph.lower).returns.toEqualTypeOf<graph.Plan>();
  expectTypeOf(graph.summary).returns.toEqualTypeOf<graph.Summary>();
  expectTypeOf(graph.mermaid).returns.toEqualTypeOf<string>();
  expectTypeOf(graph.diagram).returns.toEqualTypeOf<string>();
});
