/** Recommended training options that models share; chosen on the validation parts of many data sets (docs/defaults.md). */
import type { DataSize, SizedDefaults, TrainingDefaults } from "../nn/model.ts";

/** Two significant digits: a recommendation, not a measurement. */
const rounded = (value: number): number => Number(value.toPrecision(2));

/** Interactions from which on data counts as large. */
const LARGE = 500_000;

/** Of GMF, MLP and NeuMF on large data: the settings of the NCF paper. */
const large: TrainingDefaults = { batchSize: 256, learningRate: 0.001, negatives: 4, l2: 0 };

/** GMF, MLP and NeuMF: larger batches, a higher rate and more regularization on small data, where `small` says how much. */
export function pointwiseBySize(small: Required<Pick<TrainingDefaults, "negatives" | "l2">>): SizedDefaults {
  const few: TrainingDefaults = { batchSize: 1024, learningRate: 0.002, ...small };
  const rule = (option: keyof TrainingDefaults): string =>
    `${few[option]}, from ${LARGE} interactions on ${large[option]}`;
  return {
    rules: {
      batchSize: rule("batchSize"),
      learningRate: rule("learningRate"),
      ...(few.negatives !== large.negatives && { negatives: rule("negatives") }),
      l2: rule("l2"),
    },
    of: ({ interactions }: DataSize) => (interactions < LARGE ? few : large),
  };
}

/**
 * L2 regularization by the mean number of interactions of an item. It is added once per batch and touched row, whatever the
 * number of interactions of that row in the batch, so that rows with many of them need more of it. The square root was read off
 * the validation parts of many data sets (docs/defaults.md).
 */
export function l2ByItemCounts(scale: number): SizedDefaults {
  return {
    rules: { l2: `${scale} x sqrt(interactions / items)` },
    of: ({ interactions, items }) => ({ l2: rounded(scale * Math.sqrt(interactions / Math.max(1, items))) }),
  };
}

/** Batches of users: the size from so many of them on. */
const usersTogether: readonly (readonly [from: number, batchSize: number])[] = [
  [0, 256],
  [5000, 512],
  [20_000, 1024],
];

/** Where a batch counts users: enough steps an epoch for few of them, and few steps for many. */
export const usersBySize: SizedDefaults = {
  rules: {
    batchSize: usersTogether
      .map(([from, size]) => (from === 0 ? `${size}` : `from ${from} users on ${size}`))
      .join(", "),
  },
  of: ({ users }) => ({ batchSize: usersTogether.findLast(([from]) => users >= from)?.[1] as number }),
};
