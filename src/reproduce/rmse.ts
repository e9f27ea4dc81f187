/**
 * Rating prediction by RMSE over held-out ratings drawn at random, as three groups of authors publish it: MovieLens-100K in five folds
 * (Surprise's README, 2381fb1), MovieLens-1M with a tenth held out (Sedhain et al., "AutoRec", WWW 2015, table 2), and the first published
 * split of MovieLens-100K. The draws are ours: theirs were not published.
 */
import { join } from "node:path";
import { foldSplit, type Interactions, readInteractions } from "../dataset/index.ts";
import { meanRmse, ratingErrors } from "../evaluate/index.ts";
import { autoRec, biasedMf, cfNade, dbn, rbm, svdPlusPlus } from "../models/index.ts";
import type { Model } from "../nn/model.ts";
import { fit, type TrainingSettings } from "../train/index.ts";
import { type Costs, costsOf, meanCosts } from "./costs.ts";
import { briefly, fewUsers, once } from "./small.ts";
import type { Measurement, Reproduced, ReproduceOptions } from "./types.ts";

interface Parts {
  readonly train: Interactions;
  readonly test: Interactions;
}

type Source = Pick<ReproduceOptions, "from" | "quick">;

interface Recipe {
  readonly model: string;
  readonly factors: number;
  readonly built: Model;
  /** Chosen on a twentieth of training ratings; see docs/reproductions.md. */
  readonly settings: Partial<TrainingSettings>;
  readonly published: number | null;
}

interface Experiment {
  readonly name: string;
  readonly protocol: string;
  /** Each part is trained and tested once with each seed. */
  readonly parts: (options: Source) => Promise<readonly Parts[]>;
  readonly recipes: readonly Recipe[];
  readonly seeds: readonly number[];
}

const biased = (settings: Partial<TrainingSettings>, published: number | null): Recipe => ({
  ...{ model: "biased-mf", factors: 100, built: biasedMf({ factors: 100 }) as Model, settings, published },
});

const ofMl100k = { epochs: 10, batchSize: 256, learningRate: 0.005, l2: 0.0012, schedule: "linear" } as const;

const u1: Experiment = {
  name: "ml-100k-u1",
  protocol: "u1.base / u1.test of MovieLens-100K, RMSE over all test ratings",
  parts: async (options) => [await readU1(options)],
  recipes: [biased(ofMl100k, null)],
  seeds: [1, 2, 3],
};

const ml100k: Experiment = {
  name: "ml-100k-rmse",
  protocol: "MovieLens-100K in five random folds, RMSE over every rating, foretold when its fold was held out",
  parts: async ({ from, ...options }) => {
    const all = fewUsers(await readInteractions(join(from, "u.data")), options);
    return [1, 2, 3, 4, 5].map((fold) => foldSplit(all, { fold, folds: 5, seed: 1 }));
  },
  recipes: [
    biased(ofMl100k, 0.934),
    {
      ...{ model: "svd-plus-plus", factors: 50, built: svdPlusPlus({ factors: 50 }) as Model, published: 0.919 },
      settings: { epochs: 20, batchSize: 256, learningRate: 0.004, l2: 0.0012, schedule: "linear" },
    },
  ],
  seeds: [1, 2, 3],
};

const ml1m: Experiment = {
  name: "ml-1m-rmse",
  protocol: "MovieLens-1M, a tenth of all ratings held out at random, RMSE over them",
  parts: async ({ from, ...options }) => {
    const all = fewUsers(await readInteractions(join(from, "ratings.tsv.gz")), options);
    return [foldSplit(all, { fold: 1, folds: 10, seed: 1 })];
  },
  recipes: [
    biased({ epochs: 12, batchSize: 1024, learningRate: 0.005, l2: 0.00015, schedule: "linear" }, 0.845),
    {
      ...{
        model: "autorec",
        factors: 500,
        built: autoRec({ factors: 500, dropout: 0.5 }) as Model,
        published: 0.831,
      },
      settings: { epochs: 40, batchSize: 32_768, learningRate: 0.002, l2: 3e-4, schedule: "linear", patience: 10 },
    },
    {
      ...{
        model: "autorec-users",
        factors: 200,
        built: autoRec({ factors: 200, by: "users" }) as Model,
        published: 0.874,
      },
      settings: { epochs: 30, batchSize: 8192, learningRate: 0.003, l2: 1e-5, schedule: "linear" },
    },
    {
      ...{ model: "rbm", factors: 100, built: rbm({ factors: 100 }) as Model, published: 0.854 },
      settings: { epochs: 25, batchSize: 16_384, learningRate: 0.005, l2: 1e-4, schedule: "linear" },
    },
    {
      ...{ model: "dbn", factors: 200, built: dbn({ factors: 200, hidden: [100] }) as Model, published: null },
      settings: { epochs: 40, batchSize: 32_768, learningRate: 0.002, l2: 1e-4, schedule: "linear", patience: 10 },
    },
    {
      ...{ model: "cf-nade", factors: 100, built: cfNade({ factors: 100 }) as Model, published: 0.829 },
      settings: { epochs: 40, batchSize: 16_384, learningRate: 0.005, l2: 1e-4, schedule: "linear" },
    },
  ],
  seeds: [1, 2],
};

