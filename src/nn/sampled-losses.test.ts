import { describe, expect, test } from "vitest";
import { referenceEngine } from "../engine/reference/index.ts";
import { affine, data, gather, input, draw as op, param, squeezeLast } from "../graph/ops.ts";
import { lower } from "../graph/plan.ts";
import type { Tensor } from "../graph/tensor.ts";
import { softmaxCrossEntropy } from "./losses.ts";
import { cumulativeWeights, generalizedBinaryCrossEntropy, sampledSoftmax } from "./sampled-losses.ts";

const [items, width, count] = [4, 2, 9];
const zeros = { kind: "zeros" } as const;
const values = {
  x: Float32Array.of(1, -0.5, 0.25, 2, -1, 1),
  table: Float32Array.of(0.5, 1, -1, 0.25, 2, -0.5, 0.75, 0.5),
  often: Float32Array.of(0, -1, -2, 0.5),
};
const target = Int32Array.of(2, 0, 3);
const [x, table, often] = [
  param("x", [3, width], zeros),
  param("table", [items, width], zeros),
  param("often", [items, 1], zeros),
];
const rows = gather(x, input("user", "i32"));
const ids = input("item", "i32");
const drawn = op(count, items, 3);
const logit = (row: number, item: number): number =>
  [0, 1].reduce((sum, c) => sum + (values.x[row * 2 + c] as number) * (values.table[item * 2 + c] as number), 0);

async function evaluated(loss: Tensor) {
  const feeds = { user: Int32Array.of(0, 1, 2), item: target };
  const found = await referenceEngine.evaluate(lower({ loss, drawn }), values, feeds, 5);
  return { loss: found["loss"]?.[0] as number, negatives: [...(found["drawn"] ?? [])] };
}
const meanOf = (f: (row: number, target: number) => number) =>
  [0, 1, 2].reduce((sum, row) => sum + f(row, target[row] as number), 0) / 3;

describe("losses against drawn rows", () => {
  test("softmax: over the target and what was drawn, less accidental hits", async () => {
    const { loss, negatives } = await evaluated(sampledSoftmax(rows, table, ids, drawn));
    expect(negatives.some((n) => target.includes(n))).toBe(true);
    const expected = meanOf((row, own) => {
      const others = negatives.filter((n) => n !== own).map((n) => Math.exp(logit(row, n)));
      return -Math.log(Math.exp(logit(row, own)) / others.reduce((a, b) => a + b, Math.exp(logit(row, own))));
    });
    expect(loss).toBeCloseTo(expected, 6);
  });

  test("softmax, corrected: each logit less the logarithm of its probability", async () => {
    const { loss, negatives } = await evaluated(sampledSoftmax(rows, table, ids, drawn, often));
    const of = (row: number, item: number) => Math.exp(logit(row, item) - (values.often[item] as number));
    const expected = meanOf((row, own) => {
      const others = negatives.filter((n) => n !== own).map((n) => of(row, n));
      return -Math.log(of(row, own) / others.reduce((a, b) => a + b, of(row, own)));
    });
    expect(loss).toBeCloseTo(expected, 6);
  });

  test("each term counts by its weight, and the sum of weights does not divide", async () => {
    const weight = affine(squeezeLast(gather(often, ids)), -1, 2); // 4, 2 and 1.5 of the targets 2, 0 and 3
    const softmax = (counts?: Tensor) => evaluated(sampledSoftmax(rows, table, ids, drawn, undefined, counts));
    const { loss, negatives } = await softmax(weight);
    const expected = meanOf((row, own) => {
      const others = negatives.filter((n) => n !== own).map((n) => Math.exp(logit(row, n)));
      const term = Math.log(1 + others.reduce((a, b) => a + b, 0) / Math.exp(logit(row, own)));
      return (2 - (values.often[own] as number)) * term;
    });
    expect(loss).toBeCloseTo(expected, 6);
    const twice = affine(weight, 0, 2);
    for (const of of [
      (counts?: Tensor) => softmaxCrossEntropy(rows, table, ids, counts),
      (counts?: Tensor) => sampledSoftmax(rows, table, ids, drawn, often, counts),
      (counts?: Tensor) => generalizedBinaryCrossEntropy(rows, table, ids, drawn, 0.75, counts),
    ]) {
      const plain = (await evaluated(of())).loss;
      expect((await evaluated(of(twice))).loss).toBeCloseTo(2 * plain, 6);
      expect((await evaluated(of(affine(twice, 0.5)))).loss).toBe(plain);
    }
  });

  test.each([0, 0.75, 1])("gBCE of calibration %d", async (t) => {
    const { loss, negatives } = await evaluated(generalizedBinaryCrossEntropy(rows, table, ids, drawn, t));
    const share = count / (items - 1);
    const beta = share * (t * (1 - 1 / share) + 1 / share);
    const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
    const expected = meanOf((row, own) => {
      const others = negatives.filter((n) => n !== own).map((n) => Math.log(1 - sigmoid(logit(row, n))));
      return -(beta * Math.log(sigmoid(logit(row, own))) + others.reduce((a, b) => a + b, 0)) / (count + 1);
    });
    expect(loss).toBeCloseTo(expected, 6);
  });

  test("rows are drawn by their weights, and those of weight 0 never", async () => {
    const weights = [3, 0, 1, 4];
    const noise = cumulativeWeights(weights);
    const plan = lower({ many: op(4000, items, 8, data("noise", 1, items)) });
    const { many } = await referenceEngine.evaluate(plan, {}, {}, 2, { noise });
    const times = weights.map((_, i) => [...(many ?? [])].filter((n) => n === i).length / 4000);
    for (const [i, weight] of weights.entries()) expect(times[i]).toBeCloseTo(weight / 8, 1);
    expect(times[1]).toBe(0);
  });
});
