import { emit } from "./emit.ts";
import { OnnxGraph, rowCount } from "./graph.ts";
import { finishModel, type OnnxOptions } from "./model.ts";

/**
 * The scoring model as an ONNX file: `user` int64[batch], `item` int64[batch] → `score` float[batch] (a logit or predicted
 * rating; higher is better). The batch may have any size. Ids outside the training data are the runtime's error.
 * Throws ARTIFACT_EXPORT where plan and weights do not fit, or the file would pass 2 GiB.
 */
export function toOnnx(options: OnnxOptions): Uint8Array {
  const { plan, parameters, users, items } = options;
  const graph = new OnnxGraph();
  const user = graph.input("user", "int64", ["batch"], `user indices, 0 to ${users - 1}`);
  const item = graph.input("item", "int64", ["batch"], `item indices, 0 to ${items - 1}`);
  const batchRows = rowCount(graph, user);
  const score = emit({ graph, plan, parameters, inputs: { user: () => user, item: () => item }, batchRows });
  graph.node("Identity", [score], {}, "score");
  graph.output("score", "float", ["batch"], "score of each pair; higher is better");
  return finishModel(graph, options, "Scores of pairs of users and items.");
}
