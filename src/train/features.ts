import { type DataMatrices, filledRows } from "../core/csr.ts";
import { Encoder, type FeatureColumn, type Features, type FittedFeatures, fitFeatures } from "../features/index.ts";
import type { Catalog } from "../nn/model.ts";
import type { TrainingData } from "./data.ts";

/** What was learned of the features of both sides. Plain JSON. */
export interface FittedSides {
  readonly users?: FittedFeatures | undefined;
  readonly items?: FittedFeatures | undefined;
}

export interface TrainedFeatures {
  readonly fitted: FittedSides;
  /** Columns of each side, for models. */
  readonly widths: NonNullable<Catalog["features"]>;
  /** `userFeatures` and `itemFeatures`. */
  readonly matrices: DataMatrices;
}

/**
 * Features as numbers, learned of those users and items alone that have training interactions. Throws CONFIG_VALUE where they are of
 * other users or items, FEATURE_VALUE and FEATURE_EMPTY.
 */
export function trainFeatures(features: Features | undefined, train: TrainingData): TrainedFeatures | undefined {
  const { itemCounts } = train.catalog();
  const met = Array.from(itemCounts.keys()).filter((item) => (itemCounts[item] as number) > 0);
  const users = fittedOf(features?.users, filledRows(train.byUser), train.users.size);
  const items = fittedOf(features?.items, met, train.items.size);
  if (!users && !items) return undefined;
  return {
    fitted: { ...(users && { users: users.fitted }), ...(items && { items: items.fitted }) },
    widths: { users: users?.fitted.width ?? 0, items: items?.fitted.width ?? 0 },
    matrices: { ...(users && { userFeatures: users.matrix }), ...(items && { itemFeatures: items.matrix }) },
  };
}

function fittedOf(columns: readonly FeatureColumn[] | undefined, rows: Iterable<number>, size: number) {
  if (columns === undefined || columns.length === 0) return undefined;
  const fitted = fitFeatures(columns, rows);
  return { fitted, matrix: new Encoder(fitted).rows(columns, size) };
}
