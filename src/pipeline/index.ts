export { checker } from "./check.ts";
export { textsOf } from "./fields.ts";
export { type Filter, parseFilter } from "./filter.ts";
export { type Paced, Pacing } from "./pacing.ts";
export { drawPipeline, pipelineMermaid } from "./picture.ts";
export { type PageRequest, runPipeline, runStages } from "./run.ts";
export { modelsOf, Pipeline, parsePipeline, type Utility } from "./schema.ts";
export type { Asker, AskOptions, Fate, Page, PageItem, Vectors } from "./types.ts";
export { type Part, weigh, withPrices } from "./utility.ts";