const namesOf = ({ recipes }: Experiment): readonly string[] => recipes.map(({ model }) => model);

/** The models that `only` can name. */
export const [ml100kU1Models, ml100kRmseModels, ml1mRmseModels] = [namesOf(u1), namesOf(ml100k), namesOf(ml1m)];

export const reproduceMl100kU1 = (options: ReproduceOptions): Promise<Measurement> => reproduceRmse(u1, options);
export const reproduceMl100kRmse = (options: ReproduceOptions): Promise<Measurement> => reproduceRmse(ml100k, options);
export const reproduceMl1mRmse = (options: ReproduceOptions): Promise<Measurement> => reproduceRmse(ml1m, options);

async function reproduceRmse(experiment: Experiment, options: ReproduceOptions): Promise<Measurement> {
  const started = performance.now();
  const parts = once(await experiment.parts(options), options);
  const { only } = options;
  const rows: Reproduced[] = [];
  for (const recipe of experiment.recipes) {
    if (only === undefined || recipe.model === only) rows.push(await rowOf(recipe, parts, experiment, options));
  }
  const { name, protocol } = experiment;
  return { name, protocol, rows, seconds: (performance.now() - started) / 1000 };
}

async function rowOf(
  recipe: Recipe,
  parts: readonly Parts[],
  experiment: Experiment,
  options: ReproduceOptions,
): Promise<Reproduced> {
  const started = performance.now();
  const seeds = options.seeds ?? once(experiment.seeds, options);
  const trained: Trained[][] = [];
  for (const seed of seeds) {
    const ofSeed: Trained[] = [];
    for (const part of parts) ofSeed.push(await train(recipe, seed, part, options));
    trained.push(ofSeed);
  }
  const errors = trained.map((ofSeed) => Float64Array.from(ofSeed.flatMap((one) => [...one.errors])));
  const { value, low, high } = meanRmse(errors, { seed: seeds[0] ?? 1 });
  const { model, factors, published } = recipe;
  return {
    ...{ model, factors, metric: "rmse", published, measured: value, low, high },
    ...{ epochChosenBy: "validation", epochs: trained.flat().map(({ epoch }) => epoch), seeds },
    ...{ values: errors.map(rmseOf), seconds: (performance.now() - started) / 1000 },
    ...meanCosts(trained.flat().map(({ costs }) => costs)),
  };
}

const rmseOf = (errors: Float64Array): number => Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length);

/** One training, measured. */
interface Trained {
  /** Epoch that a twentieth of the training ratings chose. */
  readonly epoch: number;
  /** Prediction minus rating, for every test rating. */
  readonly errors: Float64Array;
  readonly costs: Costs;
}

async function train(
  { model, built, settings }: Recipe,
  seed: number,
  { train: data, test }: Parts,
  { engine, threads, signal, onLine, quick }: ReproduceOptions,
): Promise<Trained> {
  const split = foldSplit(data, { fold: 1, folds: 20, seed });
  const run = await fit(built, split.train, {
    ...briefly(settings, { quick }),
    ...{ seed, engine, threads, validation: split.test, metric: "rmse", progress: "none", refit: true },
    ...(signal && { signal }),
  });
  using scorer = run.scorer(threads);
  const errors = await ratingErrors(scorer, { test, signal, range: scaleOf(data) });
  onLine?.(
    `${model} seed ${seed}: epoch ${run.bestEpoch} of ${run.epochs.length}, RMSE ${rmseOf(errors).toFixed(4)}, ${run.seconds.toFixed(1)} s`,
  );
  return { epoch: run.bestEpoch, errors, costs: costsOf(run) };
}
/** Lowest and highest rating, which predictions are moved between. */
function scaleOf({ byUser: { values = new Float32Array(1) } }: Interactions): readonly [number, number] {
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

/** The published parts, cut from `u.data` so that users and items of both are known to each. */
async function readU1({ from, ...options }: Source): Promise<Parts> {
  const all = fewUsers(await readInteractions(join(from, "u.data")), options);
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
