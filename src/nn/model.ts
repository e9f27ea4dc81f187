import type { Csr, DataMatrices, SparseMatrix } from "../core/csr.ts";
import type { LeastSquaresProblem, SolveControl, Solver } from "../graph/problems.ts";
import type { Tensor } from "../graph/tensor.ts";
import { Builder } from "./builder.ts";
import type { Catalog } from "./catalog.ts";
import { type Columns, columns, type ModelInputs } from "./inputs.ts";
import { type Mode, scoring } from "./layers.ts";
import type { LossName } from "./losses.ts";
import { configure, type OptionRules } from "./options.ts";
import { checkStages, type Stage, type StageOutputs } from "./stages.ts";

export type { Catalog } from "./catalog.ts";

/** What `build` says of a model besides its score. */
export interface ModelOutputs {
  /** `[batch]`, or `[batch, items]` without looking at the item: a row of scores for each user. */
  readonly score: Tensor;
  /** A loss of its own, a scalar. Absent: that of the task. */
  readonly loss?: Tensor;
  /** Vectors `[batch, width]`: `item` says what an item is like, for `similar`. Absent: the rows of its tables, but for biases. */
  readonly vectors?: { readonly user?: Tensor; readonly item: Tensor };
  /** The score of somebody of whom nothing but their `history` is known, where the score looks at something else. */
  readonly history?: Tensor;
  /** Rows `[batch, width]` whose squares the loss of the task adds, each look-up once: `weight` / 2 times their sum, mean over the batch. */
  readonly penalty?: { readonly weight: number; readonly rows: readonly Tensor[] };
  /** By name of a stage what it learns from in place of the score or loss above: of pairwise tasks a score. */
  readonly stages?: Readonly<Record<string, StageOutputs>>;
}

/** A built model: called for each pair of user and item, with the same weights. */
export type BuiltModel = (columns: Columns) => ModelOutputs;

/**
 * What a model learns from. `pointwise`: positives against sampled negatives, as labels; `pairwise`: a positive above a
 * negative; `rating`: the observed values; with a loss of the model's own, `positives`: each interaction, and `rows`: each user
 * with everything they did (column `user`); `solve`: the parameters are solved for; `none`: nothing is trained.
 */
export type Task = "pointwise" | "pairwise" | "rating" | "positives" | "rows" | "solve" | "none";

/** Update rules of a training; `adamw` is `adam` with a decay of 0.01. */
export type OptimizerName = "sgd" | "momentum" | "adagrad" | "adam" | "adamw" | "ftrl";

/** Recommended training options; `fit` uses them where the caller says nothing. */
export interface TrainingDefaults {
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly negatives?: number;
  readonly l2?: number;
  readonly optimizer?: OptimizerName;
  /** For that optimizer; a caller who takes another one starts from that one's own. */
  readonly weightDecay?: number;
  readonly patience?: number;
}

/** What recommendations may depend on. */
export interface DataSize {
  readonly users: number;
  readonly items: number;
  readonly interactions: number;
}

/** Recommendations that depend on the size of the data. */
export interface SizedDefaults {
  /** By option, the rule in words: `l2` → "3e-6 x sqrt(interactions / items)". */
  readonly rules: { readonly [K in keyof TrainingDefaults]?: string };
  of(size: DataSize): TrainingDefaults;
}

export interface ModelDefinition<C extends object> {
  /** Name on the command line: lower case with hyphens. */
  readonly name: string;
  readonly title: string;
  /** Where the model comes from. */
  readonly paper: string;
  readonly task: Task;
  /** Default: bce for pointwise, bpr for pairwise, mse for rating. */
  readonly loss?: LossName;
  readonly defaults: C;
  readonly options: OptionRules<C>;
  readonly training: TrainingDefaults;
  /** Takes precedence over `training`. */
  readonly sized?: SizedDefaults;
  /** A function of the ids of a batch: the score alone, or more. `nn` makes the layers. */
  build(inputs: ModelInputs, config: C, nn: Builder): Tensor | ModelOutputs;
  /** Trainings one after the other, where one does not do; the last one is the model's own. */
  stages?(config: C): readonly Stage[];
  /** The data matrices that its plans read, by name, besides `history`; of the interactions that it learns from. */
  matrices?(interactions: SparseMatrix, config: C): DataMatrices;
  /** Whether `solve` looks at the values of interactions, as weights, where they weigh (`weights=values`). Default false. */
  readonly weighs?: boolean;
  /** Of models whose task is `solve`: their parameters, and the data matrices of their score besides `history`. */
  solve?(problem: SolveProblem, config: C): Promise<Solved>;
  /** First values of parameters that come of the data, by name, in place of drawn ones; of models that learn by gradients. */
  start?(problem: StartProblem, config: C): Promise<Readonly<Record<string, Float32Array>>>;
  /** Of models with a solved row per user: how the row of somebody new is solved for. */
  newcomer?(config: C): NewcomerRow;
}

/** A user's row as least squares over their events; see `LeastSquaresProblem`. Its regularization is `l2 (n + unobserved items)^exponent`. */
export interface NewcomerRow extends Pick<LeastSquaresProblem, "unobserved" | "offset"> {
  /** Names of the tables. */
  readonly users: string;
  readonly items: string;
  readonly l2: number;
  readonly exponent: number;
}

/** What first values are made of. */
export interface StartProblem extends Pick<SolveProblem, "catalog" | "solver" | "control"> {
  /** The data matrices of its plans by name, as in training: `itemFeatures` where items have features. */
  readonly matrices: DataMatrices;
}

