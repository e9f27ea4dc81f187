export { checker } from "./check.ts";
export { type Filter, parseFilter } from "./filter.ts";
export { drawPipeline, pipelineMermaid } from "./picture.ts";
export { type PageRequest, runPipeline } from "./run.ts";
export { modelsOf, Pipeline, parsePipeline } from "./schema.ts";
export type { Asker, AskOptions, Fate, Page, PageItem, Vectors } from "./types.ts";
