/**
 * Full ranking at 10 of a random share of each user's interactions, as two groups of authors publish it: RecBole-GNN on
 * MovieLens-1M (ratings of 3 and more, 8 : 1 : 1, training and validation items left out of the lists) and Microsoft's recommenders
 * on MovieLens-100K (3 : 1, every rating counts). The draw of the split is ours: theirs was not published.
 * RUCAIBox/RecBole-GNN, results/general/ml-1m.md; recommenders-team/recommenders, examples/06_benchmarks/movielens.ipynb.
 */
import { join } from "node:path";
import { type Interactions, ratioSplit, readInteractions, type Split, toImplicit } from "../dataset/index.ts";
import { measureUsers, rankUsers, type UserMetrics } from "../evaluate/index.ts";
import {
  bprMf,
  ease,
  gfCf,
  ials,
  itemKnn,
  lightGcn,
  neuMf,
  ngcf,
  popularity,
  pureSvd,
  rp3Beta,
  slim,
} from "../models/index.ts";
import type { ModelFactory } from "../nn/model.ts";
import { fit, type TrainingSettings } from "../train/index.ts";
import { type Costs, costsOf, meanCosts } from "./costs.ts";
import { measuredRows } from "./measured.ts";
import { briefly, fewUsers } from "./small.ts";
import type { Measurement, Reproduced, ReproduceOptions } from "./types.ts";

const METRICS = ["ndcg@10", "recall@10", "precision@10"] as const;
type Metric = (typeof METRICS)[number];

interface Recipe {
  readonly name: string;
  readonly protocol: string;
  read(from: string): Promise<Interactions>;
  /** Shares held out. */
  readonly shares: { readonly test: number; readonly validation: number };
  readonly published: Readonly<Record<string, Readonly<Record<Metric, number>>>>;
  /** What validation parts chose where the usual options are not taken, by model. */
  readonly chosen?: Readonly<Record<string, Chosen>>;
}

interface Chosen {
  readonly options: object;
  readonly settings: Partial<TrainingSettings>;
}

/** In the order of the table; options are the usual ones, or chosen by validation. */
const models = [
  popularity,
  itemKnn,
  ease,
  slim,
  rp3Beta,
  pureSvd,
  gfCf,
  ials,
  bprMf,
  neuMf,
  lightGcn,
  ngcf,
] as readonly unknown[];
const factories = models as readonly ModelFactory[];

/** The models that `only` can name. */
export const ratioModels: readonly string[] = factories.map(({ definition }) => definition.name);

const values = (ndcg: number, recall: number, precision: number): Readonly<Record<Metric, number>> => ({
  "ndcg@10": ndcg,
  "recall@10": recall,
  "precision@10": precision,
});

/** LightGCN by a softmax of cosines over the whole catalogue. */
const bySoftmax = (options: object, settings: Partial<TrainingSettings>): Readonly<Record<string, Chosen>> => ({
  lightgcn: { options: { temperature: 0.2, ...options }, settings: { learningRate: 0.01, ...settings } },
});

const ml1m: Recipe = {
  name: "ml-1m-ratio",
  protocol:
    "MovieLens-1M, ratings >= 3, 8:1:1 by user at random, full ranking at 10 without training and validation items",
  read: async (from) =>
    toImplicit(await readInteractions(join(from, "ratings.tsv.gz")), { kind: "threshold", minimum: 3 }),
  shares: { test: 0.1, validation: 0.1 },
  published: {
    "bpr-mf": values(0.2401, 0.1776, 0.1779),
    neumf: values(0.2271, 0.1651, 0.17),
    lightgcn: values(0.2538, 0.1861, 0.1863),
    ngcf: values(0.2508, 0.1814, 0.185),
  },
  chosen: bySoftmax({ layers: 2, dim: 128 }, { batchSize: 512, epochs: 150, patience: 20 }),
};

