import type { DataSize, SizedDefaults } from "../nn/model.ts";

/** Two significant digits: a recommendation, not a measurement. */
const rounded = (value: number): number => Number(value.toPrecision(2));

/**
 * L2 regularization by density. It is added once per batch and touched row, while the pull of the data grows with the
 * interactions of a row in the batch: dense data needs more of it. The square root was read off validation parts of many data
 * sets (docs/defaults.md).
 */
export function l2ByDensity(scale: number): SizedDefaults {
  const density = ({ users, items, interactions }: DataSize): number => interactions / Math.max(1, users + items);
  return {
    rules: { l2: `${scale} x sqrt(interactions / (users + items))` },
    of: (size) => ({ l2: rounded(scale * Math.sqrt(density(size))) }),
  };
}
