/**
 * What comes next on MovieLens-1M, leave last out: the last interaction of each user is the test, the last but one chooses the
 * epoch. Order is that of `pos`, which has no ties; who sorts by time alone holds out another item for up to a quarter of the users.
 */
import { fail } from "../core/errors.ts";
import { importDataset, kCore, leaveLastOut, mergeParts, type Split } from "../dataset/index.ts";
import { measureUsers, type ProtocolName, rankUsers, type UserMetrics } from "../evaluate/index.ts";
import { caser, gru4Rec, sasRec } from "../models/index.ts";
import type { Model } from "../nn/model.ts";
import { matricesOf } from "../train/data.ts";
import { fit, type Run, type TrainingSettings } from "../train/index.ts";
import { type Costs, costsOf, meanCosts } from "./costs.ts";
import { epochLine } from "./epoch-line.ts";
import { measuredRows } from "./measured.ts";
import type { Measurement, Reproduced, ReproduceOptions } from "./types.ts";

const metrics = ["hr@10", "ndcg@10"] as const;
type Published = Readonly<Record<(typeof metrics)[number], number>>;

/** Two ways to rank the same test. */
const protocols: readonly ProtocolName[] = ["full", "sampled-100"];

interface Recipe {
  readonly name: string;
  readonly factors: number;
  readonly model: Model;
  readonly settings: Partial<TrainingSettings>;
  /** The epoch that the validation part chose, counted from 1. Absent: every run chooses its own. */
  readonly chosenEpoch?: number;
  /** By protocol; undefined where there is no comparable number. */
  readonly published: readonly (Published | undefined)[];
}

const recipes: readonly Recipe[] = [
  {
    name: "sasrec",
    factors: 128,
    model: sasRec() as Model,
    settings: { epochs: 60, batchSize: 64, learningRate: 0.001, schedule: "cosine", finalRate: 0.05 },
    chosenEpoch: 40,
    published: [
      // Klenitskiy & Vasilev 2023, table 3: with cross-entropy over the whole catalogue.
      { "hr@10": 0.3152, "ndcg@10": 0.1821 },
      // Kang & McAuley 2018, table III; their negatives are 100 as well, drawn uniformly of what the user has not met.
      { "hr@10": 0.8245, "ndcg@10": 0.5905 },
    ],
  },
  {
    name: "sasrec-sampled-256",
    factors: 64,
    model: sasRec({ width: 64, dropout: 0.1, loss: "sampled-softmax", negatives: 256 }) as Model,
    settings: { epochs: 100, batchSize: 64, learningRate: 0.001 },
    // blondered/transformer_benchmark, README: sampled softmax with 256 negatives.
    published: [{ "hr@10": 0.2929, "ndcg@10": 0.1684 }, undefined],
  },
  {
    name: "sasrec-sampled-3000",
    factors: 128,
    model: sasRec({ loss: "sampled-softmax", negatives: 3000 }) as Model,
    settings: { epochs: 60, batchSize: 64, learningRate: 0.001, schedule: "cosine", finalRate: 0.05 },
    // Klenitskiy & Vasilev 2023, table 3.
    published: [{ "hr@10": 0.3159, "ndcg@10": 0.1857 }, undefined],
  },
  {
    name: "sasrec-gbce",
    factors: 128,
    model: sasRec({ loss: "gbce", negatives: 256, calibration: 0.75 }) as Model,
    settings: { epochs: 100, batchSize: 64, learningRate: 0.001 },
    // Petrov & Macdonald 2023, with 256 negatives and t = 0.75.
    published: [{ "hr@10": 0.3003, "ndcg@10": 0.1726 }, undefined],
  },
  {
    name: "gru4rec",
    factors: 64,
    model: gru4Rec() as Model,
    settings: { epochs: 100, batchSize: 32, learningRate: 0.001 },
    // Quoted with cross-entropy in the README of meta-recsys/generative-recommenders.
    published: [{ "hr@10": 0.2811, "ndcg@10": 0.1648 }, undefined],
  },
  {
    name: "caser",
    factors: 64,
    model: caser() as Model,
    settings: { epochs: 100, batchSize: 32, learningRate: 0.001 },
    published: [undefined, undefined],
  },
];

/** Epochs of a quick run: the rows then say that the machinery works, and no more. */
const QUICK = 2;

