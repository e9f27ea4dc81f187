import { fail } from "../../core/errors.ts";
import { emitScore } from "./emit.ts";
import { int, OnnxGraph } from "./graph.ts";
import { finishModel, type OnnxOptions } from "./model.ts";
import type { Operand } from "./operators.ts";

export interface OnnxTopKOptions extends OnnxOptions {
  /** Length of the lists, 1 … items. Without it the model gets a third input, `k` int64[1], capped at the item count. */
  readonly k?: number;
}

/**
 * The retrieval model as an ONNX file: `user` int64[batch] → `items` int64[batch, k] and `scores` float[batch, k], the best
 * items first, equal scores by lower item index (ONNX TopK defines that order). Every item is ranked: to leave out what a
 * user has already seen, ask for that many more and drop them. What depends on items alone is computed once per call, the
 * rest needs memory for batch x items rows of the widest layer.
 * Throws CONFIG_VALUE for a k out of range, else as `toOnnx`.
 */
export function toOnnxTopK(options: OnnxTopKOptions): Uint8Array {
  const { plan, parameters, users, items, k } = options;
  if (k !== undefined && !(Number.isInteger(k) && k >= 1 && k <= items)) {
    fail("CONFIG_VALUE", { what: "k is out of range", expected: `an integer from 1 to ${items}`, received: String(k) });
  }
  const graph = new OnnxGraph();
  const user = graph.input("user", "int64", ["batch"], `user indices, 0 to ${users - 1}`);
  const pairs = crossJoin(graph, user, items);
  const score = emitScore({
    graph,
    plan,
    parameters,
    inputs: { user: () => user, item: () => graph.range("items/all", items) },
    batchRows: () => pairs.users,
    lift: pairs.lift,
  });
  const table = graph.node("Reshape", [score, pairs.shape]);
  graph.nodeWithOutputs("TopK", [table, lengthOf(graph, k, items)], ["scores", "items"], {
    axis: int(-1),
    largest: int(1),
    sorted: int(1),
  });
  graph.output("items", "int64", ["batch", k ?? "k"], "item indices, best first; ties by lower index");
  graph.output("scores", "float", ["batch", k ?? "k"], "their scores");
  return finishModel(graph, options, "The best items of each user.");
}

function lengthOf(graph: OnnxGraph, k: number | undefined, items: number): string {
  if (k !== undefined) return graph.ints(k);
  return graph.node("Min", [graph.input("k", "int64", [1], "length of the lists"), graph.ints(items)]);
}

/** All pairs of a batch of users with every item, user by user: row r is user r / items (rounded down), item r % items. */
function crossJoin(graph: OnnxGraph, user: string, items: number) {
  const users = graph.node("Shape", [user]);
  const itemCount = graph.node("Squeeze", [graph.ints(items)]);
  const count = graph.node("Mul", [graph.node("Squeeze", [users]), itemCount]);
  const zero = graph.node("Squeeze", [graph.ints(0)]);
  const one = graph.node("Squeeze", [graph.ints(1)]);
  const rows = graph.node("Range", [zero, count, one]);
  const rowOf = { user: graph.node("Div", [rows, itemCount]), item: graph.node("Mod", [rows, itemCount]) };
  return {
    users,
    shape: graph.node("Concat", [users, graph.ints(items)], { axis: int(0) }),
    lift: ({ name }: Operand, from: "user" | "item") => graph.node("Gather", [name, rowOf[from]], { axis: int(0) }),
  };
}
