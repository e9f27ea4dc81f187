/** Recommended training options that models share; chosen on the validation parts of many data sets (docs/defaults.md). */
import type { SizedDefaults, TrainingDefaults } from "../nn/model.ts";

/** Of GMF, MLP and NeuMF. */
export const pointwiseTraining: TrainingDefaults = { batchSize: 1024, learningRate: 0.002, l2: 5e-6 };

/** Interactions below which twice as many negatives cost little. */
const FEW_INTERACTIONS = 500_000;

export const negativesBySize: SizedDefaults = {
  rules: { negatives: "8, from 500000 interactions on 4" },
  of: ({ interactions }) => ({ negatives: interactions < FEW_INTERACTIONS ? 8 : 4 }),
};

/** Two significant digits: a recommendation, not a measurement. */
const rounded = (value: number): number => Number(value.toPrecision(2));

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