/** The models that `only` can name. */
export const ml1mSequenceModels: readonly string[] = recipes.map(({ name }) => name);

export async function reproduceMl1mSequence(options: ReproduceOptions): Promise<Measurement> {
  const started = performance.now();
  const data = await readData(options);
  const named = recipes.filter(({ name }) => options.only === undefined || name === options.only);
  const rows: Reproduced[] = [];
  for (const recipe of named) rows.push(...(await reproduceRow(recipe, data, options)));
  const users = data.test.size.toLocaleString("en-US");
  return {
    name: "ml-1m-sequence",
    protocol:
      `leave last out by \`pos\` (no ties), items with 5 interactions or more, ${users} users: first all items ranked that ` +
      "are not known of the user, then each test item among 100 sampled ones",
    rows,
    seconds: (performance.now() - started) / 1000,
  };
}

async function readData({ from, signal }: ReproduceOptions): Promise<Split> {
  const { report, interactions, given } = await importDataset(from, { signal });
  if (report.source.format !== "ncf-ml-1m" || !given) {
    fail("DATA_FORMAT", {
      what: `${from} is not the MovieLens-1M folder with positions`,
      expected: "ratings.tsv.gz, item_list.txt, ml-1m.test.rating and ml-1m.test.negative",
      received: `the ${report.source.format} format`,
    });
  }
  return leaveLastOut(kCore(mergeParts(interactions, given.test)), { validation: true });
}

async function reproduceRow(recipe: Recipe, data: Split, options: ReproduceOptions): Promise<readonly Reproduced[]> {
  const started = performance.now();
  const seeds = options.seeds ?? [1];
  const trained: { readonly epoch: number; readonly users: readonly UserMetrics[]; readonly costs: Costs }[] = [];
  for (const seed of seeds) {
    const run = await train(recipe, seed, data, options);
    trained.push({ epoch: run.bestEpoch, users: await measured(run, seed, data, options), costs: costsOf(run) });
  }
  const seconds = (performance.now() - started) / 1000;
  const costs = meanCosts(trained.map((one) => one.costs));
  const chosenBy = { epochChosenBy: "validation" } as const;
  const facts = { model: recipe.name, factors: recipe.factors, ...chosenBy, seeds, seconds, ...costs };
  return protocols.flatMap((protocol, i) => {
    const users = trained.map((one) => one.users[i] as UserMetrics);
    const rows = measuredRows(
      { ...facts, epochs: trained.map(({ epoch }) => epoch), users },
      metrics,
      recipe.published[i],
    );
    return rows.map((row) => ({ ...row, protocol }));
  });
}

/** With a known epoch the model learns from the validation part too, which came before the test; else that part chooses. */
function train(recipe: Recipe, seed: number, data: Split, options: ReproduceOptions): Promise<Run> {
  const { engine, threads, signal, onLine } = options;
  const last = options.choose || options.quick ? undefined : recipe.chosenEpoch;
  const everything = last !== undefined && data.validation ? mergeParts(data.train, data.validation) : data.train;
  const validation = data.validation && { validation: data.validation };
  const validating = { metric: "ndcg@10", validateUsers: 0, patience: 15, refit: false, ...validation };
  return fit(recipe.model, everything, {
    ...recipe.settings,
    ...(options.quick && { epochs: QUICK }),
    ...{ seed, engine, threads, progress: "none" },
    ...(last === undefined && validating),
    ...(signal && { signal }),
    callbacks: {
      onEpoch: ({ record }) => {
        onLine?.(epochLine(recipe.name, seed, record, { metric: "NDCG@10", digits: 3 }));
        return record.epoch === last ? "stop" : undefined;
      },
    },
  });
}

/** Every user's values by each protocol. The model sees the validation item, learned from or not: it came before the test. */
async function measured(
  { model, scorePlan: plan, parameters }: Run,
  seed: number,
  { train, validation = train, test }: Split,
  { engine, threads, signal }: ReproduceOptions,
): Promise<readonly UserMetrics[]> {
  const known = mergeParts(train, validation);
  const sizes = { users: known.users.size, items: known.items.size, threads };
  using scorer = await engine.scorer({ plan, parameters, data: matricesOf(model, plan, known), ...sizes });
  const results: UserMetrics[] = [];
  for (const protocol of protocols) {
    results.push(measureUsers(await rankUsers(scorer, { train: known, test, seed, signal, protocol }), 10));
  }
  return results;
}