const ml100k: Recipe = {
  name: "ml-100k-ratio",
  protocol: "MovieLens-100K, 3:1 by user at random, full ranking at 10 without training items",
  read: (from) => readInteractions(join(from, "u.data")),
  shares: { test: 0.25, validation: 0 },
  published: {
    "bpr-mf": values(0.444991, 0.216555, 0.388653),
    neumf: values(0.396118, 0.180775, 0.347296),
    lightgcn: values(0.419846, 0.144336, 0.379626),
  },
  chosen: bySoftmax({ dim: 128 }, { batchSize: 256, epochs: 100, patience: 20 }),
};

export const reproduceMl1mRatio = (options: ReproduceOptions): Promise<Measurement> => reproduceRatio(ml1m, options);
export const reproduceMl100kRatio = (options: ReproduceOptions): Promise<Measurement> =>
  reproduceRatio(ml100k, options);

async function reproduceRatio(
  { name, protocol, read, shares, published, chosen }: Recipe,
  options: ReproduceOptions,
): Promise<Measurement> {
  const started = performance.now();
  const interactions = fewUsers(await read(options.from), options);
  const seeds = options.seeds ?? [1];
  const rows: Reproduced[] = [];
  for (const factory of factories) {
    const model = factory.definition.name;
    if (options.only !== undefined && model !== options.only) continue;
    const begun = performance.now();
    const trainings: Trained[] = [];
    for (const seed of seeds) {
      // one draw for all seeds: they are to differ in what training draws
      const split = ratioSplit(interactions, { ...shares, seed: 1 });
      trainings.push(await train(factory, { split, seed, ...chosen?.[model] }, options));
    }
    const isChosen = trainings.some(({ epoch }) => epoch > 0);
    const measured = {
      ...{
        model,
        factors: widthOf(factory, chosen?.[model]?.options),
        epochChosenBy: isChosen ? ("validation" as const) : ("none" as const),
      },
      ...{ epochs: trainings.map(({ epoch }) => epoch), seeds, users: trainings.map(({ users }) => users) },
      seconds: (performance.now() - begun) / 1000,
    };
    const costs = meanCosts(trainings.map((each) => each.costs));
    rows.push(...measuredRows(measured, METRICS, published[model]).map((row) => ({ ...row, ...costs })));
  }
  return { name, protocol, rows, seconds: (performance.now() - started) / 1000 };
}

/** Width of the vectors, 0 where there are none. */
function widthOf({ definition: { defaults } }: ModelFactory, options: object = {}): number {
  const { factors, dim, width } = { ...defaults, ...options } as Readonly<Record<string, unknown>>;
  return [factors, dim, width].find((each) => typeof each === "number") ?? 0;
}

interface Trained {
  readonly epoch: number;
  readonly users: UserMetrics;
  readonly costs: Costs;
}

interface Training extends Partial<Chosen> {
  readonly split: Split;
  readonly seed: number;
}

async function train(
  factory: ModelFactory,
  { split: { train: data, validation, test }, seed, options = {}, settings = {} }: Training,
  { engine, threads, signal, onLine, quick }: ReproduceOptions,
): Promise<Trained> {
  const run = await fit(factory(options), data, {
    ...briefly({ refit: validation === undefined, ...settings }, { quick }),
    ...{ seed, engine, threads, progress: "none" },
    ...(validation && { validation }),
    ...(signal && { signal }),
  });
  using scorer = run.scorer(threads);
  const ranked = await rankUsers(scorer, { train: data, validation, test, seed, signal, protocol: "full" });
  const users = measureUsers(ranked, 10);
  const column = users.labels.indexOf("ndcg@10");
  const ndcg = users.users.reduce((sum, _, row) => sum + (users.cells[row * users.width + column] as number), 0);
  const name = factory.definition.name;
  onLine?.(`${name} seed ${seed}: NDCG ${(ndcg / users.users.length).toFixed(4)}, ${run.seconds.toFixed(1)} s`);
  return { epoch: run.bestEpoch, users, costs: costsOf(run) };
}
