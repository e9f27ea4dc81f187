import { describe, expect, test } from "vitest";
import { biasedMf, bprMf, neuMf } from "../src/models/index.ts";
import { scorePlan, trainingPlan } from "../src/nn/plans.ts";
import { bytesPerSample, flopsPerSample, scoringWork } from "./work.ts";

const catalog = { users: 100, items: 50, meanValue: 3, itemCounts: new Float32Array(50) };

/** Products of NeuMF's layers: the tower and the output. */
const products = (factors: number) => {
  const widths = [8, 4, 2, 1].map((n) => n * factors);
  return widths.slice(1).reduce((sum, width, i) => sum + width * (widths[i] ?? 0), 0) + 2 * factors;
};

describe("work", () => {
  test("a forward pass of NeuMF costs two operations per product of its layers", () => {
    expect(flopsPerSample(scorePlan(neuMf({ factors: 8 }), catalog))).toBe(2 * products(8));
  });

  test.each([8, 64])("a training sample of NeuMF-%i costs three times the forward pass", (factors) => {
    expect(flopsPerSample(trainingPlan(neuMf({ factors }), catalog))).toBe(6 * products(factors));
  });

  test("a training sample of NeuMF-8 is 16.2 kFLOP, one of NeuMF-64 1.03 MFLOP", () => {
    expect(flopsPerSample(trainingPlan(neuMf({ factors: 8 }), catalog))).toBe(16_224);
    expect(flopsPerSample(trainingPlan(neuMf({ factors: 64 }), catalog))).toBe(1_032_960);
  });

  test("a factorization, which has no matrix product, is counted by its element-wise operations", () => {
    // p * q, its sum, the item's bias.
    expect(flopsPerSample(scorePlan(bprMf({ factors: 64 }), catalog))).toBe(64 + 64 + 1);
  });

  test("SGD reads each gathered row, then reads and writes it", () => {
    const ids = 3;
    const rows = 3 * 64 + 2; // user, item, negative; two item biases
    expect(bytesPerSample(trainingPlan(bprMf({ factors: 64 }), catalog), { kind: "sgd" }, 1024)).toBe(
      4 * (ids + 3 * rows),
    );
  });

  test("Adam reads and writes two more numbers per parameter", () => {
    const plan = trainingPlan(biasedMf({ factors: 10 }), catalog);
    const [sgd, adam] = [bytesPerSample(plan, { kind: "sgd" }, 256), bytesPerSample(plan, { kind: "adam" }, 256)];
    const dense = 1; // the mean
    expect(adam - sgd).toBeCloseTo(4 * 4 * (22 + dense / 256));
  });

  test("the larger the batch, the less a sample pays for the dense layers", () => {
    const plan = trainingPlan(neuMf({ factors: 8 }), catalog);
    const bytes = (batch: number) => bytesPerSample(plan, { kind: "adam" }, batch);
    const dense = products(8) + 32 + 16 + 8 + 1;
    expect(bytes(1) - bytes(2)).toBeCloseTo((4 * 8 * dense) / 2);
  });

  test("scoring all pairs reads each table once", () => {
    const plan = scorePlan(neuMf({ factors: 8 }), catalog);
    expect(scoringWork(plan, 100, 50).bytes).toBeCloseTo((4 * 150 * 40) / 5000);
  });
});
