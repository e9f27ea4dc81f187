import { degrees } from "../core/csr.ts";
import {
  columnsNamed,
  type FeatureColumn,
  type FeatureReport,
  type JoinOptions,
  type JoinReport,
  joinFeatures,
  reportFeatures,
} from "../features/index.ts";
import { isVectorFile } from "../files/numbers.ts";
import { readTable, type TableOptions, type TextTable, type Warning } from "../ingest/index.ts";
import { countsByEvent } from "./context.ts";
import type { Dataset } from "./dataset.ts";
import type { Interactions } from "./interactions.ts";
import { pictureColumns, pictureFolder, withPictures } from "./pictures.ts";
import { type VectorIds, vectorTable } from "./vectors.ts";

export interface FeatureSource extends TableOptions, Omit<JoinOptions, "side"> {
  /** CSV, TSV, `::`, JSON lines or Parquet, gzip or not; vectors (`.npy`, `.safetensors`); or a folder of pictures named by their ids (`film-3.jpg`). */
  readonly path: string;
  /** Of vectors: a file with the id of each row. */
  readonly ids?: string | undefined;
  readonly side: "item" | "user";
}

/** How a file of features was understood. Plain JSON. */
export interface AddedFeatures extends JoinReport {
  readonly features: readonly FeatureReport[];
  readonly warnings: readonly Warning[];
}

/**
 * A data set with the features of a file, in place of those that have their names. Throws as `readTable` and as `joinFeatures`:
 * FEATURE_ID, FEATURE_DUPLICATE, FEATURE_UNKNOWN, CONFIG_UNKNOWN.
 */
export async function addFeatures(dataset: Dataset, given: FeatureSource): Promise<WithFeatures> {
  const found = withTable(dataset, given, await tableFor(dataset, given));
  const { doubt, warnings } = found.added;
  if (doubt === undefined) return found;
  return {
    ...found,
    added: { ...found.added, warnings: [{ code: "feature-id-guessed", message: doubt }, ...warnings] },
  };
}

interface WithFeatures {
  readonly dataset: Dataset;
  readonly added: AddedFeatures;
}

const placeOf = ({ side }: Pick<FeatureSource, "side">) => (side === "item" ? "items" : "users");

/** What a file says of the items or users of a data set. */
const tableFor = ({ interactions }: Dataset, { side, kinds: _, gather: __, path, ...reading }: FeatureSource) =>
  featureTable(path, { ...reading, known: interactions[placeOf({ side })] });

function withTable(dataset: Dataset, given: FeatureSource, { source, names, rows, warnings }: TextTable): WithFeatures {
  const { path, side, id, kinds, gather } = given;
  const { interactions, features = {} } = dataset;
  const place = placeOf(given);
  const at = isVectorFile(path) ? 1 : id;
  const { columns, report } = joinFeatures({ source, names, rows }, interactions[place], {
    side,
    id: at,
    kinds,
    gather,
  });
  const told = reportFeatures(columns, countsOf(interactions, side));
  const kept = (features[place] ?? []).filter(({ name }) => columns.every((column) => column.name !== name));
  return {
    dataset: { ...dataset, features: { ...features, [place]: [...kept, ...columns] } },
    added: { ...report, features: told, warnings: [...warnings, ...told.flatMap((each) => each.warnings)] },
  };
}

type Reading = TableOptions & VectorIds;

async function plainTable(path: string, options: Reading): Promise<TextTable> {
  if (isVectorFile(path)) return await vectorTable(path, options);
  const folder = pictureFolder(path);
  return folder ? { source: path, ...folder, warnings: [] } : await readTable(path, options);
}

/** A file of features, of vectors, or a folder of pictures; pictures that it names are read. */
export async function featureTable(path: string, options: Reading = {}): Promise<TextTable> {
  const table = await plainTable(path, options);
  const columns = pictureColumns(table);
  return columns.length === 0 ? table : { ...table, rows: await withPictures(table, columns) };
}

/**
 * A data set whose features say also what a file says, of some of the items or users: values stand in place of those that were there, and
 * features keep their kinds. Throws as `addFeatures`, FEATURE_VALUE where a value is not of its feature's kind.
 */
export async function extendFeatures(dataset: Dataset, given: FeatureSource): Promise<WithFeatures> {
  // a line or two do not tell by themselves, and features are known by their names
  const source = isVectorFile(given.path) ? given : { header: true, ...given };
  const place = placeOf(source);
  const known = dataset.features?.[place] ?? [];
  const table = await tableFor(dataset, source);
  const kinds = Object.fromEntries(
    known.filter(({ name }) => columnsNamed(name, table.names)).map(({ name, kind }) => [name, kind]),
  );
  const { dataset: richer, added } = withTable(dataset, { ...source, kinds: { ...kinds, ...source.kinds } }, table);
  const before = new Map(known.map((column) => [column.name, column]));
  const merged = (richer.features?.[place] ?? []).map((column): FeatureColumn => {
    const old = before.get(column.name);
    return old ? { ...old, values: column.values.map((value, row) => value ?? old.values[row] ?? null) } : column;
  });
  return { dataset: { ...richer, features: { ...richer.features, [place]: merged } }, added };
}

/** What the features of a data set are worth, side by side. */
export function featureReports({ interactions, features = {} }: Pick<Dataset, "interactions" | "features">) {
  const of = (columns: readonly FeatureColumn[] | undefined, side: "item" | "user") =>
    columns && reportFeatures(columns, countsOf(interactions, side));
  const { context } = features;
  return {
    items: of(features.items, "item") ?? [],
    users: of(features.users, "user") ?? [],
    ...(context && { context: reportFeatures(context, countsByEvent(interactions, context)) }),
  };
}

const countsOf = (interactions: Interactions, side: "item" | "user"): ArrayLike<number> =>
  side === "item" ? interactions.catalog().itemCounts : degrees(interactions.byUser.offsets);

/** Features of the rows that stay, in their new order; what is new has none. */
export function pickFeatures(columns: readonly FeatureColumn[], rows: Iterable<number>): FeatureColumn[] {
  const kept = [...rows];
  return columns.map((column) => ({ ...column, values: kept.map((row) => column.values[row] ?? null) }));
}
