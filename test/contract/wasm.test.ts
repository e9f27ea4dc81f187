import { loadWasmEngine } from "../../src/engine/wasm/index.ts";
import { describeEngine } from "./engine.contract.ts";

describeEngine(await loadWasmEngine());
