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

/** The built model: call it for each pair to score; its layers are shared between calls. Returns `[batch]`. */
export type ScoreFunction = (pair: Pair) => Tensor;

/**
 * What a model learns from. `pointwise`: positives against sampled negatives, as labels; `pairwise`: a positive above a
 * negative; `rating`: the observed values; `none`: nothing is trained.
 */
export type Task = "pointwise" | "pairwise" | "rating" | "none";

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
}

/** A definition with its configuration: what `fit` takes. */
export interface Model<C extends object = object> {
  readonly definition: Omit<ModelDefinition<C>, "build">;
  readonly config: C;
  build(catalog: Catalog, mode: Mode): ScoreFunction;
}

/** A configurable model: `neuMf({ factors: 16 })`. Throws CONFIG_UNKNOWN and CONFIG_VALUE. */
export interface ModelFactory<C extends object = object> {
  (config?: Partial<C>): Model<C>;
  readonly definition: ModelDefinition<C>;
}

export function defineModel<C extends object>(definition: ModelDefinition<C>): ModelFactory<C> {
  const create = (given: Partial<C> = {}): Model<C> => {
    const config = configure(`model "${definition.name}"`, definition.options, definition.defaults, given);
    return { definition, config, build: (catalog, mode) => definition.build(catalog, config, mode) };
  };
  return Object.assign(create, { definition });
}

/** What a model recommends for data of that size. */
export const recommendedFor = (
  { training, sized }: Pick<ModelDefinition<object>, "training" | "sized">,
  size: DataSize,
): TrainingDefaults => ({ ...training, ...sized?.of(size) });
