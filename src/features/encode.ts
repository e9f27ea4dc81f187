import type { SparseMatrix } from "../core/csr.ts";
import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import { booleanOf, daysOf, isMissing, pairedCell, partsOf, tokensOf, vectorOf, wrongValue } from "./cells.ts";
import { measureOf, raggedVector } from "./fit.ts";
import { hashOf, TEXT_BUCKETS } from "./hash.ts";
import { pixelsOf } from "./picture.ts";
import { partsOfPair, placeCells, placeOf } from "./places.ts";
import type { Cell, FeatureColumn, FeatureRow, FittedFeature, FittedFeatures } from "./types.ts";

/** Adds a number in a column of the feature. */
type Put = (column: number, weight: number) => void;

/**
 * Rows of features as rows of numbers, a column for each of `fitted.width`: the one way from values to numbers, for a whole data
 * set and for a single request. Throws FEATURE_VALUE for a value that is not of its feature's kind.
 */
export class Encoder {
  readonly #fitted: FittedFeatures;
  /** Places of categories and tokens, by feature. */
  readonly #places: readonly ReadonlyMap<string | number, number>[];

  /** Columns that a row may have in place of a feature made of two. */
  readonly #pairs: ReadonlyMap<string, readonly [string, string]>;

  constructor(fitted: FittedFeatures) {
    this.#fitted = fitted;
    this.#pairs = new Map(
      fitted.columns.flatMap(({ name, kind }) => {
        const pair = kind === "place" ? partsOfPair(name) : undefined;
        return pair ? [[name, pair] as const] : [];
      }),
    );
    this.#places = fitted.columns.map((feature) => {
      const keys = "tokens" in feature ? feature.tokens : "categories" in feature ? (feature.categories ?? []) : [];
      return new Map((keys as readonly (string | number)[]).map((key, place) => [key, place]));
    });
  }

  /** What a row may name: features, and the columns that one is made of. */
  get names(): ReadonlySet<string> {
    return new Set([...this.#fitted.columns.map(({ name }) => name), ...[...this.#pairs.values()].flat()]);
  }

  /** Rows of a data set, in order. */
  rows(columns: readonly FeatureColumn[], count: number): SparseMatrix {
    const byName = new Map(columns.map((column) => [column.name, column.values]));
    return this.#matrix(count, (row, name) => byName.get(name)?.[row]);
  }

  /** Rows given by name. Throws FEATURE_UNKNOWN for names that are no features, FEATURE_VALUE for what is no cell. */
  given(rows: readonly FeatureRow[]): SparseMatrix {
    for (const row of rows) {
      this.#checkNames(row);
      this.#checkForms(row);
    }
    return this.#matrix(rows.length, (row, name) => {
      const given = rows[row] as FeatureRow;
      const own = (each: string) => (Object.hasOwn(given, each) ? given[each] : null);
      const pair = Object.hasOwn(given, name) ? undefined : this.#pairs.get(name);
      return pair ? pairedCell(own(pair[0]), own(pair[1])) : own(name);
    });
  }

  #matrix(count: number, cellOf: (row: number, name: string) => Cell | undefined): SparseMatrix {
    const { columns, width } = this.#fitted;
    const offsets = new Int32Array(count + 1);
    const [items, values]: [number[], number[]] = [[], []];
    for (let row = 0; row < count; row++) {
      let start = 0;
      for (const [i, feature] of columns.entries()) {
        const cell = cellOf(row, feature.name);
        if (!isMissing(cell)) this.#encode(i, feature, cell as Cell, start, items, values);
        start += feature.width;
      }
      offsets[row + 1] = items.length;
    }
    return { offsets, items: Int32Array.from(items), values: Float32Array.from(values), columns: width };
  }

  #encode(index: number, feature: FittedFeature, cell: Cell, start: number, items: number[], values: number[]): void {
    const found = new Map<number, number>();
    encodeCell(feature, this.#places[index] as ReadonlyMap<string | number, number>, cell, (column, weight) => {
      found.set(column, (found.get(column) ?? 0) + weight);
    });
    for (const [column, weight] of [...found].sort(([a], [b]) => a - b)) {
      if (weight === 0) continue;
      items.push(start + column);
      values.push(weight);
    }
  }

  /** What is no cell, and several values where there is one, would be a category that nobody has. */
  #checkForms(row: FeatureRow): void {
    for (const { name, kind } of this.#fitted.columns) {
      const cell: unknown = Object.hasOwn(row, name) ? row[name] : null;
      if (typeof cell !== "object" || cell === null) continue;
      const isList = Array.isArray(cell) && cell.every((each) => typeof each === "string" || typeof each === "number");
      if (!isList || (kind === "categorical" && cell.length !== 1)) wrongValue(name, kind, cell as Cell);
    }
  }

  #checkNames(row: FeatureRow): void {
    const known = this.#fitted.columns.map(({ name }) => name);
    const parts = [...this.#pairs.values()].flat();
    for (const name of Object.keys(row)) {
      if (known.includes(name) || parts.includes(name)) continue;
      const close = nearest(name, known);
      fail("FEATURE_UNKNOWN", {
        what: `The run has learned nothing of a feature "${name}"`,
        expected: known.join(", "),
        received: name,
        fix: close ? `Did you mean "${close}"?` : "Leave it out.",
        details: { known },
      });
    }
  }
}

