import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { loadArtifact, saveArtifact } from "../../src/artifact/index.ts";
import { referenceEngine } from "../../src/engine/reference/index.ts";
import { createRecommender } from "../../src/retrieve/index.ts";
import { awkwardIds } from "../support/tiny-artifact.ts";

const golden = join(import.meta.dirname, "artifact-v1");
const present = join(import.meta.dirname, "artifact-v2");
const folder = mkdtempSync(join(tmpdir(), "penchant-golden-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the run saved in format version 1", () => {
  test("is read back: metadata, ids byte for byte, weights, history", async () => {
    const run = await loadArtifact(golden);
    expect(run.metadata.model).toEqual({
      name: "tiny",
      title: "Tiny matrix factorization",
      task: "pointwise",
      config: { factors: 2 },
    });
    expect(run.metadata.metrics).toEqual({ "hr@10": { value: 0.5, low: 0.25, high: 0.75 } });
    expect(run.items).toEqual(awkwardIds);
    expect(run.users).toEqual(["anna", "007", "Åsa 🎬\nline", ""]);
    expect([...(run.parameters["factors/user"] ?? [])]).toEqual([-5, 2, -2, 5, 1, -3, 4, 0].map((x) => x / 8));
    expect([...run.history.items]).toEqual([0, 1, 2, 3, 0, 2, 4, 0, 1, 5]);
    expect([...(run.history.values ?? [])]).toEqual([5, 4, 3, 1, 2, 5, 4, 3, 1, 0.5]);
    expect([...run.popularity]).toEqual([3, 2, 2, 1, 1, 1, 0, 0, 0]);
  });
  test("scores as computed by hand, without the model that made it", async () => {
    const run = await loadArtifact(golden);
    const recommender = createRecommender(run, referenceEngine);
    // User "007": p = (-2, 5) / 8. Item 8 ("xx…"): q = (2, -2) / 8, bias = 1/8: score = (-4 - 10) / 64 + 1/8.
    const { items } = await recommender.recommend("007", { k: 9, exclude: "none" });
    expect(items.find(({ item }) => item === awkwardIds[8])?.score).toBeCloseTo(-14 / 64 + 1 / 8, 6);
    recommender.dispose();
  });
  test("does not know what else its users have met, and says so", async () => {
    const run = await loadArtifact(golden);
    expect(run.unlearned).toBeUndefined();
    using recommender = createRecommender(run, referenceEngine);
    expect(recommender.warnings).toEqual([{ code: "seen-unknown", message: expect.stringContaining("held out") }]);
    const { items } = await recommender.recommend("anna", { k: 9 });
    expect(items.map(({ item }) => awkwardIds.indexOf(item)).sort()).toEqual([4, 5, 6, 7, 8]);
  });
});

describe("the run saved in format version 2", () => {
  test("is read back: everything that version 1 had, and what was met without being learned from", async () => {
    const { unlearned, ...run } = await loadArtifact(present);
    expect(run).toEqual(await loadArtifact(golden));
    expect([...(unlearned?.offsets ?? [])]).toEqual([0, 2, 3, 3, 4]);
    expect([...(unlearned?.items ?? [])]).toEqual([5, 8, 6, 0]);
    expect([...(unlearned?.values ?? [])]).toEqual([4, 1, 2, 5]);
  });
  test("recommends none of it", async () => {
    using recommender = createRecommender(await loadArtifact(present), referenceEngine);
    expect(recommender.warnings).toEqual([]);
    const { items } = await recommender.recommend("anna", { k: 9 });
    expect(items.map(({ item }) => awkwardIds.indexOf(item)).sort()).toEqual([4, 6, 7]);
  });
  test("is written again with the same bytes", async () => {
    const copy = join(folder, "copy");
    await saveArtifact(copy, await loadArtifact(present));
    for (const file of readdirSync(present)) {
      expect(readFileSync(join(copy, file)).equals(readFileSync(join(present, file))), file).toBe(true);
    }
  });
});
