import type { DataMatrices, SparseMatrix } from "../core/csr.ts";
import type { LeastSquaresProblem, SolveControl, Solver } from "../graph/problems.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Mode } from "./layers.ts";
import type { LossName } from "./losses.ts";
import { configure, type OptionRules } from "./options.ts";

/** Sizes and statistics of the training data: they come from the data, never from the person configuring a model. */
export interface Catalog {
  readonly users: number;
  readonly items: number;
  /** Mean of the training values. */
  readonly meanValue: number;
  /** Training interactions of each item, length `items`. */
  readonly itemCounts: Float32Array;
}

/** Ids of one batch, each `[batch]`. */
export interface Pair {
  readonly user: Tensor<"i32">;
  readonly item: Tensor<"i32">;
}

/**
 * The built model: call it for each pair to score; its layers are shared between calls. Returns `[batch]`, or `[batch, items]`
 * without looking at the item: a row of scores for each user.
 */
export type ScoreFunction = (pair: Pair) => Tensor;

/**
 * What a model learns from. `pointwise`: positives against sampled negatives, as labels; `pairwise`: a positive above a
 * negative; `rating`: the observed values; `solve`: the parameters are solved for; `none`: nothing is trained.
 */
export type Task = "pointwise" | "pairwise" | "rating" | "solve" | "none";

/** Recommended training options; `fit` uses them where the caller says nothing. */
export interface TrainingDefaults {
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly negatives?: number;
  readonly l2?: number;
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
  build(catalog: Catalog, config: C, mode: Mode): ScoreFunction;
  /** Of models whose task is `solve`: their parameters, and the data matrices of their score besides `history`. */
  solve?(problem: SolveProblem, config: C): Promise<Solved>;
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

/** What a model is solved for. */
export interface SolveProblem {
  readonly catalog: Catalog;
  /** Users x items, as they were learned from: each pair once, values where the data has them. */
  readonly interactions: SparseMatrix;
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
  readonly definition: Omit<ModelDefinition<C>, "build" | "solve" | "newcomer">;
  readonly config: C;
  build(catalog: Catalog, mode: Mode): ScoreFunction;
  solve?(problem: SolveProblem): Promise<Solved>;
  readonly newcomer?: NewcomerRow;
}

/** A configurable model: `neuMf({ factors: 16 })`. Throws CONFIG_UNKNOWN and CONFIG_VALUE. */
export interface ModelFactory<C extends object = object> {
  (config?: Partial<C>): Model<C>;
  readonly definition: ModelDefinition<C>;
}

export function defineModel<C extends object>(definition: ModelDefinition<C>): ModelFactory<C> {
  const create = (given: Partial<C> = {}): Model<C> => {
    const config = configure(`model "${definition.name}"`, definition.options, definition.defaults, given);
    const { solve, newcomer } = definition;
    return {
      definition,
      config,
      build: (catalog, mode) => definition.build(catalog, config, mode),
      ...(solve && { solve: (problem: SolveProblem) => solve.call(definition, problem, config) }),
      ...(newcomer && { newcomer: newcomer.call(definition, config) }),
    };
  };
  return Object.assign(create, { definition });
}

/** What a model recommends for data of that size. */
export const recommendedFor = (
  { training, sized }: Pick<ModelDefinition<object>, "training" | "sized">,
  size: DataSize,
): TrainingDefaults => ({ ...training, ...sized?.of(size) });
