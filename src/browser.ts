/** The WebAssembly engine for browsers. Models, graphs and plans are in `penchant/models`, `penchant/graph` and `penchant/nn`. */
export type { Engine, Scorer, ScoreSpec, Trainer, TrainSpec } from "./engine/contract.ts";
export { type BrowserEngineOptions, loadWasmEngine } from "./engine/wasm/browser.ts";
