import { fail } from "../core/errors.ts";
import { booleanOf, daysOf, isMissing, numberOf, partsOf, priceOf, tokensOf, vectorOf, wrongValue } from "./cells.ts";
import { hashOf, TEXT_BUCKETS } from "./hash.ts";
import { pixelsOf } from "./picture.ts";
import { placeCells, placeOf } from "./places.ts";
import type { Cell, FeatureColumn, FittedFeature, FittedFeatures, Kind } from "./types.ts";

/** Beyond so many categories columns are hashes. */
export const MOST_CATEGORIES = 100_000;
/** Hashes are put into so many columns. */
export const HASHED_COLUMNS = 1 << 17;
/** A category, or a token, of fewer training rows says nothing of others. */
const LEAST_ROWS = 2;
const MOST_TOKENS = 5000;
const QUANTILES = 10;

/**
 * Learns from the rows that training has, and from no others: which categories there are, means, edges, weights of words.
 * Throws FEATURE_VALUE for what is not of its kind, FEATURE_EMPTY where nothing is left to learn from.
 */
export function fitFeatures(columns: readonly FeatureColumn[], rows: Iterable<number>): FittedFeatures {
  const training = [...rows];
  const fitted = columns.flatMap((column) => {
    const cells = training.map((row) => column.values[row] ?? null).filter((cell) => !isMissing(cell));
    const found = column.kind === "none" ? undefined : fitters[column.kind](column.name, cells);
    return found && found.width > 0 ? [found] : [];
  });
  const width = fitted.reduce((sum, column) => sum + column.width, 0);
  if (width === 0) {
    fail("FEATURE_EMPTY", {
      what: "The features say nothing of the training data",
      expected: "a feature with at least two different values, two rows each",
      received: columns.map(({ name, why }) => `${name} (${why})`).join(", ") || "no feature",
      details: { features: columns.map(({ name }) => name) },
    });
  }
  const id = columns[0]?.id;
  return { columns: fitted, ...(id !== undefined && { id }), width };
}

type Fitter = (name: string, cells: readonly Cell[]) => FittedFeature | undefined;

const fitters: { readonly [K in Exclude<Kind, "none">]: Fitter } = {
  categorical: (name, cells) => categories(name, "categorical", cells, (cell) => [String(cell).trim()]),
  multi: (name, cells) => categories(name, "multi", cells, partsOf),
  boolean: (name, cells) =>
    categories(name, "boolean", cells, (cell) => [String(booleanOf(cell) ?? wrongValue(name, "boolean", cell))]),
  number: (name, cells) => standardized(name, "number", cells),
  log: (name, cells) => standardized(name, "log", cells),
  price: (name, cells) => standardized(name, "price", cells),
  buckets(name, cells) {
    const edges = quantiles(cells.map((cell) => measureOf(name, "buckets", cell)));
    return { name, kind: "buckets", edges, width: edges.length === 0 ? 0 : edges.length + 1 };
  },
  time(name, cells) {
    const edges = quantiles(cells.map((cell) => daysOf(cell) ?? wrongValue(name, "time", cell)));
    return { name, kind: "time", edges, width: cells.length === 0 ? 0 : edges.length + 1 + 12 + 7 };
  },
  place: (name, cells) =>
    categories(name, "place", cells, (cell) => placeCells(placeOf(cell) ?? wrongValue(name, "place", cell))),
  text,
  vector: (name, cells) => ({
    ...{ name, kind: "vector" },
    ...scaled(name, cells, (cell) => vectorOf(cell) ?? wrongValue(name, "vector", cell)),
  }),
  image(name, cells) {
    const found = scaled(name, cells, (cell) => pixelsOf(cell) ?? wrongValue(name, "image", cell));
    return { name, kind: "image", side: Math.sqrt(found.width / 3), ...found };
  },
};

