import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { club, pointwiseModel, ratedClub, ratingModel, untrainedModel } from "../../test/support/tiny-training.ts";
import { loadArtifact, saveArtifact } from "../artifact/index.ts";
import { referenceEngine } from "../engine/reference/index.ts";
import { type ArtifactFacts, toArtifact } from "./artifact.ts";
import { fit as fitModel } from "./fit.ts";

const { train, validation } = club();
const options = { epochs: 2, negatives: 2, progress: "none", engine: referenceEngine } as const;
const facts = (interactions: number): ArtifactFacts => ({
  created: "2026-01-02T03:04:05.000Z",
  dataset: { fingerprint: "f", users: 24, items: 40, interactions },
  split: { kind: "leave-last-out" },
});

describe("toArtifact", async () => {
  test("holds what answering needs and survives saving", async () => {
    const run = await fitModel(pointwiseModel(), train, { ...options, validation });
    const artifact = toArtifact(run, train, facts(train.byUser.items.length));
    const directory = await mkdtemp(join(tmpdir(), "penchant-artifact-"));
    try {
      await saveArtifact(join(directory, "run"), artifact);
      const loaded = await loadArtifact(join(directory, "run"));
      expect(loaded.parameters).toEqual(run.parameters);
      expect(loaded.users).toEqual(Array.from({ length: 24 }, (_, i) => `u${i}`));
      expect(loaded.metadata).toEqual(artifact.metadata);
      expect(loaded.plans.foldIn?.userParameters).toEqual(["p"]);
      const ids = { user: Int32Array.of(3), item: Int32Array.of(5) };
      const scored = [run.scorePlan, loaded.plans.score].map((plan) =>
        referenceEngine.evaluate(plan, loaded.parameters, ids),
      );
      const [before, after] = await Promise.all(scored);
      expect(after).toEqual(before);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  test("records settings, epochs and where they came from as plain JSON", async () => {
    const run = await fitModel(pointwiseModel(), train, { ...options, validation, seed: 5 });
    const { metadata } = toArtifact(run, train, facts(train.byUser.items.length));
    expect(JSON.parse(JSON.stringify(metadata))).toEqual(metadata);
    expect(metadata).toMatchObject({
      model: { name: "tiny-pointwise", task: "pointwise" },
      seed: 5,
      split: { kind: "leave-last-out" },
      training: { negatives: 2, optimizer: "adam", bestEpoch: run.bestEpoch, engine: "reference" },
      metrics: {},
    });
    expect(metadata.packageVersion).toMatch(/^\d+\.\d+\.\d+/);
    expect(metadata.training["records"]).toHaveLength(2);
  });

  test("knows sizes, fingerprint and the time by itself", async () => {
    const run = await fitModel(pointwiseModel(), train, options);
    const before = new Date().toISOString();
    const { metadata } = toArtifact(run, {
      ...train,
      catalog: () => train.catalog(),
      fingerprint: () => "of the rows",
    });
    const sizes = { users: 24, items: 40, interactions: train.byUser.items.length };
    expect(metadata.dataset).toEqual({ fingerprint: "of the rows", ...sizes });
    expect(metadata.split).toEqual({ kind: "unsaved" });
    expect(metadata.created >= before && metadata.created <= new Date().toISOString()).toBe(true);
    expect(toArtifact(run, train).metadata.dataset).toEqual({ fingerprint: "", ...sizes });
  });

  test("keeps rating values in the history", async () => {
    const rated = ratedClub().train;
    const run = await fitModel(ratingModel(), rated, options);
    expect(toArtifact(run, rated, facts(1)).history.values).toEqual(rated.byUser.values);
  });

  test("of a model without user rows has nothing to fold in", async () => {
    const run = await fitModel(untrainedModel(), train, options);
    const { plans, popularity } = toArtifact(run, train, facts(1));
    expect([plans.foldIn, plans.influence]).toEqual([undefined, undefined]);
    expect(popularity).toEqual(train.catalog().itemCounts);
  });
});