function encodeCell(feature: FittedFeature, places: ReadonlyMap<string | number, number>, cell: Cell, put: Put): void {
  const { name } = feature;
  switch (feature.kind) {
    case "categorical":
    case "multi":
    case "boolean":
    case "place": {
      const parts = categoriesOf(feature, cell);
      const known = parts.flatMap((part) =>
        feature.categories ? (places.get(part) ?? []) : hashOf(part) % feature.width,
      );
      for (const place of known) put(place, 1 / Math.sqrt(known.length));
      return;
    }
    case "number":
    case "log":
    case "price":
      put(0, (measureOf(name, feature.kind, cell) - feature.mean) / feature.deviation);
      return;
    case "buckets":
      put(bucketOf(feature.edges, measureOf(name, "buckets", cell)), 1);
      return;
    case "time": {
      const days = daysOf(cell) ?? wrongValue(name, "time", cell);
      const date = new Date(days * 86400000);
      const buckets = feature.edges.length + 1;
      const share = 1 / Math.sqrt(3);
      put(bucketOf(feature.edges, days), share);
      put(buckets + date.getUTCMonth(), share);
      put(buckets + 12 + date.getUTCDay(), share);
      return;
    }
    case "text": {
      const counts = new Map<number, number>();
      for (const token of tokensOf(cell)) {
        const place = places.get(hashOf(token) % TEXT_BUCKETS);
        if (place !== undefined) counts.set(place, (counts.get(place) ?? 0) + 1);
      }
      const weights = [...counts].map(
        ([place, count]) => [place, (1 + Math.log(count)) * (feature.idf[place] as number)] as const,
      );
      const length = Math.hypot(...weights.map(([, weight]) => weight));
      for (const [place, weight] of weights) put(place, weight / length);
      return;
    }
    case "vector":
    case "image": {
      const found = feature.kind === "image" ? pixelsOf(cell) : vectorOf(cell);
      const vector = found ?? wrongValue(name, feature.kind, cell);
      if (vector.length !== feature.width) raggedVector(name, feature.width, vector.length, cell);
      for (const [place, value] of vector.entries()) put(place, value * feature.scale);
    }
  }
}

function categoriesOf({ name, kind }: FittedFeature, cell: Cell): readonly string[] {
  if (kind === "boolean") return [String(booleanOf(cell) ?? wrongValue(name, "boolean", cell))];
  if (kind === "place") return placeCells(placeOf(cell) ?? wrongValue(name, "place", cell));
  return kind === "multi" ? [...new Set(partsOf(cell))] : [String(cell).trim()];
}

function bucketOf(edges: readonly number[], value: number): number {
  let bucket = 0;
  while (bucket < edges.length && value >= (edges[bucket] as number)) bucket++;
  return bucket;
}
