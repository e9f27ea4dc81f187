import { availableParallelism } from "node:os";
import type { Csr, DataMatrices } from "../../core/csr.ts";
import { fail } from "../../core/errors.ts";
import { nearest } from "../../core/nearest.ts";
import type { Engine, FeedSpec, TrainSpec } from "../../engine/contract.ts";
import { CONTEXT } from "../../graph/named.ts";
import type { Plan } from "../../graph/plan.ts";
import type { Catalog, Model, Task } from "../../nn/model.ts";
import { canWeigh, givesLogits, initialParameters, learnsByGradient, scorePlan, trainingPlan } from "../../nn/plans.ts";
import type { Stage } from "../../nn/stages.ts";
import { trainContext } from "../inputs/context.ts";
import { checkSameIds, matricesOf, met, ofSomeUsers, type TrainingData } from "../inputs/data.ts";
import { type FittedSides, trainFeatures } from "../inputs/features.ts";
import { checkWeights, feedSpec, labelled } from "../inputs/feed.ts";
import { checkMetric, type ValidationMetric } from "../settings/metric.ts";
import type { FitResources } from "../settings/options.ts";
import type { TrainingSettings } from "../settings/settings.ts";
import {
  fewCandidates,
  ignoredValues,
  type TrainingWarning,
  unlearnedDislikes,
  unordered,
} from "../settings/warnings.ts";
import { checkValidation, type ValidationInput } from "../steps/validation.ts";
import { checkMemory } from "./estimate.ts";
import { optimizerSpec } from "./optimizer.ts";

/** A training run, prepared: nothing in it changes any more. */
export interface Job {
  readonly model: Model;
  readonly catalog: Catalog;
  /** What was learned of the features. */
  readonly features: FittedSides | undefined;
  /** A row for each user with the context of the first of their events in a held-out part; absent where scores look at none. */
  readonly heldOutContext?: (part: TrainingData) => Csr;
  readonly settings: TrainingSettings;
  readonly engine: Engine;
  readonly threads: number;
  readonly scorePlan: Plan;
  /** What the plans read of the data: `history`, and what the model derives from the interactions. */
  readonly matrices: DataMatrices;
  /** First values of every parameter of the score and of training. */
  readonly parameters: Readonly<Record<string, Float32Array>>;
  /** Undefined where there is nothing to train. */
  readonly spec: TrainSpec | undefined;
  /** Its name, where the model has several stages: of this one, the last. */
  readonly stage: string | undefined;
  /** The stages before it, each a training of its own settings that validates nothing. */
  readonly before: readonly StageJob[];
  readonly metric: ValidationMetric;
  /** Those of training itself are added. */
  readonly warnings: TrainingWarning[];
  readonly validation: ValidationInput | undefined;
}

/** A job that has something to train. */
export interface StageJob extends Job {
  readonly spec: TrainSpec;
}

export interface JobInput {
  readonly model: Model;
  readonly train: TrainingData;
  readonly settings: TrainingSettings;
  readonly resources: FitResources;
  readonly engine: Engine;
}

/** Builds plans, first values and feed. Throws CONFIG_VALUE, CONFIG_UNKNOWN, TRAIN_DATA, ENGINE_MEMORY where they do not fit. */
export function prepare({ model, train, settings, resources, engine }: JobInput): Job {
  const features = trainFeatures(resources.features, train, resources.learnedFeatures);
  const described = { ...train.catalog(), ...(features && { features: features.widths }) };
  for (const part of [resources.validation, ...(resources.heldOut ?? [])])
    if (part) checkSameIds(train, part, "The held-out data");
  const task = settings.task ?? model.definition.task;
  const context = trainContext({
    ...{ model, catalog: described, train, dislikes: labelled(task, train) },
    ...{ columns: resources.features?.context, setting: settings.context },
    learned: resources.learnedFeatures?.context,
  });
  const catalog = { ...described, ...(context && { context: context.sizes }) };
  const threads = settings.threads === 0 ? availableParallelism() : settings.threads;
  const scoring = scorePlan(model, catalog);
  const isTrained = learnsByGradient(model);
  const plan = isTrained ? planOf(model, catalog, settings, task) : undefined;
  if (settings.weights === "values" && task !== "none") checkWeights(model, task, train.byUser);
  checkMemory(plan ?? scoring, settings);
  const kept = {
    ...(plan && initialParameters(plan, catalog, settings.seed)),
    // What is solved for has no first values that anything reads.
    ...(!model.solve && initialParameters(scoring, catalog, settings.seed)),
  };
  const { initialParameters: given } = resources;
  const earlier = isTrained ? stagesBefore(model, catalog, { settings, task, kept, given }) : [];
  const inStages = earlier.map(({ plan }) => initialParameters(plan, catalog, settings.seed));
  const parameters = withGiven(Object.assign({}, ...inStages, kept), given);
  const plans = [scoring, ...(plan ? [plan] : []), ...earlier.map((one) => one.plan)];
  const matrices = matricesOf(model, plans, train, {
    ...{ repeats: settings.repeats, weights: settings.weights },
    features: { ...features?.matrices, ...context?.matrices },
  });
  const metric = checkMetric(settings.metric ?? (task === "rating" ? "rmse" : "ndcg@10"));
  const validation = resources.validation && validatedPart(resources.validation, metric, settings);
  const logits = givesLogits(model, catalog, settings);
  if (plan && validation) checkValidation({ metric, logits, settings, validation });
  const shared = { engine, settings, threads, scorePlan: scoring, matrices, metric };
  const asked = context && validation && { [CONTEXT]: context.heldOut(validation) };
  const feedOf = (settings: TrainingSettings) =>
    feedSpec({ task, train, settings, resources, metItemsAlone: features !== undefined });
  const feed = plan && feedOf(settings);
  const specOf = (plan: Plan, feed: FeedSpec, settings: TrainingSettings) =>
    trainSpec({ plan, feed, settings, threads, parameters, data: matrices });
  const job = {
    ...{ ...shared, model, catalog, parameters },
    features: (features || context) && { ...features?.fitted, ...(context && { context: context.fitted }) },
    ...(context && { heldOutContext: context.heldOut }),
    ...{ stage: model.stages?.at(-1)?.name, before: [], validation: undefined },
    warnings: [
      ...unlearnedDislikes(model, task, train, feed),
      ...unordered(plans, train),
      ...ignoredValues(task, train, settings, () => canWeigh(model, catalog, task)),
      ...(plan ? validationWarnings(metric, settings, met(train), validation) : []),
    ],
  };
  return {
    ...job,
    spec: plan && feed && specOf(plan, feed, settings),
    before: earlier.map(({ stage, plan, settings }) => ({
      ...{ ...job, settings, stage },
      spec: specOf(plan, feedOf(settings), settings),
    })),
    validation: validation && {
      ...shared,
      matrices: { ...matrices, ...asked },
      logits,
      train: met(train),
      validation,
      candidates: resources.candidates,
    },
  };
}

