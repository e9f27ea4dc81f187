/**
 * Items that nobody has met: a fifth of the items of each data set is held out with everything that happened to them, and tested
 * users' new items are ranked among all that are new. Nothing was published on these splits; what has to be beaten stands
 * beside: popularity, which knows nothing of them, and what is nearest in content to what a user did.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../../core/errors.ts";
import { coldSplit, type Dataset, type Split } from "../../dataset/index.ts";
import {
  itemScores,
  measureUsers,
  pairedDifference,
  rankUsers,
  type ScoreSource,
  type UserMetrics,
} from "../../evaluate/index.ts";
import type { Model } from "../../nn/model.ts";
import { fit, trainFeatures } from "../../train/index.ts";
import { epochLine } from "../epoch-line.ts";
import { measuredRows } from "../measured.ts";
import { briefly, fewUsers } from "../small.ts";
import type { Measurement, Reproduced, ReproduceOptions } from "../types.ts";
import { contentScores } from "./content-scores.ts";
import { readCold } from "./read.ts";
import { type ColdSet, coldSets, type Subject, subjects } from "./sets.ts";

const metrics = ["ndcg@10", "recall@10"] as const;

const PATIENCE = 3;
const MOST_EPOCHS = 20;

/** Folders of which one at least must be there. */
export const coldItemFolders: readonly string[] = [
  ...new Set(coldSets.map(({ interactions }) => interactions.split("/")[0] as string)),
];

const isMeasured = ({ models }: ColdSet, { model }: Subject): boolean =>
  models?.includes(model.definition.name) ?? true;

/** What `only` can name: a data set, or one model on it, as in `steam/two-tower`. */
export const coldItemRows: readonly string[] = coldSets.flatMap((set) => [
  set.name,
  ...subjects.filter((subject) => isMeasured(set, subject)).map(({ model }) => `${set.name}/${model.definition.name}`),
]);

export async function reproduceColdItems(options: ReproduceOptions): Promise<Measurement> {
  const started = performance.now();
  const [only] = options.only?.split("/") ?? [];
  const filesOf = ({ interactions, features, vectors }: ColdSet) =>
    [interactions, ...features.map(({ path }) => path), vectors?.path].filter((path) => path !== undefined);
  const isThere = (set: ColdSet) => filesOf(set).every((path) => existsSync(join(options.from, path)));
  const named = coldSets.filter(({ name }) => only === undefined || name === only);
  const chosen = named.filter(isThere);
  if (chosen.length === 0) {
    fail("DATA_FILE_MISSING", {
      what: `${options.from} holds none of the data sets whole`,
      expected: named.flatMap(filesOf).join(", "),
      fix: "Give the folder that holds steam, lastfm-2k, ml-latest-small, ml-1m and ml-1m-extra.",
    });
  }
  for (const { name } of named.filter((set) => !isThere(set)))
    options.onLine?.(`${name} left out: its files are not there`);
  const rows: Reproduced[] = [];
  for (const recipe of chosen) rows.push(...(await rowsOf(recipe, options)));
  return {
    name: "cold-items",
    protocol: "a fifth of the items never seen in training, ranked among themselves for the users who met them",
    rows,
    seconds: (performance.now() - started) / 1000,
  };
}

interface Measured {
  readonly users: UserMetrics;
  readonly epoch: number;
}

