/**
 * Rating prediction on the first of the five published splits of MovieLens-100K (u1.base / u1.test, 80,000 / 20,000): RMSE of
 * biased matrix factorization, Koren et al. 2009.
 */
import { join } from "node:path";
import { type Interactions, ratioSplit, readInteractions } from "../dataset/index.ts";
import { evaluateRating } from "../evaluate/index.ts";
import { biasedMf } from "../models/index.ts";
import { fit, type TrainingSettings } from "../train/index.ts";
import type { Reproduced, ReproduceOptions, Reproduction } from "./types.ts";

const FACTORS = 100;
/** Chosen on a twentieth of u1.base; see docs/reproductions.md. */
const settings: Partial<TrainingSettings> = {
  epochs: 40,
  batchSize: 64,
  learningRate: 0.003,
  l2: 0.0035,
  schedule: "linear",
};

export async function reproduceMl100kU1({
  from,
  engine,
  threads,
  seeds = [1, 2, 3],
  ...rest
}: ReproduceOptions): Promise<Reproduction> {
  const started = performance.now();
  const { train, test } = await readU1(from);
  const runs: { readonly value: number; readonly low: number; readonly high: number; readonly epoch: number }[] = [];
  for (const seed of seeds) {
    const split = ratioSplit(train, { test: 0.05, seed });
    const run = await fit(biasedMf({ factors: FACTORS }), split.train, {
      ...{ ...settings, seed, engine, threads, validation: split.test, metric: "rmse", progress: "none" },
      ...(rest.signal && { signal: rest.signal }),
    });
    using scorer = run.scorer(threads);
    const { rmse = { value: Number.NaN, low: Number.NaN, high: Number.NaN } } = (
      await evaluateRating(scorer, { test, seed })
    ).metrics;
    rest.onLine?.(
      `biased-mf seed ${seed}: epoch ${run.bestEpoch} of ${run.epochs.length}, RMSE ${rmse.value.toFixed(4)}`,
    );
    runs.push({ ...rmse, epoch: run.bestEpoch });
  }
  const values = runs.map(({ value }) => value);
  const seconds = (performance.now() - started) / 1000;
  const row: Reproduced = {
    ...{ model: "biased-mf", factors: FACTORS, metric: "rmse", published: undefined },
    measured: values.reduce((a, b) => a + b, 0) / values.length,
    ...{ low: runs[0]?.low ?? Number.NaN, high: runs[0]?.high ?? Number.NaN },
    ...{ epochChosenBy: "validation", epochs: runs.map(({ epoch }) => epoch), seeds, values, seconds },
  };
  return {
    name: "ml-100k-u1",
    protocol: "u1.base / u1.test of MovieLens-100K, RMSE over all test ratings",
    rows: [row],
    seconds,
  };
}

/** The published parts, cut from `u.data` so that users and items of both are known to each. */
async function readU1(from: string): Promise<{ readonly train: Interactions; readonly test: Interactions }> {
  const all = await readInteractions(join(from, "u.data"));
  const held = await readInteractions(join(from, "u1.test"));
  const part = new Uint8Array(all.size);
  let at = 0;
  for (const { user, item } of all) {
    const [u, i] = [held.users.index(all.users.id(user)), held.items.index(all.items.id(item))];
    part[at++] = u !== undefined && i !== undefined && held.has(u, i) ? 1 : 0;
  }
  const [train, test] = all.partition(part, 2) as [Interactions, Interactions];
  return { train, test };
}
