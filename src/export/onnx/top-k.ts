import { fail } from "../../core/errors.ts";
import { emit } from "./emit.ts";
import { int, OnnxGraph } from "./graph.ts";
import { finishModel, type OnnxOptions } from "./model.ts";
import type { Operand } from "./operators.ts";

export interface OnnxTopKOptions extends OnnxOptions {
  /** Length of the lists, 1 … items. Without it the model gets a third input, `k` int64[1], capped at the item count. */
  readonly k?: number;
}

/**
 * The retrieval model as an ONNX file: `user` int64[batch], `exclude` int64[batch, excluded] → `items` int64[batch, k] and
 * `scores` float[batch, k], the best items first, equal scores by lower item index (ONNX TopK defines that order). Row i of
 * `exclude` holds the items never listed for user i, such as those seen already; shorter rows are filled up with -1, and with
 * no columns nothing is left out. Places for which no item is left are -1 and -Infinity. What depends on items alone is
 * computed once per call, the rest needs memory for batch x items rows of the widest layer.
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
  const score = emit({
    graph,
    plan,
    parameters,
    inputs: { user: () => user, item: () => graph.range("items/all", items) },
    batchRows: () => pairs.users,
    lift: pairs.lift,
  });
  const table = graph.node("Reshape", [score, pairs.shape]);
  const ranked = graph.node("Add", [table, exclusion(graph, pairs.users, items)]);
  graph.nodeWithOutputs("TopK", [ranked, lengthOf(graph, k, items)], ["scores", "places"], {
    axis: int(-1),
    largest: int(1),
    sorted: int(1),
  });
  graph.node("Where", [graph.node("IsInf", ["scores"]), graph.ints(-1), "places"], {}, "items");
  graph.output(
    "items",
    "int64",
    ["batch", k ?? "k"],
    "item indices, best first; ties by lower index; -1 where none is left",
  );
  graph.output("scores", "float", ["batch", k ?? "k"], "their scores");
  return finishModel(graph, options, "The best items of each user.");
}

/** [batch, items]: 0, or -Infinity for what is left out. Fillers, -1, count from the end: they fall on a column of their own. */
function exclusion(graph: OnnxGraph, users: string, items: number): string {
  const exclude = graph.input(
    "exclude",
    "int64",
    ["batch", "excluded"],
    "items left out for each user, filled up with -1",
  );
  const shape = graph.node("Concat", [users, graph.ints(items + 1)], { axis: int(0) });
  const nothing = graph.node("ConstantOfShape", [shape]);
  const out = graph.node("Expand", [graph.scalar(Number.NEGATIVE_INFINITY), graph.node("Shape", [exclude])]);
  const marked = graph.node("ScatterElements", [nothing, exclude, out], { axis: int(1) });
  return graph.node("Slice", [marked, graph.ints(0), graph.ints(items), graph.ints(1)]);
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
