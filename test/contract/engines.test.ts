import { describe, test } from "vitest";
import { referenceEngine } from "../../src/engine/reference/index.ts";
import { nativeEngine } from "../support/native-engine.ts";
import { describeEngine } from "./engine.contract.ts";

describeEngine(referenceEngine);

const native = await nativeEngine();
if (native.engine) describeEngine(native.engine);
else describe("native engine", () => test.skip(native.reason, () => {}));
