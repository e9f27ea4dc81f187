export type { OnnxOptions } from "./model.ts";
export { toOnnx } from "./score.ts";
export { type OnnxTopKOptions, toOnnxTopK } from "./top-k.ts";
