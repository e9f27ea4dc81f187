import { type DataMatrices, filledRows } from "../../core/csr.ts";
import { fail } from "../../core/errors.ts";
import {
  Encoder,
  type FeatureColumn,
  type Features,
  type FittedContext,
  type FittedFeatures,
  fitFeatures,
} from "../../features/index.ts";
import type { PictureColumns } from "../../nn/catalog.ts";
import type { Catalog } from "../../nn/model.ts";
import type { TrainingData } from "./data.ts";

/** What was learned of the features of both sides, and of the context of events. Plain JSON. */
export interface FittedSides {
  readonly users?: FittedFeatures | undefined;
  readonly items?: FittedFeatures | undefined;
  readonly context?: FittedContext | undefined;
}

export interface TrainedFeatures {
  readonly fitted: FittedSides;
  /** Columns of each side, for models. */
  readonly widths: NonNullable<Catalog["features"]>;
  /** `userFeatures` and `itemFeatures`. */
  readonly matrices: DataMatrices;
}

/**
 * Features as numbers, learned of those users and items alone that have training interactions; with `learned` as an earlier training
 * learned them, so that columns mean what they meant. Throws CONFIG_VALUE where they are of other users or items or lack one that was
 * learned, FEATURE_VALUE and FEATURE_EMPTY.
 */
export function trainFeatures(
  features: Features | undefined,
  train: TrainingData,
  learned?: FittedSides,
): TrainedFeatures | undefined {
  const { itemCounts } = train.catalog();
  const met = Array.from(itemCounts.keys()).filter((item) => (itemCounts[item] as number) > 0);
  const users = learned
    ? asLearned(features?.users, learned.users, train.users.size)
    : fittedOf(features?.users, filledRows(train.byUser), train.users.size);
  const items = learned
    ? asLearned(features?.items, learned.items, train.items.size)
    : fittedOf(features?.items, met, train.items.size);
  if (!users && !items) return undefined;
  return {
    fitted: { ...(users && { users: users.fitted }), ...(items && { items: items.fitted }) },
    widths: {
      ...{ users: users?.fitted.width ?? 0, items: items?.fitted.width ?? 0 },
      picture: items && pictureIn(items.fitted),
    },
    matrices: { ...(users && { userFeatures: users.matrix }), ...(items && { itemFeatures: items.matrix }) },
  };
}

function pictureIn({ columns }: FittedFeatures): PictureColumns | undefined {
  let start = 0;
  for (const column of columns) {
    if (column.kind === "image") return { start, side: column.side, scale: column.scale };
    start += column.width;
  }
  return undefined;
}

function fittedOf(columns: readonly FeatureColumn[] | undefined, rows: Iterable<number>, size: number) {
  if (columns === undefined || columns.length === 0) return undefined;
  const fitted = fitFeatures(columns, rows);
  return { fitted, matrix: new Encoder(fitted).rows(columns, size) };
}

function asLearned(columns: readonly FeatureColumn[] = [], fitted: FittedFeatures | undefined, size: number) {
  if (!fitted) return undefined;
  const missing = fitted.columns.filter(({ name }) => columns.every((column) => column.name !== name));
  if (missing.length > 0) {
    fail("CONFIG_VALUE", {
      what: `The data have no feature ${missing.map(({ name }) => JSON.stringify(name)).join(", ")}, which the run learned from`,
      expected: fitted.columns.map(({ name }) => name).join(", "),
      received: columns.map(({ name }) => name).join(", ") || "no features",
      fix: "Add it (penchant features DATASET), or train again.",
    });
  }
  return { fitted, matrix: new Encoder(fitted).rows(columns, size) };
}
