/**
 * Full ranking on Gowalla as He et al., "LightGCN", SIGIR 2020, split it: 810,128 training and 217,242 test interactions of 29,858
 * users and 40,981 items. Every item that a user has not trained on is ranked.
 */
import { filledRows } from "../core/csr.ts";
import { fail } from "../core/errors.ts";
import { givenSplit, importDataset, type Split } from "../dataset/index.ts";
import { measureUsers, rankUsers, type UserMetrics } from "../evaluate/index.ts";
import {
  bspm,
  gfCf,
  itemKnn,
  lightGcn,
  multVae,
  ngcf,
  prod2Vec,
  simpleX,
  slim,
  softmaxDnn,
  twoTower,
} from "../models/index.ts";
import type { Model } from "../nn/model.ts";
import { fit, type TrainingSettings } from "../train/index.ts";
import { together } from "../train/inputs/data.ts";
import { type Costs, costsOf, meanCosts } from "./costs.ts";
import { epochLine } from "./epoch-line.ts";
import { measuredRows } from "./measured.ts";
import { briefly, fewOfSplit } from "./small.ts";
import type { Measurement, Reproduced, ReproduceOptions } from "./types.ts";

const metrics = ["recall@20", "ndcg@20"] as const;

interface Recipe {
  readonly name: string;
  readonly factors: number;
  readonly model: Model;
  readonly settings: Partial<TrainingSettings>;
  /** The epoch that the validation part chose, counted from 1, where a training is long. Absent: every run chooses its own. */
  readonly chosenEpoch?: number;
  /** As the BARS leaderboard gives it (reczoo/BARS, matching on Gowalla); absent where it has none. */
  readonly published?: Readonly<Record<(typeof metrics)[number], number>>;
}

/** What is solved for has neither epochs nor settings of training, and nothing that the validation part could choose. */
const solved = { settings: {} } as const;

/** The rate falls along a cosine, so that the last epoch is the best one or nearly so. */
const decayed: Partial<TrainingSettings> = {
  ...{ epochs: 40, batchSize: 512, optimizer: "adamw" },
  ...{ schedule: "cosine", finalRate: 0.01 },
};

const recipes: readonly Recipe[] = [
  {
    name: "softmax-dnn",
    factors: 64,
    model: softmaxDnn({ hidden: [], dropout: 0.2 }) as Model,
    settings: { ...decayed, learningRate: 0.005, weightDecay: 1 },
    chosenEpoch: 40,
    published: { "recall@20": 0.1754, "ndcg@20": 0.1473 },
  },
  {
    name: "mult-vae",
    factors: 64,
    model: multVae({ latent: 64, hidden: [128] }) as Model,
    settings: { ...decayed, learningRate: 0.003, weightDecay: 0.3 },
    chosenEpoch: 40,
    published: { "recall@20": 0.1641, "ndcg@20": 0.1335 },
  },
  {
    name: "lightgcn",
    factors: 64,
    model: lightGcn({ layers: 4, temperature: 0.1 }) as Model,
    settings: { epochs: 30, batchSize: 1024, learningRate: 0.02, schedule: "cosine", finalRate: 0.05 },
    chosenEpoch: 30,
    published: { "recall@20": 0.182, "ndcg@20": 0.1547 },
  },
  {
    name: "item-knn",
    factors: 100,
    model: itemKnn({ neighbours: 100, prediction: "average" }) as Model,
    ...solved,
    published: { "recall@20": 0.157, "ndcg@20": 0.1214 },
  },
  {
    name: "slim",
    factors: 500,
    model: slim() as Model,
    ...solved,
    published: { "recall@20": 0.1699, "ndcg@20": 0.1382 },
  },
  {
    name: "gf-cf",
    factors: 256,
    model: gfCf({ factors: 256, alpha: 0.3, neighbours: 40981 }) as Model,
    ...solved,
    published: { "recall@20": 0.1849, "ndcg@20": 0.1518 },
  },
  {
    name: "bspm",
    factors: 448,
    model: bspm() as Model,
    ...solved,
    // Choi et al. 2023, table 3.
    published: { "recall@20": 0.192, "ndcg@20": 0.1597 },
  },
  {
    name: "simplex",
    factors: 64,
    // Margin and weight as other implementations have them; not checked against the authors' own.
    model: simpleX({ margin: 0.9, weight: 150, share: 1 }) as Model,
    settings: { batchSize: 1024, learningRate: 0.001 },
    published: { "recall@20": 0.1872, "ndcg@20": 0.1557 },
  },
  {
    name: "ngcf",
    factors: 64,
    model: ngcf() as Model,
    settings: { batchSize: 8192, learningRate: 0.003 },
    published: { "recall@20": 0.157, "ndcg@20": 0.1327 },
  },
  {
    name: "prod2vec",
    factors: 64,
    // The published data have no order: everything that somebody did stands near.
    model: prod2Vec({ window: 10 }) as Model,
    settings: { batchSize: 256, learningRate: 0.003 },
    published: { "recall@20": 0.1326, "ndcg@20": 0.1057 },
  },
  {
    name: "two-tower",
    factors: 64,
    model: twoTower() as Model,
    settings: { batchSize: 2048, learningRate: 0.003 },
  },
];

