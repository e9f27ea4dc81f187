export { type OnnxOptions, type OnnxTopKOptions, toOnnx, toOnnxTopK } from "./onnx/index.ts";
export { type Exportable, type ExportOptions, exportOnnx, type OnnxFiles } from "./run.ts";
