/**
 * What comes next on MovieLens-1M, in two ways. Leave last out: the last interaction of each user is the test, the last but one chooses the
 * epoch; order is that of `pos`, which has no ties; who sorts by time alone holds out another item for up to a quarter of the users. And
 * in time: the test is everything after one instant, as a service meets it, so that nothing is learned from anybody's future.
 */
import { mergeParts, type Split } from "../../dataset/index.ts";
import { measureUsers, type ProtocolName, rankUsers, type UserMetrics } from "../../evaluate/index.ts";
import { learnsByGradient } from "../../nn/plans.ts";
import { fit, type Run } from "../../train/index.ts";
import { matricesOf } from "../../train/inputs/data.ts";
import { type Costs, costsOf, meanCosts } from "../costs.ts";
import { epochLine } from "../epoch-line.ts";
import { measuredRows } from "../measured.ts";
import { briefly } from "../small.ts";
import type { Measurement, Reproduced, ReproduceOptions } from "../types.ts";
import { cutInTime, leftLast } from "./data.ts";
import { metrics, type Recipe, recipes } from "./recipes.ts";

interface Experiment {
  readonly name: string;
  /** What the test is, of so many users. */
  protocol(users: string): string;
  read(options: ReproduceOptions): Promise<Split>;
  /** Ways to rank the same test. */
  readonly rankings: readonly ProtocolName[];
  /** Recipes' published values and chosen epochs are of this test. */
  readonly isPublished: boolean;
}

const last: Experiment = {
  name: "ml-1m-sequence",
  protocol: (users) =>
    `leave last out by \`pos\` (no ties), items with 5 interactions or more, ${users} users: first all items ranked that ` +
    "are not known of the user, then each test item among 100 sampled ones",
  read: leftLast,
  rankings: ["full", "sampled-100"],
  isPublished: true,
};

const inTime: Experiment = {
  name: "ml-1m-time",
  protocol: (users) =>
    `the latest tenth of all interactions, items with 5 interactions or more, ${users} users who were there before: all items ` +
    "ranked that are not known of the user",
  read: cutInTime,
  rankings: ["full"],
  isPublished: false,
};

/** The models that `only` can name. */
export const ml1mSequenceModels: readonly string[] = recipes.map(({ name }) => name);

export const reproduceMl1mSequence = (options: ReproduceOptions): Promise<Measurement> => reproduce(last, options);
export const reproduceMl1mTime = (options: ReproduceOptions): Promise<Measurement> => reproduce(inTime, options);

async function reproduce(experiment: Experiment, options: ReproduceOptions): Promise<Measurement> {
  const started = performance.now();
  const data = await experiment.read(options);
  const named = recipes.filter(({ name }) => options.only === undefined || name === options.only);
  const rows: Reproduced[] = [];
  for (const recipe of named) rows.push(...(await reproduceRow(recipe, experiment, { data, options })));
  const { offsets } = data.test.byUser;
  const users = offsets.filter((start, user) => start < (offsets[user + 1] ?? start)).length;
  return {
    name: experiment.name,
    protocol: experiment.protocol(users.toLocaleString("en-US")),
    rows,
    seconds: (performance.now() - started) / 1000,
  };
}

interface Asked {
  readonly data: Split;
  readonly options: ReproduceOptions;
}

async function reproduceRow(
  { chosenEpoch, ...recipe }: Recipe,
  { rankings, isPublished }: Experiment,
  { data, options }: Asked,
): Promise<readonly Reproduced[]> {
  const started = performance.now();
  const known = isPublished && !options.choose ? chosenEpoch : undefined;
  const seeds = options.seeds ?? [1];
  const trained: { readonly epoch: number; readonly users: readonly UserMetrics[]; readonly costs: Costs }[] = [];
  for (const seed of seeds) {
    const run = await train(recipe, { seed, known }, { data, options });
    trained.push({
      epoch: run.bestEpoch,
      users: await measured(run, rankings, { data, options }),
      costs: costsOf(run),
    });
  }
  const seconds = (performance.now() - started) / 1000;
  const costs = meanCosts(trained.map((one) => one.costs));
  const chosenBy = { epochChosenBy: learnsByGradient(recipe.model) ? "validation" : "none" } as const;
  const facts = { model: recipe.name, factors: recipe.factors, ...chosenBy, seeds, seconds, ...costs };
  return rankings.flatMap((protocol, i) => {
    const users = trained.map((one) => one.users[i] as UserMetrics);
    const rows = measuredRows(
      { ...facts, epochs: trained.map(({ epoch }) => epoch), users },
      metrics,
      isPublished ? recipe.published?.[i] : undefined,
    );
    return rows.map((row) => ({ ...row, protocol }));
  });
}

interface Training {
  readonly seed: number;
  /** The epoch that validation chose before. */
  readonly known: number | undefined;
}

/** With a known epoch, or none, the model learns from the validation part too, which came before the test; else that part chooses. */
function train(recipe: Omit<Recipe, "chosenEpoch">, { seed, known }: Training, { data, options }: Asked): Promise<Run> {
  const { engine, threads, signal, onLine } = options;
  const chooses = known === undefined && learnsByGradient(recipe.model);
  const everything = !chooses && data.validation ? mergeParts(data.train, data.validation) : data.train;
  const validation = data.validation && { validation: data.validation };
  const validating = { metric: "ndcg@10", validateUsers: 0, patience: 15, refit: false, ...validation };
  return fit(recipe.model, everything, {
    ...briefly(recipe.settings, options),
    ...{ seed, engine, threads, progress: "none" },
    ...(chooses && validating),
    ...(signal && { signal }),
    callbacks: {
      onEpoch: ({ record }) => {
        onLine?.(epochLine(recipe.name, seed, record, { metric: "NDCG@10", digits: 3 }));
        return record.epoch === known ? "stop" : undefined;
      },
    },
  });
}

/** Every user's values by each protocol. The model sees the validation item, learned from or not: it came before the test. */
async function measured(
  run: Run,
  rankings: readonly ProtocolName[],
  { data: { train, validation = train, test }, options: { engine, threads, signal } }: Asked,
): Promise<readonly UserMetrics[]> {
  const {
    model,
    scorePlan: plan,
    parameters,
    settings: { seed },
  } = run;
  const known = mergeParts(train, validation);
  const sizes = { users: known.users.size, items: known.items.size, threads };
  using scorer = learnsByGradient(model)
    ? await engine.scorer({ plan, parameters, data: matricesOf(model, [plan], known), ...sizes })
    : run.scorer(threads);
  const results: UserMetrics[] = [];
  for (const protocol of rankings) {
    results.push(measureUsers(await rankUsers(scorer, { train: known, test, seed, signal, protocol }), 10));
  }
  return results;
}
