import { loadWasmEngine } from "../../src/engine/wasm/index.ts";
import { describeDifferences } from "./engine.differences.ts";

describeDifferences(await loadWasmEngine());
