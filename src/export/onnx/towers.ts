import { fail } from "../../core/errors.ts";
import type { FittedFeatures } from "../../features/index.ts";
import { rowsByFeatures } from "../../graph/item-rows.ts";
import { CONTEXT, dataName, USER_FEATURES } from "../../graph/named.ts";
import type { Plan } from "../../graph/plan.ts";
import { scoreProduct } from "../../graph/score-product.ts";
import { type Emission, emit } from "./emit.ts";
import { int, OnnxGraph, rowCount } from "./graph.ts";
import { finishModel, type OnnxOptions } from "./model.ts";
import type { Operand } from "./operators.ts";

export interface OnnxTowersOptions extends OnnxOptions {
  /** How tables are made of features of items, for those that are new. */
  readonly itemTables?: Plan | undefined;
  readonly features?: { readonly [S in "users" | "items" | "context"]?: FittedFeatures | undefined } | undefined;
}

/** The two sides of a score that is an inner product: see `exportTowers`. */
export function toOnnxTowers(options: OnnxTowersOptions): { readonly user: Uint8Array; readonly item: Uint8Array } {
  const sides = scoreProduct(options.plan);
  if (!sides) {
    return fail("ARTIFACT_EXPORT", {
      what: "The score is no inner product of something of the user and something of the item",
      expected: "a model of two sides, such as two-tower, lightgcn or bpr-mf",
      received: options.name,
      fix: "Export it without towers.",
    });
  }
  return { user: userTower(options, sides.user), item: itemTower(options, sides.item) };
}

function userTower({ features, ...options }: OnnxTowersOptions, plan: Plan): Uint8Array {
  const graph = new OnnxGraph();
  const reads = (matrix: string) => plan.instructions.some((x) => dataName(x) === matrix);
  const user = readsIds(plan)
    ? graph.input("user", "int64", ["batch"], `user indices, 0 to ${options.users - 1}; -1: somebody new`)
    : undefined;
  const past = `item indices, 0 to ${options.items - 1}, each once; filled up with -1`;
  const history = reads("history") ? graph.input("history", "int64", ["batch", "events"], past) : undefined;
  const known = reads(USER_FEATURES) ? featuresInput(graph, features?.users) : undefined;
  const event = reads(CONTEXT) ? featuresInput(graph, features?.context, "context") : undefined;
  const product = (rows: string) => (table: Operand) => graph.node("MatMul", [rows, table.name]);
  const sum = (table: Operand) =>
    graph.node("ReduceSum", [withNobody(graph, table, history as string), graph.ints(1)], { keepdims: int(0) });
  const sums: Emission["sums"] = {
    ...(history && { history: sum }),
    ...(known && { [USER_FEATURES]: product(known) }),
    ...(event && { [CONTEXT]: product(event) }),
  };
  const vector = emit({
    ...{ graph, plan, parameters: options.parameters, sums },
    inputs: { user: () => user ?? "" }, // histories and features are rows already
    batchRows: rowCount(graph, user ?? history ?? known ?? event ?? ""),
    rows: (table, _, by) => withNobody(graph, table, by.name),
  });
  return finished(graph, vector, "Vectors of users.", options, {
    features: features?.users,
    ...(event && { context: features?.context }),
  });
}

function itemTower({ features, itemTables, ...options }: OnnxTowersOptions, plan: Plan): Uint8Array {
  const { parameters, items } = options;
  const graph = new OnnxGraph();
  const unmet = `-1: one that the run has not met${itemTables ? ", known by its features" : ""}`;
  const item = graph.input("item", "int64", ["batch"], `item indices, 0 to ${items - 1}; ${unmet}`);
  const known = itemTables && featuresInput(graph, features?.items);
  const batchRows = rowCount(graph, item);
  const newRows = itemTables && rowsByFeatures(itemTables, items);
  const rows: Emission["rows"] = (table, parameter, by) => {
    const own = withNobody(graph, table, by.name);
    if (!newRows || !known || newRows.outputs[parameter] === undefined) return own;
    const made = emit({ graph, plan: newRows, parameters, inputs: { features: () => known }, batchRows }, parameter);
    const isNew = graph.node("Cast", [graph.node("Less", [by.name, graph.ints(0)])], { to: int(FLOAT) });
    return graph.node("Add", [own, graph.node("Mul", [made, graph.node("Unsqueeze", [isNew, graph.ints(-1)])])]);
  };
  const vector = emit({ graph, plan, parameters, inputs: { item: () => item }, batchRows, rows }, "vector");
  return finished(graph, vector, "Vectors of items.", options, { features: known ? features?.items : undefined });
}

function finished(
  graph: OnnxGraph,
  vector: string,
  doc: string,
  options: OnnxOptions,
  fitted: Readonly<Record<string, FittedFeatures | undefined>>,
): Uint8Array {
  graph.node("Identity", [vector], {}, "vector");
  graph.output("vector", "float", ["batch", "width"], "the inner product of a user's and an item's is the score");
  const said = Object.entries(fitted).flatMap(([name, each]) =>
    each ? [[`penchant.${name}`, JSON.stringify(each)] as const] : [],
  );
  return finishModel(graph, { ...options, metadata: { ...options.metadata, ...Object.fromEntries(said) } }, doc);
}

/** Whether users have rows of their own, and not histories and features alone. */
function readsIds({ instructions }: Plan): boolean {
  const isUser = (slot: number) => instructions[slot]?.op === "input";
  return instructions.some(({ op, inputs }) => op !== "bag" && inputs.some(isUser));
}

const featuresInput = (graph: OnnxGraph, fitted: FittedFeatures | undefined, name = "features"): string =>
  graph.input(name, "float", ["batch", fitted?.width ?? "columns"], `see penchant.${name} in the metadata`);

/** The type of floats in ONNX. */
const FLOAT = 1;

/** Rows of a table by ids of which -1 is nothing: a row of zeros. */
function withNobody(graph: OnnxGraph, { name, shape }: Operand, ids: string): string {
  const width = shape[1] as number;
  const nothing = graph.weights(`const/0 x ${width}`, [1, width], new Float32Array(width));
  // Gather counts -1 from the end.
  return graph.node("Gather", [graph.node("Concat", [name, nothing], { axis: int(0) }), ids], { axis: int(0) });
}
