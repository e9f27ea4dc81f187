export { type DiagramOptions, diagram } from "./diagram.ts";
export { gradients } from "./gradients.ts";
export { mermaid } from "./mermaid.ts";
export * from "./ops.ts";
export { format, type Instruction, lower, type Plan } from "./plan.ts";
export { formatSummary, type Summary, type SummaryRow, summary } from "./summary.ts";
export {
  type Dim,
  type DType,
  type Init,
  type OpName,
  type Shape,
  Tensor,
  topologicalOrder,
  type UnaryFn,
} from "./tensor.ts";
export { verify } from "./verify.ts";
