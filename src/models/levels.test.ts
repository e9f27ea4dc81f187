import { describe, expect, test } from "vitest";
import { referenceEngine } from "../engine/reference/index.ts";
import { lower } from "../graph/plan.ts";
import type { Tensor } from "../graph/tensor.ts";
import { Builder } from "../nn/builder.ts";
import { columns } from "../nn/inputs.ts";
import { drawn, expected, type Levels, levelMatrices, ratingsOf, sharesOf, softmax } from "./levels.ts";

const stars: Levels = { levels: 5, least: 1, step: 1 };
const halves: Levels = { levels: 4, least: 0.5, step: 0.5 };
const catalog = { users: 1, items: 1, meanValue: 0, itemCounts: new Float32Array(1) };
const builder = () => new Builder(catalog, { training: true, assign: () => {} });
const { label } = columns();

/** Each of the tensors, `[batch]`, for a batch of labels. */
async function run(tensors: readonly Tensor[], labels: Float32Array, seed = 0): Promise<Float32Array[]> {
  const plan = lower(Object.fromEntries(tensors.map((tensor, i) => [`${i}`, tensor])));
  const values = await referenceEngine.evaluate(plan, {}, { label: labels }, seed);
  return tensors.map((_, i) => values[`${i}`] as Float32Array);
}

test("levels lie evenly between the lowest and the highest", () => {
  expect(ratingsOf(stars)).toEqual([1, 2, 3, 4, 5]);
  expect(ratingsOf(halves)).toEqual([0.5, 1, 1.5, 2]);
});

test("a rating is of its level, between two of both, beyond the ends of the end; in graphs as in matrices", async () => {
  const ratings = Float32Array.of(0.5, 1.25, 2);
  const columnsOf = await run(sharesOf(label, halves, builder()), ratings);
  expect(columnsOf.map((column) => [...column])).toEqual([
    [1, 0, 0],
    [0, 0.5, 0],
    [0, 0.5, 0],
    [0, 0, 1],
  ]);
  const outside = await run(sharesOf(label, stars, builder()), Float32Array.of(0, 9));
  expect([[...(outside[0] as Float32Array)], [...(outside[4] as Float32Array)]]).toEqual([
    [1, 0],
    [0, 1],
  ]);
  const matrix = { offsets: Int32Array.of(0, 2, 2, 3), items: Int32Array.of(1, 4, 0), values: ratings, columns: 5 };
  const matrices = levelMatrices(matrix, halves);
  expect(matrices["level/0"]).toEqual({
    ...{ offsets: Int32Array.of(0, 1, 1, 1), items: Int32Array.of(1), values: Float32Array.of(1), columns: 5 },
  });
  expect(matrices["level/1"]).toMatchObject({ items: Int32Array.of(4), values: Float32Array.of(0.5) });
  expect(matrices["level/2"]).toMatchObject({ items: Int32Array.of(4), values: Float32Array.of(0.5) });
  expect(matrices["level/3"]).toMatchObject({ offsets: Int32Array.of(0, 0, 0, 1), items: Int32Array.of(0) });
});

describe("a scale that does not fit is refused", () => {
  const matrix = {
    offsets: Int32Array.of(0, 2),
    items: Int32Array.of(0, 1),
    values: Float32Array.of(0.5, 5),
    columns: 2,
  };
  test.each<[string, Levels]>([
    ["ratings below the lowest level", stars],
    ["ratings above the highest", { ...halves, levels: 2 }],
  ])("%s: CONFIG_VALUE", (_, levels) => {
    expect(() => levelMatrices(matrix, levels)).toThrow(expect.objectContaining({ code: "CONFIG_VALUE" }));
  });
});

describe("probabilities", () => {
  const nn = builder();
  const logits = [nn.affine(label, 1), nn.affine(label, -2, 1), nn.affine(label, 0, 300)];
  test("are a softmax, of large logits too, and their mean rating is expected", async () => {
    const probabilities = softmax(logits.slice(0, 2), nn);
    const levels = { levels: 2, least: 1, step: 2 };
    const [a, b, mean] = await run([...probabilities, expected(probabilities, levels, nn)], Float32Array.of(0.3, -4));
    for (const [row, x] of [0.3, -4].entries()) {
      const p = 1 / (1 + Math.exp(-3 * x + 1));
      expect(a?.[row]).toBeCloseTo(p, 6);
      expect(b?.[row]).toBeCloseTo(1 - p, 6);
      expect(mean?.[row]).toBeCloseTo(p + 3 * (1 - p), 5);
    }
    const [, , huge] = await run(softmax(logits, nn), Float32Array.of(0));
    expect(huge?.[0]).toBe(1);
  });
  test("are what levels are drawn by, one for each row", async () => {
    const rows = 40_000;
    const labels = new Float32Array(rows).fill(0.2);
    const probabilities = softmax([logits[0] as Tensor, logits[1] as Tensor, nn.affine(label, 0, 0.5)], nn);
    const [drawnOnes, again] = [
      await run(drawn("test", probabilities, nn), labels, 5),
      await run(probabilities, labels),
    ];
    for (let row = 0; row < rows; row++) {
      const ones = drawnOnes.map((level) => level[row]);
      expect(ones.filter((one) => one === 1).length + 10 * ones.filter((one) => one !== 0 && one !== 1).length).toBe(1);
    }
    for (const [level, ones] of drawnOnes.entries()) {
      const share = ones.reduce((sum, one) => sum + one, 0) / rows;
      const p = again[level]?.[0] as number;
      expect(Math.abs(share - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / rows));
    }
  });
});
