import { describe, test } from "vitest";
import { nativeEngine } from "../support/native-engine.ts";
import { describeData } from "./data.differences.ts";
import { describeDiversity } from "./diversity.differences.ts";
import { describeDrawn } from "./drawn.differences.ts";
import { describeDifferences } from "./engine.differences.ts";
import { describeEntries } from "./entries.differences.ts";
import { describeIndex } from "./index.differences.ts";
import { describeSoftmax } from "./softmax.differences.ts";
import { describeTables } from "./tables.differences.ts";
import { describeWindows } from "./windows.differences.ts";

const native = await nativeEngine();
if (native.engine) {
  describeDifferences(native.engine);
  describeData(native.engine);
  describeSoftmax(native.engine);
  describeTables(native.engine);
  describeDiversity(native.engine);
  describeDrawn(native.engine);
  describeEntries(native.engine);
  describeIndex(native.engine);
  describeWindows(native.engine);
} else describe("native engine", () => test.skip(native.reason, () => {}));
