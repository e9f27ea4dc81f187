import type { Csr, DataMatrices } from "../../core/csr.ts";
import { fail } from "../../core/errors.ts";
import { CONTEXT, dataName, isIdOf, USER_FEATURES } from "../../graph/named.ts";
import type { Instruction, Plan } from "../../graph/plan.ts";
import { emit } from "./emit.ts";
import { paddedEntries } from "./entries.ts";
import { int, OnnxGraph, once, rowCount, string } from "./graph.ts";
import { finishModel, type OnnxOptions } from "./model.ts";
import type { Operand } from "./operators.ts";

export interface OnnxHistoriesOptions extends OnnxOptions {
  /** Data matrices that the score reads besides what the file takes as inputs, with `history`. */
  readonly data: DataMatrices;
}

/** A model that looks at what people did, as a file that is told it: see `exportHistories`. */
export function toOnnxHistories(options: OnnxHistoriesOptions): Uint8Array {
  const { plan, parameters, users, items, data } = options;
  const score = plan.instructions[plan.outputs["score"] ?? -1];
  const sums = summedBy(plan);
  const sequence = plan.instructions.find(({ op }) => op === "unroll") as Instruction<"unroll"> | undefined;
  const isAttending = plan.instructions.some(({ op }) => op === "crossAttention"); // refused by its op
  if (!sums.has("history") && !sequence && !isAttending) {
    return fail("ARTIFACT_EXPORT", {
      what: "The score does not look at what a user did",
      expected: "a model of histories, such as ease, mult-vae or sasrec",
      received: options.name,
      fix: "Export it without --histories (exportOnnx); where it compares people, as user-knn does, answer in Node.",
    });
  }
  for (const name of [USER_FEATURES, CONTEXT]) if (sums.has(name)) refuseFeatures(options.name);
  const graph = new OnnxGraph();
  const past = `item indices, 0 to ${items - 1}`;
  const row = (doc: string) => graph.input("history", "int64", ["batch", "events"], doc);
  const history = row(`${past}, ${sequence ? "the earliest first" : "each once"}; filled up with -1 at the end`);
  const user = readsRowsOfUsers(plan)
    ? graph.input("user", "int64", ["batch"], `user indices, 0 to ${users - 1}`)
    : undefined;
  const item = plan.instructions.some((one) => isIdOf("item", one))
    ? graph.input("item", "int64", ["batch"], past)
    : undefined;
  const batchRows = rowCount(graph, history);
  const counts = multiHot(graph, history, items, batchRows);
  const dense = denseMatrices(graph, data);
  const value = emit({
    ...{ graph, plan, parameters },
    inputs: { user: () => user ?? "", item: () => item ?? "" },
    batchRows,
    sums: { history: (table) => graph.node("MatMul", [counts(), table.name]) },
    matrices: dense,
    ...(sequence && { entries: paddedEntries(graph, history, sequence.attrs.newest) }),
  });
  const isRow = score?.shape.length === 2;
  const output = isRow ? "scores" : "score";
  graph.node("Identity", [value], {}, output);
  graph.output(
    output,
    "float",
    isRow ? ["batch", items] : ["batch"],
    `${isRow ? "scores of all items" : "score of each pair"}; higher is better`,
  );
  return finishModel(graph, options, "Scores of items for people by what they did.");
}

/** Names of the data matrices whose rows of the user of the batch are added up. */
function summedBy({ instructions }: Plan): Set<string> {
  const names = instructions.flatMap(({ op, inputs }) => {
    const [, matrix, by] = inputs.map((slot) => instructions[slot]);
    const name = matrix && dataName(matrix);
    return op === "bag" && isIdOf("user", by) && name !== undefined ? [name] : [];
  });
  return new Set(names);
}

/** Whether users have rows of their own: in a table, or in a data matrix that is no input. */
function readsRowsOfUsers({ instructions }: Plan): boolean {
  const isUser = (slot: number) => isIdOf("user", instructions[slot]);
  const isGiven = ({ op, inputs: [, matrix = -1] }: Instruction) =>
    op === "unroll" || (op === "bag" && dataName(instructions[matrix] as Instruction) === "history");
  return instructions.some((one) => one.inputs.some(isUser) && !isGiven(one));
}

function refuseFeatures(name: string): never {
  return fail("ARTIFACT_EXPORT", {
    what: "The score looks at features of users or at the context of events, which files of histories do not have",
    expected: "a model of histories alone",
    received: name,
    fix: "Export its two sides, where the score is an inner product (--towers, exportTowers); where it is none, as of wide-deep and deepfm, answer in Node or over HTTP.",
  });
}

/** How often each item is in a history, `[batch, items]`. */
function multiHot(graph: OnnxGraph, history: string, items: number, rows: () => string): () => string {
  return once(() => {
    const node = graph.node.bind(graph);
    const nobody = node("Less", [history, graph.ints(0)]);
    const columns = node("Where", [nobody, graph.ints(items), history]);
    const zeros = node("Expand", [graph.scalar(0), node("Concat", [rows(), graph.ints(items + 1)], { axis: int(0) })]);
    const ones = node("Expand", [graph.scalar(1), node("Shape", [history])]);
    const scattered = { axis: int(1), reduction: string("add") };
    const counts = node("ScatterElements", [zeros, columns, ones], scattered);
    return node("Slice", [counts, graph.ints(0), graph.ints(items), graph.ints(1)]);
  });
}

/** Matrices of the data, dense, as weights of the file. */
function denseMatrices(graph: OnnxGraph, data: DataMatrices) {
  return (name: string, [rows, columns]: readonly [number, number]): Operand => {
    const matrix = data[name];
    if (!matrix) {
      return fail("ARTIFACT_EXPORT", {
        what: `The score reads "${name}", which a file of histories does not have`,
        expected: ["history", ...Object.keys(data)].join(", "),
        received: name,
      });
    }
    const cells = rows * columns;
    if (cells > 2 ** 29) {
      fail("ARTIFACT_EXPORT", {
        what: `The data matrix "${name}" is too large for one ONNX file`,
        expected: "at most 2 GiB",
        received: `${rows} x ${columns} numbers`,
      });
    }
    return {
      name: graph.weights(`data/${name}`, [rows, columns], filled(matrix, columns, cells)),
      shape: [rows, columns],
    };
  };
}

function filled({ offsets, items, values }: Csr, columns: number, cells: number): Float32Array {
  const table = new Float32Array(cells);
  for (let row = 0; row + 1 < offsets.length; row++)
    for (let at = offsets[row] as number; at < (offsets[row + 1] as number); at++)
      table[row * columns + (items[at] as number)] = values?.[at] ?? 1;
  return table;
}
