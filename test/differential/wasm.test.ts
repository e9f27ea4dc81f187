import { loadWasmEngine } from "../../src/engine/wasm/index.ts";
import { describeData } from "./data.differences.ts";
import { describeDiversity } from "./diversity.differences.ts";
import { describeDrawn } from "./drawn.differences.ts";
import { describeDifferences } from "./engine.differences.ts";
import { describeEntries } from "./entries.differences.ts";
import { describeIndex } from "./index.differences.ts";
import { describeSoftmax } from "./softmax.differences.ts";
import { describeTables } from "./tables.differences.ts";

const engine = await loadWasmEngine();
describeDifferences(engine);
describeData(engine);
describeSoftmax(engine);
describeTables(engine);
describeDiversity(engine);
describeDrawn(engine);
describeEntries(engine);
describeIndex(engine);
