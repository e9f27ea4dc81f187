/** Files that somebody changed: whatever they say, they are refused with a coded error or used as if they had been so from the start. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadArtifact, saveArtifact } from "../../src/artifact/index.ts";
import { readSafetensors } from "../../src/artifact/safetensors/read.ts";
import { writeSafetensors } from "../../src/artifact/safetensors/write.ts";
import { FileSink } from "../../src/artifact/sink.ts";
import { FileSource } from "../../src/artifact/source.ts";
import { PenchantError } from "../../src/core/errors.ts";
import { loadDataset, loadReport, saveDataset } from "../../src/dataset/store/store.ts";
import { filmClub } from "../../src/dataset/synthetic/film-club.ts";
import { referenceEngine } from "../../src/engine/reference/index.ts";
import { createRecommender } from "../../src/retrieve/index.ts";
import { readCheckpoint, writeCheckpoint } from "../../src/train/checkpoint/checkpoint.ts";
import { fit as fitModel } from "../../src/train/fit.ts";
import { anyJson, type Change, changed, changesOf } from "../support/damage.ts";
import { fuzz } from "../support/fuzz.ts";
import { tinyArtifact } from "../support/tiny-artifact.ts";
import { club, pointwiseModel } from "../support/tiny-training.ts";

const RUNS = Number(process.env["PENCHANT_RANDOM_PLANS"] ?? 150);
const unexpected = new Set(["ENGINE_FAILURE", "UNEXPECTED_FAILURE"]);

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "penchant-damaged-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Anything but a coded error is a failure of the test. */
async function refusedOrDone(work: () => Promise<unknown>): Promise<"refused" | "done"> {
  try {
    await work();
    return "done";
  } catch (error) {
    if (error instanceof PenchantError && !unexpected.has(error.code)) return "refused";
    throw error;
  }
}

/** Changes the document again and again, and counts how that ends. */
async function damage(work: (list: readonly Change[]) => Promise<unknown>): Promise<{ refused: number; done: number }> {
  const found = { refused: 0, done: 0 };
  await fc.assert(
    fc.asyncProperty(changesOf(anyJson), async (list) => {
      found[await refusedOrDone(() => work(list))]++;
    }),
    fuzz(RUNS),
  );
  return found;
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe("a saved run", () => {
  /** Loads it and asks it everything. */
  async function use(path: string): Promise<void> {
    using recommender = createRecommender(await loadArtifact(path), referenceEngine);
    await recommender.recommend("anna", { k: 3, why: true });
    await recommender.recommend({ items: ["7", "007"] }, { k: 3, why: true });
    await recommender.similar("7", { k: 2 });
    for await (const _ of recommender.recommendAll({ k: 2 }));
  }

  test("whose artifact.json was changed", async () => {
    const path = join(directory, "run");
    await saveArtifact(path, tinyArtifact());
    const manifest: unknown = JSON.parse(await readFile(join(path, "artifact.json"), "utf8"));
    const found = await damage(async (list) => {
      await writeFile(join(path, "artifact.json"), JSON.stringify(changed(manifest, list)));
      await use(path);
    });
    expect(found.refused).toBeGreaterThan(RUNS / 10);
    expect(found.done).toBeGreaterThan(0);
  });

  test.each(["plans.json", "users.ids"])("whose %s was changed, with a digest that fits", async (file) => {
    const path = join(directory, "run");
    await saveArtifact(path, tinyArtifact());
    const manifest = JSON.parse(await readFile(join(path, "artifact.json"), "utf8"));
    const text = await readFile(join(path, file), "utf8");
    const document: unknown = file.endsWith(".json")
      ? JSON.parse(text)
      : text
          .trimEnd()
          .split("\n")
          .map((id) => JSON.parse(id));
    const found = await damage(async (list) => {
      const other = changed(document, list);
      const written = file.endsWith(".json")
        ? JSON.stringify(other)
        : (other as unknown[]).map((id) => `${JSON.stringify(id)}\n`).join("");
      const digest = { bytes: Buffer.byteLength(written), sha256: sha256(written) };
      await writeFile(join(path, file), written);
      await writeFile(
        join(path, "artifact.json"),
        JSON.stringify({ ...manifest, files: { ...manifest.files, [file]: digest } }),
      );
      await use(path);
    });
    expect(found.refused).toBeGreaterThan(RUNS / 10);
  });
});

describe("a saved data set", () => {
  test("whose index was changed", async () => {
    const path = join(directory, "data");
    await saveDataset(path, filmClub({ members: 30, films: 40, interactions: 300 }).dataset);
    const index: unknown = JSON.parse(await readFile(join(path, "dataset.json"), "utf8"));
    const found = await damage(async (list) => {
      await writeFile(join(path, "dataset.json"), JSON.stringify(changed(index, list)));
      await loadReport(path);
      await loadDataset(path);
    });
    expect(found.refused).toBeGreaterThan(RUNS / 10);
  });
});

describe("a checkpoint", () => {
  test("whose facts were changed", async () => {
    const { train, validation } = club();
    const options = { batchSize: 32, negatives: 2, engine: referenceEngine, progress: "none", validation } as const;
    const checkpoint = { directory };
    await fitModel(pointwiseModel(), train, { ...options, epochs: 2, checkpoint });
    const whole = await readCheckpoint(directory);
    if (!whole) throw new Error("there is a checkpoint");
    const file = join(directory, "checkpoint.safetensors");
    const { tensors, metadata } = await FileSource.read(file, readSafetensors);
    const facts: unknown = JSON.parse(metadata["penchant"] ?? "");
    const found = await damage(async (list) => {
      const penchant = JSON.stringify(changed(facts, list));
      await rm(file, { force: true });
      await FileSink.create(file, (sink) => writeSafetensors(sink, tensors, { penchant }));
      await fitModel(pointwiseModel(), train, { ...options, epochs: 3, checkpoint, resume: true });
    });
    expect(found.refused).toBeGreaterThan(RUNS / 10);
    await writeCheckpoint(directory, whole);
    await expect(readCheckpoint(directory)).resolves.toEqual(whole);
  });
});