/** What a model is solved for. */
export interface SolveProblem {
  readonly catalog: Catalog;
  /** Users x items, as they were learned from: each pair once, with values where they weigh. */
  readonly interactions: SparseMatrix;
  /** What each user did in order of time, repeats kept, where the score looks at it; with values where they weigh. */
  readonly sequence?: Csr | undefined;
  readonly solver: Solver;
  readonly control: SolveControl;
  readonly seed: number;
}

export interface Solved {
  readonly parameters: Readonly<Record<string, Float32Array>>;
  readonly matrices?: DataMatrices;
}

/** A definition with its configuration: what `fit` takes. */
export interface Model<C extends object = object> {
  readonly definition: Omit<ModelDefinition<C>, "build" | "stages" | "matrices" | "solve" | "start" | "newcomer">;
  readonly config: C;
  readonly stages?: readonly Stage[];
  build(catalog: Catalog, mode: Mode): BuiltModel;
  matrices?(interactions: SparseMatrix): DataMatrices;
  solve?(problem: SolveProblem): Promise<Solved>;
  start?(problem: StartProblem): Promise<Readonly<Record<string, Float32Array>>>;
  readonly newcomer?: NewcomerRow;
}

/** A configurable model: `neuMf({ factors: 16 })`. Throws CONFIG_UNKNOWN and CONFIG_VALUE. */
export interface ModelFactory<C extends object = object> {
  (config?: Partial<C>): Model<C>;
  readonly definition: ModelDefinition<C>;
}

/** A catalogue of anything, to see what a model gives. */
const smallest: Catalog = {
  users: 2,
  items: 2,
  meanValue: 0,
  itemCounts: new Float32Array(2),
  features: { users: 1, items: 1 },
};

type Optional = "title" | "paper" | "task" | "defaults" | "options" | "training";

/** What depends on the configuration, where an option chooses the loss; `sized` may give nothing. */
type Chosen = "task" | "training" | "sized";

/**
 * What `defineModel` takes. Defaults: title the name, no paper, no options, and a task that its loss decides. Task and recommended
 * training may depend on the configuration, where an option chooses the loss.
 */
export type DefinitionOf<C extends object> = Omit<ModelDefinition<C>, Optional | Chosen> &
  Partial<Omit<Pick<ModelDefinition<C>, Optional>, Chosen>> & {
    readonly task?: Task | ((config: C) => Task);
    readonly training?: TrainingDefaults | ((config: C) => TrainingDefaults);
    readonly sized?: SizedDefaults | ((config: C) => SizedDefaults | undefined);
  };

/** A model of one's own; `task` is by default `positives` where `build` gives a loss, else `pointwise`. Throws what `build` throws. */
export function defineModel<C extends object>(given: DefinitionOf<C>): ModelFactory<C> {
  const { title = given.name, paper = "", task, training = {}, sized, ...rest } = given;
  const { defaults = {} as C, options = {} as OptionRules<C> } = given;
  const taskOf = (config: C): Task =>
    typeof task === "function"
      ? task(config)
      : (task ?? (outputsOf(given, smallest, config, scoring)(columns()).loss ? "positives" : "pointwise"));
  const trainingOf = (config: C): Pick<ModelDefinition<C>, "training" | "sized"> => {
    const bySize = typeof sized === "function" ? sized(config) : sized;
    return { training: typeof training === "function" ? training(config) : training, ...(bySize && { sized: bySize }) };
  };
  const definition: ModelDefinition<C> = {
    ...{ ...rest, title, paper, defaults, options },
    ...{ task: taskOf(defaults), ...trainingOf(defaults) },
  };
  const depends = [task, training, sized].some((one) => typeof one === "function");
  const create = (chosen: Partial<C> = {}): Model<C> => {
    const config = configure(`model "${definition.name}"`, options, defaults, chosen);
    const { matrices, solve, start, newcomer } = definition;
    const stages = definition.stages?.(config);
    if (stages) checkStages(definition.name, stages);
    return {
      definition: depends ? { ...unsized(definition), task: taskOf(config), ...trainingOf(config) } : definition,
      config,
      build: (catalog, mode) => outputsOf(definition, catalog, config, mode),
      ...(stages && { stages }),
      ...(matrices && { matrices: (interactions: SparseMatrix) => matrices.call(definition, interactions, config) }),
      ...(solve && { solve: (problem: SolveProblem) => solve.call(definition, problem, config) }),
      ...(start && { start: (problem: StartProblem) => start.call(definition, problem, config) }),
      ...(newcomer && { newcomer: newcomer.call(definition, config) }),
    };
  };
  return Object.assign(create, { definition });
}

const unsized = <C extends object>({ sized: _, ...rest }: ModelDefinition<C>): ModelDefinition<C> => rest;

function outputsOf<C extends object>(
  definition: Pick<DefinitionOf<C>, "build">,
  catalog: Catalog,
  config: C,
  mode: Mode,
): BuiltModel {
  const nn = new Builder(catalog, mode);
  return (given) => {
    const built = definition.build(nn.begin(given), config, nn);
    return "score" in built ? built : { score: built };
  };
}

/** What a model recommends for data of that size. */
export const recommendedFor = (
  { training, sized }: Pick<ModelDefinition<object>, "training" | "sized">,
  size: DataSize,
): TrainingDefaults => ({ ...training, ...sized?.of(size) });
