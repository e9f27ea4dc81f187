import { expect, test } from "vitest";
import { Interactions, Vocabulary } from "../../dataset/index.ts";
import { referenceEngine as engine } from "../../engine/reference/index.ts";
import { vbpr } from "../../models/index.ts";
import type { Model } from "../../nn/model.ts";
import { fit as train } from "../index.ts";

const ids = (name: string, size: number) => Vocabulary.from(Array.from({ length: size }, (_, i) => `${name}${i}`));
/** Four people, four items, and nobody has the last one. */
const data = new Interactions(ids("u", 4), ids("i", 4), {
  offsets: Int32Array.of(0, 2, 4, 6, 8),
  items: Int32Array.of(0, 1, 1, 2, 0, 2, 0, 1),
});
/**
 * Rows (3, 4), (6, 8) and (4, -3) of those that training has: most lies along (3, 4) / 5, by a length of the root of 125 against 5, and the rest
 * across it. The last item, which lies along (1, 0) far out, says nothing.
 */
const features = {
  items: [{ name: "look", kind: "vector", why: "", values: ["3 4", "6 8", "4 -3", "900 0"] }],
} as const;
const options = { engine, progress: "none", epochs: 3, batchSize: 4, learningRate: 0.1, seed: 1, features } as const;
const projectionOf = async (config: Parameters<typeof vbpr>[0], more: object = {}) => {
  const run = await train(vbpr({ factors: 2, visual: 2, ...config }) as Model, data, { ...options, ...more });
  return Array.from(run.parameters["visual/projection"] ?? []);
};

test("a projection on components is the principal directions of what training has, times the scale, and stays so", async () => {
  const found = await projectionOf({ projection: "components", scale: 5 });
  for (const [at, value] of [3, 4, 4, -3].entries()) expect(found[at]).toBeCloseTo(value, 5);
});

test("without a scale they are 8 times as long, and a learned projection is drawn and learns", async () => {
  const found = await projectionOf({ projection: "components" });
  expect(Math.hypot(found[0] ?? 0, found[2] ?? 0)).toBeCloseTo(8, 5);
  const [few, more] = [await projectionOf({}, { epochs: 1 }), await projectionOf({})];
  expect(few).not.toEqual(more);
});

test("first values that are given come before those that are made of the data", async () => {
  const given = Float32Array.of(1, 2, 3, 4);
  const found = await projectionOf({ projection: "components" }, { initialParameters: { "visual/projection": given } });
  expect(found).toEqual([1, 2, 3, 4]);
});
