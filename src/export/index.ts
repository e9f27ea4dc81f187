export { type OnnxOptions, type OnnxTopKOptions, toOnnx, toOnnxTopK } from "./onnx/index.ts";
export {
  type Exportable,
  type ExportOptions,
  exportHistories,
  exportOnnx,
  exportTowers,
  type OnnxFiles,
  type OnnxTowers,
} from "./run.ts";