/** Numbers of one length, and what gives their mean row the length 1. */
function scaled(name: string, cells: readonly Cell[], numbersOf: (cell: Cell) => ArrayLike<number>) {
  let [width, total] = [0, 0];
  for (const cell of cells) {
    const numbers = Array.from(numbersOf(cell));
    if (width === 0) width = numbers.length;
    else if (numbers.length !== width) raggedVector(name, width, numbers.length, cell);
    total += Math.sqrt(numbers.reduce((sum, value) => sum + value * value, 0));
  }
  return { width, scale: total === 0 ? 1 : cells.length / total };
}

/** The number of a cell in the measure of its kind. */
export function measureOf(name: string, kind: "number" | "log" | "price" | "buckets", cell: Cell): number {
  const value = kind === "price" ? priceOf(cell) : numberOf(cell);
  if (value === undefined || (kind !== "number" && kind !== "buckets" && value <= -1))
    return wrongValue(name, kind, cell);
  return kind === "log" || kind === "price" ? Math.log1p(value) : value;
}

function categories(
  name: string,
  kind: "categorical" | "multi" | "boolean" | "place",
  cells: readonly Cell[],
  partsIn: (cell: Cell) => readonly string[],
): FittedFeature {
  const kept = shared(cells, partsIn);
  if (kept.length > MOST_CATEGORIES) return { name, kind, categories: undefined, width: HASHED_COLUMNS };
  return { name, kind, categories: kept.sort(byCodeUnits), width: kept.length };
}

const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

function standardized(name: string, kind: "number" | "log" | "price", cells: readonly Cell[]): FittedFeature {
  const numbers = cells.map((cell) => measureOf(name, kind, cell));
  const mean = numbers.reduce((sum, value) => sum + value, 0) / Math.max(1, numbers.length);
  const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, numbers.length);
  return { name, kind, mean, deviation: Math.sqrt(variance) || 1, width: variance > 0 ? 1 : 0 };
}

/** The distinct inner edges of ten buckets with about as many rows each. */
function quantiles(numbers: readonly number[]): number[] {
  const sorted = [...numbers].sort((a, b) => a - b);
  const edges = Array.from(
    { length: QUANTILES - 1 },
    (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / QUANTILES)],
  );
  return [...new Set(edges)].flatMap((edge) => (edge === undefined || edge === sorted[0] ? [] : [edge]));
}

function text(name: string, cells: readonly Cell[]): FittedFeature {
  const counts = new Map<number, number>();
  for (const cell of cells)
    for (const token of new Set(tokensOf(cell).map((each) => hashOf(each) % TEXT_BUCKETS)))
      counts.set(token, (counts.get(token) ?? 0) + 1);
  const kept = [...counts]
    .filter(([, count]) => count >= LEAST_ROWS && 2 * count <= cells.length)
    .sort(([a, m], [b, n]) => n - m || a - b)
    .slice(0, MOST_TOKENS)
    .sort(([a], [b]) => a - b);
  const idf = kept.map(([, count]) => Math.log((1 + cells.length) / (1 + count)) + 1);
  return { name, kind: "text", tokens: kept.map(([token]) => token), idf, width: kept.length };
}

/** Throws FEATURE_VALUE. */
export function raggedVector(name: string, width: number, length: number, cell: Cell): never {
  return fail("FEATURE_VALUE", {
    what: `The vectors of "${name}" are of different lengths`,
    expected: `${width} numbers`,
    received: `${length}: ${JSON.stringify(cell)?.slice(0, 60)}`,
    details: { feature: name, kind: "vector" },
  });
}

/** Categories that say something of others: those of two rows or more. */
function shared(cells: readonly Cell[], partsIn: (cell: Cell) => readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const cell of cells) for (const part of new Set(partsIn(cell))) counts.set(part, (counts.get(part) ?? 0) + 1);
  return [...counts].filter(([, count]) => count >= LEAST_ROWS).map(([category]) => category);
}

/** How many categories known values have, where they are so many that columns are hashes; undefined where they are not. */
export function hashedCategories(kind: Kind, known: readonly Cell[]): number | undefined {
  if (kind !== "categorical" && kind !== "multi") return undefined;
  const count = shared(known, kind === "multi" ? partsOf : (cell) => [String(cell).trim()]).length;
  return count > MOST_CATEGORIES ? count : undefined;
}
