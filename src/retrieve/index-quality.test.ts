import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { wideArtifact } from "../../test/support/wide-artifact.ts";
import { loadIndex, saveIndex } from "../artifact/index.ts";
import { normal } from "../core/random.ts";
import { referenceEngine } from "../engine/reference/index.ts";

import { buildIndex, checkIndex } from "./index-quality.ts";
import { createRecommender } from "./recommender.ts";

const options = { recall: 0.9, k: 10, seed: 1, threads: 1 };

test("an index finds what it promises, and looks at a part of the items", async () => {
  const artifact = wideArtifact();
  const { saved, quality } = await buildIndex(referenceEngine, artifact, options);
  expect(quality.recall).toBeGreaterThanOrEqual(0.9);
  expect(quality.effort).toBeLessThan(quality.items);
  expect(quality.ndcgLoss).toBeLessThan(0.1);
  const again = await checkIndex(referenceEngine, artifact, saved, 1);
  expect({ ...again, ms: undefined }).toEqual({ ...quality, ms: undefined });
  await expect(checkIndex(referenceEngine, artifact, { ...saved, effort: 1, bound: 1 }, 1)).rejects.toMatchObject({
    code: "INDEX_RECALL",
  });
});

test("lists by index are those of the exact search where it looks at everything, whoever asks", async () => {
  const artifact = wideArtifact();
  const { saved } = await buildIndex(referenceEngine, artifact, options);
  const index = { ...saved, effort: artifact.items.length };
  using recommender = createRecommender(artifact, referenceEngine, { threads: 1, index });
  const candidates = artifact.items.filter((_, item) => item % 3 > 0);
  const hidden = recommender.itemSet(artifact.items.slice(0, 20));
  for (const who of ["u3", { items: ["i1", "i7"] }, { user: "u3", items: ["i9"] }]) {
    for (const limits of [{}, { candidates }, { hidden, exclude: "none" as const }]) {
      const exact = await recommender.recommend(who, { k: 12, ...limits });
      const found = await recommender.recommend(who, { k: 12, ...limits, index: true });
      expect(found.items.map(({ item }) => item)).toEqual(exact.items.map(({ item }) => item));
      for (const [i, { score }] of exact.items.entries()) expect(found.items[i]?.score).toBeCloseTo(score, 4);
    }
  }
});

test("what is not known at all is answered by popularity, and a run without an index says so", async () => {
  const artifact = wideArtifact();
  const { saved } = await buildIndex(referenceEngine, artifact, options);
  using indexed = createRecommender(artifact, referenceEngine, { threads: 1, index: saved });
  expect((await indexed.recommend("nobody", { k: 3, index: true })).method).toBe("popularity");
  using plain = createRecommender(artifact, referenceEngine, { threads: 1 });
  await expect(plain.recommend("u1", { index: true })).rejects.toMatchObject({ code: "INDEX_MISSING" });
});

test("an index of other vectors is refused", async () => {
  const artifact = wideArtifact();
  const { saved } = await buildIndex(referenceEngine, artifact, options);
  const parameters = Object.fromEntries(
    Object.entries(artifact.parameters).map(([name, values], p) => [name, values.map((x, i) => x + normal(1, p, i))]),
  );
  using other = createRecommender({ ...artifact, parameters }, referenceEngine, { threads: 1, index: saved });
  await expect(other.recommend("u1", { index: true })).rejects.toMatchObject({ code: "INDEX_STALE" });
});

test("a file with any byte changed, or cut, is refused; an undamaged one is what was saved", async () => {
  const folder = mkdtempSync(join(tmpdir(), "penchant-index-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  expect(await loadIndex(folder)).toBeUndefined();
  const { saved } = await buildIndex(referenceEngine, wideArtifact(), options);
  await saveIndex(folder, saved);
  expect(await loadIndex(folder)).toEqual(saved);
  const file = join(folder, "index.safetensors");
  const whole = readFileSync(file);
  const header = Number(whole.readBigUInt64LE(0)) + 8;
  const places = [0, 3, 9, 20, header - 40, header, header + 5, whole.length - 1];
  for (const place of places) {
    const damaged = Buffer.from(whole);
    damaged[place] = (damaged[place] as number) ^ 16;
    writeFileSync(file, damaged);
    await expect(loadIndex(folder), `byte ${place}`).rejects.toMatchObject({ code: "INDEX_CORRUPT" });
  }
  for (const length of [0, 7, header - 1, whole.length - 1]) {
    writeFileSync(file, whole.subarray(0, length));
    await expect(loadIndex(folder), `${length} bytes`).rejects.toMatchObject({ code: "INDEX_CORRUPT" });
  }
});
