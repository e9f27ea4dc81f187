import { loadWasmEngine } from "../../src/engine/wasm/index.ts";
import { describeEngine } from "./engine.contract.ts";
import { hostileRequestContract } from "./hostile.contract.ts";

const wasm = await loadWasmEngine();
describeEngine(wasm);
hostileRequestContract(wasm);
