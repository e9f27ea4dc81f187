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

/** What a step of training feeds, each `[batch]`; which of them there are depends on the task. */
export interface LossColumns extends Pair {
  /** Of `pairwise`. */
  readonly negative: Tensor<"i32">;
  /** 1 and 0 of `pointwise`; the values of the interactions, 1 where they have none, of `rating` and `positives`. */
  readonly label: Tensor<"f32">;
}

/** A built model that is more than its score. */
export interface BuiltModel {
  readonly score: ScoreFunction;
  /** A loss of its own, a scalar. Absent: that of the task. Called once. */
  readonly loss?: (columns: LossColumns) => Tensor;
  /** Vectors `[batch, width]` that say what an id is like, for `similar`. Absent: the rows of its tables, but for biases. */
  readonly vectors?: { readonly item: (item: Tensor<"i32">) => Tensor };
}

/**
 * What a model learns from. `pointwise`: positives against sampled negatives, as labels; `pairwise`: a positive above a
 * negative; `rating`: the observed values; with a loss of the model's own, `positives`: each interaction, and `rows`: each user
 * with everything they did (column `user`); `solve`: the parameters are solved for; `none`: nothing is trained.
 */
export type Task = "pointwise" | "pairwise" | "rating" | "positives" | "rows" | "solve" | "none";

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
  build(catalog: Catalog, config: C, mode: Mode): ScoreFunction | BuiltModel;
  /** The data matrices that its plans read, by name, besides `history`; of the interactions that it learns from. */
  matrices?(interactions: SparseMatrix, config: C): DataMatrices;
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
  readonly definition: Omit<ModelDefinition<C>, "build" | "matrices" | "solve" | "newcomer">;
  readonly config: C;
  build(catalog: Catalog, mode: Mode): BuiltModel;
  matrices?(interactions: SparseMatrix): DataMatrices;
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
    const { matrices, solve, newcomer } = definition;
    return {
      definition,
      config,
      build(catalog, mode) {
        const built = definition.build(catalog, config, mode);
        return typeof built === "function" ? { score: built } : built;
      },
      ...(matrices && { matrices: (interactions: SparseMatrix) => matrices.call(definition, interactions, config) }),
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