/** The models that `only` can name. */
export const gowallaModels: readonly string[] = recipes.map(({ name }) => name);

export async function reproduceGowalla(options: ReproduceOptions): Promise<Measurement> {
  const started = performance.now();
  const data = await readData(options);
  const named = recipes.filter(({ name }) => options.only === undefined || name === options.only);
  const rows: Reproduced[] = [];
  for (const recipe of named) rows.push(...(await reproduceRow(recipe, data, options)));
  const users = filledRows(data.test.byUser).length.toLocaleString("en-US");
  return {
    name: "gowalla",
    protocol: `as published with LightGCN, all items ranked that are not in training, ${users} users`,
    rows,
    seconds: (performance.now() - started) / 1000,
  };
}

/** The published parts; the validation part is one that the authors' training data contains. */
async function readData({ from, signal, ...options }: ReproduceOptions): Promise<Split> {
  const dataset = await importDataset(from, { signal });
  if (dataset.report.source.format !== "lightgcn") {
    fail("DATA_FORMAT", {
      what: `${from} is not the folder of Gowalla as published with LightGCN`,
      expected: "train.txt, valid.txt and test.txt",
      received: `the ${dataset.report.source.format} format`,
    });
  }
  return fewOfSplit(givenSplit(dataset, { validation: true }), options);
}

interface Trained {
  readonly epoch: number;
  readonly users: UserMetrics;
  readonly costs: Costs;
}

async function reproduceRow(recipe: Recipe, data: Split, options: ReproduceOptions): Promise<readonly Reproduced[]> {
  const started = performance.now();
  const seeds = options.seeds ?? [1];
  const trained: Trained[] = [];
  for (const seed of seeds) trained.push(await train(recipe, seed, data, options));
  const seconds = (performance.now() - started) / 1000;
  const epochChosenBy = isSolved(recipe) ? "none" : "validation";
  return measuredRows(
    {
      ...{ model: recipe.name, factors: recipe.factors, epochChosenBy, seeds, seconds },
      ...{ epochs: trained.map(({ epoch }) => epoch), users: trained.map(({ users }) => users) },
      ...meanCosts(trained.map(({ costs }) => costs)),
    },
    metrics,
    recipe.published,
  );
}

const isSolved = ({ model }: Recipe): boolean => model.solve !== undefined;

async function train(recipe: Recipe, seed: number, data: Split, options: ReproduceOptions): Promise<Trained> {
  const { engine, threads, signal, onLine } = options;
  // With a known epoch, or none, the model learns from the validation part at once; else that part chooses, and the model is
  // trained anew on everything, or, with `choose`, not.
  const chosen = options.choose ? undefined : isSolved(recipe) ? 0 : recipe.chosenEpoch;
  const validating = { patience: 5, refit: !options.choose, metric: "ndcg@20", validation: data.validation };
  const everything = chosen !== undefined ? together(data.train, data.validation ? [data.validation] : []) : data.train;
  const length = chosen === undefined ? validating : chosen > 0 && { epochs: chosen };
  const run = await fit(recipe.model, everything, {
    ...briefly({ epochs: 200, ...recipe.settings, ...length }, options),
    ...{ seed, engine, threads, progress: "none" },
    ...(signal && { signal }),
    callbacks: {
      onEpoch: ({ record }) => onLine?.(epochLine(recipe.name, seed, record, { metric: "NDCG@20", digits: 3 })),
    },
  });
  using scorer = run.scorer(threads);
  const users = measureUsers(await rankUsers(scorer, { ...data, seed, signal, protocol: "full" }), 20);
  return { epoch: run.bestEpoch, users, costs: costsOf(run) };
}
