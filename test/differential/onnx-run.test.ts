import { describe, expect, test } from "vitest";
import { referenceEngine } from "../../src/engine/reference/index.ts";
import { exportOnnx } from "../../src/export/index.ts";
import { tinyArtifact } from "../support/tiny-artifact.ts";
import { integers, OnnxModel, worstError } from "./onnx.ts";
import { metadataOf } from "./onnx-metadata.ts";

describe("exportOnnx", () => {
  const run = tinyArtifact();
  const files = exportOnnx(run, { k: 3 });

  test("both files carry the model, the version and every raw id, whatever it is made of", () => {
    for (const file of [files.scores, files.topK]) {
      const metadata = metadataOf(file);
      expect(metadata).toMatchObject({
        "penchant.model": "tiny",
        "penchant.version": "0.1.0",
        "penchant.users": "4",
        "penchant.items": "9",
        "penchant.config": '{"factors":2}',
      });
      expect(JSON.parse(metadata["penchant.userIds"] ?? "")).toEqual(run.users);
      expect(JSON.parse(metadata["penchant.itemIds"] ?? "")).toEqual(run.items);
    }
  });

  test("the first scores pairs, the second lists the best items", async () => {
    const [user, item] = [Int32Array.of(0, 1, 2, 3), Int32Array.of(8, 0, 4, 4)];
    const expected = (await referenceEngine.evaluate(run.plans.score, run.parameters, { user, item }))["score"] ?? [];
    const scorer = await OnnxModel.load(files.scores);
    expect(worstError(await scorer.score(user, item), expected)).toBeLessThan(1e-6);

    const items = Int32Array.from({ length: 9 }, (_, i) => i);
    const all = await referenceEngine.evaluate(run.plans.score, run.parameters, {
      user: new Int32Array(9),
      item: items,
    });
    const order = [...items].sort((a, b) => (all["score"]?.[b] ?? 0) - (all["score"]?.[a] ?? 0));
    const retriever = await OnnxModel.load(files.topK);
    expect(integers((await retriever.lists([0]))["items"])).toEqual(order.slice(0, 3));
  });

  test("without k the retrieval model takes it as an input", async () => {
    expect((await OnnxModel.load(exportOnnx(run).topK)).inputNames).toEqual(["user", "exclude", "k"]);
  });
});
