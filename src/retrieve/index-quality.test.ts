import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { wideArtifact } from "../../test/support/wide-artifact.ts";
import { loadIndex, saveIndex } from "../artifact/index.ts";
import { normal } from "../core/random.ts";
import type { Engine, VectorIndex } from "../engine/contract.ts";
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

/** The reference engine, with what its indexes were asked kept: queries, effort, and the items found. */
function watched() {
  const asked: { readonly queries: Float32Array; readonly effort: number; readonly items: Int32Array }[] = [];
  const engine: Engine = {
    ...referenceEngine,
    index: async (spec) => {
      const index = await referenceEngine.index(spec);
      return {
        parts: () => index.parts(),
        search: async (request) => {
          const found = await index.search(request);
          asked.push({ queries: request.queries, effort: request.effort, items: found.items });
          return found;
        },
        dispose: () => index.dispose(),
        [Symbol.dispose]: () => index.dispose(),
      } as VectorIndex;
    },
  };
  return { engine, asked };
}

test("half of the users choose how much is looked at, the other half, who share nobody with them, measure it", async () => {
  const artifact = wideArtifact();
  const { engine, asked } = watched();
  const { quality } = await buildIndex(engine, artifact, options);
  const [choosing, measuring] = [asked[0]?.queries ?? new Float32Array(), asked.at(-1)?.queries ?? new Float32Array()];
  const rows = (queries: Float32Array) =>
    Array.from({ length: queries.length / quality.width }, (_, i) =>
      queries.slice(i * quality.width, (i + 1) * quality.width).join(),
    );
  expect([rows(choosing).length, rows(measuring).length, quality.users]).toEqual([30, 30, 30]);
  expect(new Set([...rows(choosing), ...rows(measuring)]).size).toBe(60);
});

test.each([0.5, 0.8, 0.9, 0.97])(
  "recall %d: the effort is the first, by fifths, whose mean less two standard errors is at least that",
  async (recall) => {
    const { engine, asked } = watched();
    const artifact = wideArtifact();
    const { saved } = await buildIndex(engine, artifact, { ...options, recall });
    const k = 10;
    const exact = asked[0]?.items ?? new Int32Array();
    const bounds = asked.slice(1, -2).map(({ effort, items }) => {
      const shares = Array.from({ length: items.length / k }, (_, row) => {
        const found = new Set(items.subarray(row * k, (row + 1) * k));
        return exact.subarray(row * k, (row + 1) * k).filter((item) => found.has(item)).length / k;
      });
      const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
      const deviation = Math.sqrt(shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length);
      return { effort, lowest: mean - (2 * deviation) / Math.sqrt(shares.length) };
    });
    expect(bounds[0]?.effort).toBe(k);
    for (const [i, { effort }] of bounds.entries()) {
      if (i > 0) expect(effort).toBe(Math.ceil((bounds[i - 1]?.effort ?? 0) * 1.2));
    }
    expect(bounds.slice(0, -1).every(({ lowest }) => lowest < recall)).toBe(true);
    expect(bounds.at(-1)?.lowest).toBeGreaterThanOrEqual(recall);
    expect(saved.effort).toBe(bounds.at(-1)?.effort);
  },
);

test("where nothing less is enough, everything is looked at, and nothing is lost", async () => {
  const artifact = wideArtifact();
  const { saved, quality } = await buildIndex(referenceEngine, artifact, { ...options, k: 1000, recall: 1 });
  expect([saved.k, saved.effort]).toEqual([400, 400]);
  expect(quality).toMatchObject({
    k: 400,
    recall: 1,
    items: 400,
    effort: 400,
    width: saved.centroids.length / quality.cells,
  });
  expect(quality.cells).toBe(4 * Math.sqrt(400));
  expect(quality.ndcgLoss).toBeCloseTo(0, 12);
});

test("an index of other vectors, or of more items than there are, is not measured", async () => {
  const artifact = wideArtifact();
  const { saved } = await buildIndex(referenceEngine, artifact, options);
  const item = artifact.parameters["factors/item"]?.map((x) => x + 1e-3) ?? new Float32Array();
  const other = { ...artifact, parameters: { ...artifact.parameters, "factors/item": item } };
  const stale = { code: "INDEX_STALE" };
  await expect(checkIndex(referenceEngine, other, saved, 1)).rejects.toMatchObject(stale);
  const more = { ...saved, cellOf: Int32Array.of(...saved.cellOf, 0) };
  await expect(checkIndex(referenceEngine, artifact, more, 1)).rejects.toMatchObject(stale);
  await expect(
    checkIndex(referenceEngine, artifact, { ...saved, fingerprint: saved.fingerprint + 1 }, 1),
  ).rejects.toMatchObject(stale);
});

test("an index needs two users who did something: DATA_TOO_SMALL", async () => {
  const artifact = wideArtifact();
  const offsets = new Int32Array(61).fill(5, 1);
  const few = { ...artifact, history: { offsets, items: artifact.history.items.slice(0, 5) } };
  await expect(buildIndex(referenceEngine, few, options)).rejects.toMatchObject({ code: "DATA_TOO_SMALL" });
  const two = {
    ...few,
    history: {
      ...few.history,
      offsets: offsets.map((x, i) => (i < 2 ? x : 10)),
      items: artifact.history.items.slice(0, 10),
    },
  };
  expect((await buildIndex(referenceEngine, two, options)).quality.users).toBe(1);
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
