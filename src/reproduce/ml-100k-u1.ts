/**
 * Rating prediction on the first of the five published splits of MovieLens-100K (u1.base / u1.test, 80,000 / 20,000): RMSE of
 * biased matrix factorization, Koren et al. 2009.
 */
import { join } from "node:path";
import { type Interactions, ratioSplit, readInteractions } from "../dataset/index.ts";
import { meanRmse, ratingErrors } from "../evaluate/index.ts";
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

/** The models that `only` can name. */
export const ml100kU1Models: readonly string[] = ["biased-mf"];

/** One training, measured. */
interface Trained {
  /** Epoch that a twentieth of u1.base chose. */
  readonly epoch: number;
  /** Prediction minus rating, for every test rating. */
  readonly errors: Float64Array;
}

export async function reproduceMl100kU1(options: ReproduceOptions): Promise<Reproduction> {
  const started = performance.now();
  const data = await readU1(options.from);
  const seeds = options.seeds ?? (options.quick ? [1] : [1, 2, 3]);
  const runs: Trained[] = [];
  for (const seed of seeds) runs.push(await train(seed, data, options));
  const seconds = (performance.now() - started) / 1000;
  const errors = runs.map((run) => run.errors);
  const { value, low, high } = meanRmse(errors, { seed: seeds[0] ?? 1 });
  const row: Reproduced = {
    ...{ model: "biased-mf", factors: FACTORS, metric: "rmse", published: null, measured: value, low, high },
    ...{ epochChosenBy: "validation", epochs: runs.map(({ epoch }) => epoch), seeds },
    ...{ values: errors.map(rmseOf), seconds },
  };
  return {
    name: "ml-100k-u1",
    protocol: "u1.base / u1.test of MovieLens-100K, RMSE over all test ratings",
    rows: [row],
    seconds,
  };
}

const rmseOf = (errors: Float64Array): number => Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length);

async function train(seed: number, { train, test }: Parts, options: ReproduceOptions): Promise<Trained> {
  const { engine, threads, signal } = options;
  const split = ratioSplit(train, { test: 0.05, seed });
  const run = await fit(biasedMf({ factors: FACTORS }), split.train, {
    ...{ ...settings, seed, engine, threads, validation: split.test, metric: "rmse", progress: "none" },
    ...(signal && { signal }),
  });
  using scorer = run.scorer(threads);
  const errors = await ratingErrors(scorer, { test, signal });
  const rmse = rmseOf(errors).toFixed(4);
  options.onLine?.(`biased-mf seed ${seed}: epoch ${run.bestEpoch} of ${run.epochs.length}, RMSE ${rmse}`);
  return { epoch: run.bestEpoch, errors };
}

interface Parts {
  readonly train: Interactions;
  readonly test: Interactions;
}

/** The published parts, cut from `u.data` so that users and items of both are known to each. */
async function readU1(from: string): Promise<Parts> {
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
