import { describe, expect, test } from "vitest";
import { referenceEngine } from "../../src/engine/reference/index.ts";
import { toOnnx, toOnnxTopK } from "../../src/export/onnx/index.ts";
import { gmf, models, neuMf, residualHybrid, weightedHybrid } from "../../src/models/index.ts";
import type { Catalog, Model } from "../../src/nn/model.ts";
import { scorePlan } from "../../src/nn/plans.ts";
import { floats, integers, OnnxModel, randomIds, randomParameters, worstError } from "./onnx.ts";

const users = 23;
const items = 17;
const catalog: Catalog = {
  users,
  items,
  meanValue: 3.4,
  itemCounts: Float32Array.from({ length: items }, (_, i) => i),
};

const readsData = (model: Model) => scorePlan(model, catalog).instructions.some(({ op }) => op === "data");

test.each(models.map((factory) => factory()).filter(readsData))(
  "$definition.name looks at histories, which ONNX files do not have: refused",
  (model) => {
    const options = { plan: scorePlan(model, catalog), parameters: {}, users, items, name: model.definition.name };
    for (const write of [() => toOnnx(options), () => toOnnxTopK({ ...options, k: 5 })]) {
      expect(write).toThrow(expect.objectContaining({ code: "ARTIFACT_EXPORT" }));
    }
  },
);

/** Every model as it comes, and the options that change a graph. */
const variants: readonly (readonly [name: string, model: Model])[] = [
  ...models
    // As narrow as in the paper: what float32 rounds grows with the width.
    .map((factory) => factory("factors" in factory.definition.options ? { factors: 8 } : {}))
    .filter((model) => !readsData(model))
    .map((model) => [model.definition.name, model] as const),
  ...(["sigmoid", "tanh", "selu", "gelu"] as const).map(
    (activation) => [`neumf with ${activation}`, neuMf({ activation, factors: 8 })] as const,
  ),
  ["gmf with a dense head", gmf({ hidden: [6], dropout: 0.2 })],
  ["residual-hybrid, normalized", residualHybrid({ batchNormalization: true })],
  ["weighted-hybrid, learned weight", weightedHybrid({ learnAlpha: true })],
];

const exported = (model: Model) => {
  const plan = scorePlan(model, catalog);
  const parameters = randomParameters(plan);
  const score = async (user: Int32Array, item: Int32Array) =>
    (await referenceEngine.evaluate(plan, parameters, { user, item }))["score"] as Float32Array;
  return { options: { plan, parameters, users, items, name: model.definition.name }, score };
};

describe.for(variants)("%s", ([, model]) => {
  const { options, score } = exported(model);

  test("ONNX Runtime repeats the scores for batches of 1, 3 and 64", async () => {
    const onnx = await OnnxModel.load(toOnnx(options));
    for (const batch of [1, 3, 64]) {
      const [user, item] = [randomIds(batch, users, 3), randomIds(batch, items, 4)];
      expect(worstError(await onnx.score(user, item), await score(user, item))).toBeLessThan(1e-5);
    }
  });

  test("ONNX Runtime leaves out what it is told to, as the engine does", async () => {
    const onnx = await OnnxModel.load(toOnnxTopK({ ...options, k: 5 }));
    const user = Int32Array.of(4, 0, 22);
    const everything = Array.from({ length: items }, (_, i) => i);
    const exclude = [[7, 2, 11], [], everything.slice(0, items - 2)];
    const answer = await onnx.lists(user, { exclude });
    const [lists, scores] = [integers(answer["items"]), floats(answer["scores"])];
    const scorer = await referenceEngine.scorer({ ...options, threads: 1 });
    const sorted = exclude.map((row) => row.toSorted((a, b) => a - b));
    const offsets = Int32Array.of(0, 3, 3, 3 + items - 2);
    const own = await scorer.topK({ users: user, k: 5, exclude: { offsets, items: Int32Array.from(sorted.flat()) } });
    for (const [row, left] of exclude.entries()) {
      const listed = lists.slice(row * 5, row * 5 + 5).filter((item) => item >= 0);
      expect(listed).toHaveLength(Math.min(5, items - left.length));
      expect(listed.filter((item) => left.includes(item))).toEqual([]);
    }
    const finite = (values: ArrayLike<number>) => Array.from(values).filter(Number.isFinite);
    expect(worstError(finite(scores), finite(own.scores))).toBeLessThan(1e-5);
    expect(lists.slice(12)).toEqual([-1, -1, -1]);
    expect([...scores.slice(12)]).toEqual(Array(3).fill(Number.NEGATIVE_INFINITY));
  });

  test("ONNX Runtime's top 5 is the exact ranking's", async () => {
    const onnx = await OnnxModel.load(toOnnxTopK({ ...options, k: 5 }));
    const user = Int32Array.of(4, 0, 22);
    const answer = await onnx.lists(user);
    const [lists, scores] = [integers(answer["items"]), floats(answer["scores"])];
    for (const [row, id] of user.entries()) {
      const exact = await score(
        new Int32Array(items).fill(id),
        Int32Array.from({ length: items }, (_, i) => i),
      );
      const best = exact.toSorted((a, b) => b - a).slice(0, 5);
      const own = lists.slice(row * 5, row * 5 + 5);
      expect(new Set(own).size).toBe(5);
      expect(worstError(scores.slice(row * 5, row * 5 + 5), best)).toBeLessThan(1e-5);
      // The items are those of the exact scores too, up to scores that float32 cannot tell apart.
      expect(
        worstError(
          own.map((item) => exact[item] as number),
          best,
        ),
      ).toBeLessThan(1e-5);
    }
  });
});