async function rowsOf(recipe: ColdSet, options: ReproduceOptions): Promise<readonly Reproduced[]> {
  const dataset = await readCold(recipe, options);
  const split = coldSplit(fewUsers(dataset.interactions, options), "item", { test: 0.2, validation: 0.1, seed: 1 });
  const train = split.train;
  const measured = async (source: ScoreSource): Promise<UserMetrics> =>
    measureUsers(await rankUsers(source, { ...split, seed: 1, signal: options.signal, protocol: "given" }), 10);
  const features = trainFeatures(dataset.features, train)?.matrices["itemFeatures"];
  const popularity = await measured(itemScores(train.catalog().itemCounts));
  const nearest = features && (await measured(contentScores(train.byUser, features)));
  const beaten = { popularity, "content-knn": nearest };
  const facts = { factors: 0, epochs: [], epochChosenBy: "none", seeds: [1], seconds: 0 } as const;
  const named = (name: string) => `${recipe.name}: ${name}`;
  const own: Measurements[] = [];
  const [, only] = options.only?.split("/") ?? [];
  const isAsked = ({ model }: Subject) => only === undefined || model.definition.name === only;
  const asked = subjects.filter((subject) => isMeasured(recipe, subject) && isAsked(subject));
  for (const { model, factors, leastBatch = 1 } of asked) {
    const here = recipe.own?.[model.definition.name];
    const settings = { ...recipe.settings, ...here?.settings };
    const batchSize = Math.max(settings.batchSize ?? 0, leastBatch);
    const trained = await learned(
      { ...recipe, settings: { ...settings, batchSize }, chosen: here?.chosen },
      here?.model ?? model,
      { dataset, split, measured },
      options,
    );
    own.push({ ...trained, factors, model: named(model.definition.name) });
  }
  return [
    ...own.flatMap((each) => measuredRows(each, metrics, undefined)),
    ...Object.entries(beaten).flatMap(([name, users]) =>
      users ? measuredRows({ ...facts, model: named(name), users: [users] }, metrics, undefined) : [],
    ),
    ...own.flatMap((each) =>
      Object.entries(beaten).flatMap(([name, users]) => (users ? differences(each, named(name), users) : [])),
    ),
  ];
}

type Measurements = Parameters<typeof measuredRows>[0];

interface Recipe extends ColdSet {
  readonly chosen: number | undefined;
}

/** A model trained with each seed. */
async function learned(recipe: Recipe, model: Model, lesson: Lesson, options: ReproduceOptions) {
  const started = performance.now();
  const seeds = options.seeds ?? [1];
  const trained: Measured[] = [];
  for (const seed of seeds) trained.push(await learn(recipe, model, seed, lesson, options));
  return {
    ...{ epochChosenBy: "validation" as const, seeds, seconds: (performance.now() - started) / 1000 },
    ...{ epochs: trained.map(({ epoch }) => epoch), users: trained.map(({ users }) => users) },
  };
}

/** How much better the model is for the same users: an interval without 0 says that it is. */
function differences(own: Measurements, name: string, other: UserMetrics): readonly Reproduced[] {
  const { users, ...facts } = own;
  return metrics.map((metric): Reproduced => {
    const apart = users.map((one) => pairedDifference(one, other, { seed: 1 })[metric]);
    const [{ value = Number.NaN, low = Number.NaN, high = Number.NaN } = {}] = apart;
    const model = `${facts.model} above ${name.split(": ")[1]}`;
    return {
      ...facts,
      model,
      metric,
      published: null,
      measured: value,
      low,
      high,
      values: apart.map((each) => each?.value ?? Number.NaN),
    };
  });
}

interface Lesson {
  readonly dataset: Dataset;
  readonly split: Split;
  readonly measured: (source: ScoreSource) => Promise<UserMetrics>;
}

async function learn(
  { name, settings, chosen, epochs = MOST_EPOCHS }: Recipe,
  model: Model,
  seed: number,
  { dataset: { features }, split, measured }: Lesson,
  { engine, threads, signal, quick, onLine }: ReproduceOptions,
): Promise<Measured> {
  const { train, validation, validationCandidates: candidates } = split;
  const length = chosen === undefined ? { epochs, patience: PATIENCE } : { epochs: chosen, patience: 0 };
  const run = await fit(model, train, {
    ...briefly({ ...length, refit: false, ...settings }, { quick }),
    ...{ seed, engine, threads, progress: "none" },
    ...(features && { features }),
    ...(chosen === undefined && { validation, candidates, protocol: "given", metric: "ndcg@10" }),
    ...(signal && { signal }),
    callbacks: {
      onEpoch: ({ record }) =>
        onLine?.(epochLine(`${name} ${model.definition.name}`, seed, record, { metric: "NDCG@10", digits: 4 })),
    },
  });
  using scorer = run.scorer(threads);
  return { users: await measured(scorer), epoch: run.bestEpoch };
}
