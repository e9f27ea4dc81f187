import { describe, test } from "vitest";
import type { Engine } from "../../src/engine/contract.ts";
import { referenceEngine } from "../../src/engine/reference/index.ts";
import { nativeEngine } from "../support/native-engine.ts";
import { describeEngine } from "./engine.contract.ts";
import { hostileRequestContract } from "./hostile.contract.ts";

function describeAll(engine: Engine): void {
  describeEngine(engine);
  hostileRequestContract(engine);
}

describeAll(referenceEngine);

const native = await nativeEngine();
if (native.engine) describeAll(native.engine);
else describe("native engine", () => test.skip(native.reason, () => {}));