/** Ranking is for the users that were drawn; predicting ratings costs little for everybody. */
const validatedPart = (part: TrainingData, { kind }: ValidationMetric, { validateUsers, seed }: TrainingSettings) =>
  kind === "rating" || validateUsers === 0 ? part : ofSomeUsers(part, validateUsers, seed);

function validationWarnings(
  metric: ValidationMetric,
  { protocol }: TrainingSettings,
  train: TrainingData,
  validation: TrainingData | undefined,
): readonly TrainingWarning[] {
  return validation && metric.kind !== "rating" ? fewCandidates(protocol, train, validation) : [];
}

function planOf(model: Model, catalog: Catalog, { loss, weights }: TrainingSettings, task: Task, stage?: Stage): Plan {
  return trainingPlan(model, catalog, { task, weighted: weights === "values", ...(loss && { loss }), stage });
}

/** What a stage before the last one says differently. */
interface EarlierStage {
  readonly stage: string;
  readonly plan: Plan;
  readonly settings: TrainingSettings;
}

interface StagesInput extends Pick<JobInput, "settings"> {
  readonly task: Task;
  /** First values of all that the last stage or the score reads. */
  readonly kept: Readonly<Parameters>;
  readonly given: Readonly<Parameters> | undefined;
}

/** The stages before the last one, but for those that only lead to values that are given. */
function stagesBefore(model: Model, catalog: Catalog, { settings, task, kept, given }: StagesInput): EarlierStage[] {
  const before = (model.stages ?? []).slice(0, -1).map((stage): EarlierStage => {
    const own = { ...settings, ...stage.training, averageFrom: 0, patience: 0, refit: false };
    return { stage: stage.name, plan: planOf(model, catalog, own, task, stage), settings: own };
  });
  const isKnown = (output: string) => {
    const name = output.slice("grad:".length);
    return !Object.hasOwn(kept, name) || Object.hasOwn(given ?? {}, name);
  };
  return before.filter(({ plan }) => !Object.keys(plan.outputs).filter(isGradient).every(isKnown));
}

const isGradient = (output: string): boolean => output.startsWith("grad:");

interface SpecInput extends Pick<TrainSpec, "plan" | "parameters" | "threads" | "data"> {
  readonly feed: FeedSpec;
  readonly settings: TrainingSettings;
}

function trainSpec({ settings, ...rest }: SpecInput): TrainSpec {
  return { ...rest, optimizer: optimizerSpec(settings), batchSize: settings.batchSize, seed: settings.seed };
}

type Parameters = Record<string, Float32Array>;

function withGiven(drawn: Parameters, given: Readonly<Parameters> = {}): Parameters {
  const known = Object.keys(drawn);
  for (const [name, values] of Object.entries(given)) {
    const expected = drawn[name]?.length;
    if (expected === undefined) {
      const close = nearest(name, known);
      fail("CONFIG_UNKNOWN", {
        what: `The model has no parameter "${name}"`,
        expected: known.join(", "),
        received: name,
        fix: close ? `Did you mean "${close}"?` : "Leave it out of initialParameters.",
        details: { known },
      });
    }
    if (values.length !== expected || !values.every(Number.isFinite)) {
      fail("CONFIG_VALUE", {
        what: `The initial values of "${name}" do not fit`,
        expected: `${expected} finite numbers`,
        received: `${values.length} values`,
        fix: "Take them from a run of the same configuration on the same data.",
      });
    }
  }
  return { ...drawn, ...given };
}
