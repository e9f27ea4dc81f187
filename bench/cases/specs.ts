import type { Context } from "../context.ts";
import { catalogOf } from "../data/dataset.ts";
import {
  type FeedSpec,
  initialParameters,
  type Model,
  type OptimizerSpec,
  type TrainSpec,
  trainingPlan,
} from "../penchant.ts";

/** One seed for everything that the benchmark draws. */
export const SEED = 1;

export const noRegularization = { l2: 0, clipNorm: 0, weightDecay: 0 } as const;

/** PyTorch's defaults. `lazy` rests the moments of rows that a batch does not touch, as its SparseAdam does. */
export const adam = (lazy: boolean, epsilon = 1e-8): OptimizerSpec => ({
  kind: "adam",
  beta1: 0.9,
  beta2: 0.999,
  epsilon,
  lazy,
  ...noRegularization,
});

export const sgd = (l2: number): OptimizerSpec => ({ kind: "sgd", ...noRegularization, l2 });

/** The training interactions as a feed of that kind. */
export function feedOf({ data }: Context, kind: FeedSpec["kind"], negatives: number): FeedSpec {
  const { users, items, train } = data;
  const known = { offsets: train.offsets, items: train.items };
  return {
    kind,
    negatives,
    distribution: { kind: "uniform" },
    shuffle: "rows",
    users,
    items,
    interactions: kind === "ratings" ? train : known,
    known,
  };
}

export interface Training {
  readonly feed: FeedSpec;
  readonly optimizer: OptimizerSpec;
  readonly batchSize: number;
  readonly threads: number;
}

export function trainSpec({ data }: Context, model: Model, training: Training): TrainSpec {
  const catalog = catalogOf(data);
  const plan = trainingPlan(model, catalog);
  return { plan, parameters: initialParameters(plan, catalog, SEED), seed: SEED, ...training };
}
