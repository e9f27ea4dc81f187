/** Rows of features of single items or users, as a file tells them. */
import { fail } from "../core/errors.ts";
import { type Cell, columnsNamed, type Kind, pairedCell } from "../features/index.ts";
import { isVectorFile } from "../files/numbers.ts";
import type { TextTable } from "../ingest/index.ts";
import { featureTable } from "./features.ts";

/** A feature that is looked for. */
export interface Wanted {
  readonly name: string;
  readonly kind: Kind;
}

/** Where the ids of a file are. */
export interface RowIds {
  /** The column with the ids, where the file has one of that name. */
  readonly id?: string | undefined;
  /** Of vectors (`.npy`, `.safetensors`): the file with the id of each row. */
  readonly ids?: string | undefined;
}

/**
 * Rows of a file by their ids, with those of the features that it has. The id is in the column of that name, else in the first one that is no
 * feature; text begins with a line of names. An array of vectors that has not the name of a feature is the only vector that is looked
 * for. Throws as `readTable` and `vectorTable`, FEATURE_ID where every column is a feature, FEATURE_UNKNOWN where none is.
 */
export async function readRows(path: string, features: readonly Wanted[], { id, ids }: RowIds = {}) {
  const table = await featureTable(path, isVectorFile(path) ? { ids } : { header: true });
  const { names, rows, warnings, source } = isVectorFile(path) ? named(table, features) : table;
  const column = id === undefined ? -1 : names.indexOf(id);
  const places = features.flatMap(({ name }) => {
    const columns = columnsNamed(name, names);
    return columns ? [[name, columns] as const] : [];
  });
  const taken = new Set(places.flatMap(([, columns]) => columns));
  const at = isVectorFile(path) ? 0 : column >= 0 ? column : names.findIndex((_, column) => !taken.has(column));
  if (at < 0)
    fail("FEATURE_ID", { what: `${source} has no column of ids beside its features`, received: names.join(", ") });
  if (places.length === 0 && features.length > 0) unknown(source, names, features);
  const cellOf = (row: readonly string[], columns: readonly number[]): Cell => {
    const [first = null, second = null] = columns.map((column) => row[column] ?? null);
    return columns.length === 2 ? pairedCell(first, second) : first;
  };
  return {
    warnings,
    rows: rows.map((row) => ({
      id: (row[at] ?? "").trim(),
      features: Object.fromEntries(places.map(([name, columns]) => [name, cellOf(row, columns)])),
    })),
  };
}

/** A file of one array is called by its own name: it is the only feature of vectors that there is, whatever that is called. */
function named(table: TextTable, features: readonly Wanted[]): TextTable {
  const [id = "id", first = "", ...others] = table.names;
  const vectors = features.filter(({ kind }) => kind === "vector");
  const [only] = vectors;
  const isKnown = features.some(({ name }) => name === first);
  if (isKnown || others.length > 0 || !only || vectors.length > 1) return table;
  const message = `${table.source} is read as the feature "${only.name}", the only one of vectors.`;
  return { ...table, names: [id, only.name], warnings: [...table.warnings, { code: "vectors-named", message }] };
}

function unknown(source: string, names: readonly string[], features: readonly Wanted[]): never {
  fail("FEATURE_UNKNOWN", {
    what: `Nothing in ${source} is a feature that the run has learned of`,
    expected: features.map(({ name }) => name).join(", "),
    received: names.join(", "),
    fix: "Name the columns, or the arrays, as the file that the data set was made with.",
  });
}
