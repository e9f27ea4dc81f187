import { isMissing, partsOf } from "./cells.ts";
import { HASHED_COLUMNS, hashedCategories } from "./fit.ts";
import { placeCells, placeOf } from "./places.ts";
import type { Cell, FeatureColumn, Kind } from "./types.ts";

/** What a feature is worth, before anything is trained. Plain JSON. */
export interface FeatureReport {
  readonly name: string;
  readonly kind: Kind;
  readonly why: string;
  /** Share of the items (or users) of which it is known, in [0, 1]. */
  readonly coverage: number;
  /** Different values. */
  readonly distinct: number;
  /**
   * How much it tells of how often a thing is chosen: mutual information with the quarter of the counts that it falls into, less
   * what as many values at random would tell, over the two bits that there are; in [0, 1]. Null of texts and vectors, whose values do not repeat.
   */
  readonly popularity: number | null;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/** A feature of which no more is known is warned of. */
const SPARSE = 0.6;
/** A feature that tells so much of the counts is suspected of being made of them. */
const LEAK = 0.9;

/** `counts`: interactions of each item (or user), by index. */
export function reportFeatures(columns: readonly FeatureColumn[], counts: ArrayLike<number>): FeatureReport[] {
  const quarters = quartersOf(counts);
  const seen = new Map<string, string>();
  return columns.map(({ name, kind, why, values }) => {
    const known = values.filter((cell) => !isMissing(cell));
    const labels = values.map((cell) => (isMissing(cell) ? undefined : labelOf(kind, cell)));
    const distinct = new Set(known.map((cell) => JSON.stringify(cell))).size;
    const coverage = values.length === 0 ? 0 : known.length / values.length;
    const popularity = untold.has(kind) ? null : information(binned(kind, values, labels), quarters);
    const hashed = hashedCategories(kind, known);
    const print = JSON.stringify(values);
    const twin = seen.get(print);
    if (twin === undefined) seen.set(print, name);
    const warn = (code: string, message: string) => ({ code, message: `"${name}" ${message}` });
    const warnings = [
      ...(kind !== "none" && coverage <= SPARSE
        ? [warn("feature-sparse", `is known of ${Math.round(100 * coverage)} % alone; elsewhere it says nothing.`)]
        : []),
      ...(kind === "none" ? [warn("feature-unused", `is not used: ${why}.`)] : []),
      ...(hashed === undefined
        ? []
        : [
            warn(
              "feature-hashed",
              `has ${hashed.toLocaleString("en-US")} values, more than are told apart: they are hashed into ${HASHED_COLUMNS.toLocaleString("en-US")} columns, so that some share one.`,
            ),
          ]),
      ...(twin === undefined ? [] : [warn("feature-twin", `has the values of "${twin}".`)]),
      ...((popularity ?? 0) > LEAK
        ? [warn("feature-leak", "tells how often a thing is chosen: was it made of what is to be foretold?")]
        : []),
    ];
    return { name, kind, why, coverage, distinct, popularity, warnings };
  });
}

/** Of lists the first value, of places a cell of 110 kilometres. */
function labelOf(kind: Kind, cell: Cell): string {
  if (kind === "multi") return partsOf(cell)[0] ?? "";
  const place = kind === "place" ? placeOf(cell) : undefined;
  return place ? (placeCells(place)[2] as string) : JSON.stringify(cell);
}

const untold: ReadonlySet<Kind> = new Set(["none", "text", "vector", "image"]);

/** Numbers by eighths of their order; texts, lists and categories by their value. */
function binned(
  kind: Kind,
  values: readonly Cell[],
  labels: readonly (string | undefined)[],
): readonly (string | undefined)[] {
  if (!["number", "log", "price", "buckets"].includes(kind)) return labels;
  const numbers = values.map((cell) =>
    isMissing(cell) ? Number.NaN : Number(String(cell).replace(/[^\d.eE+-]/g, "")),
  );
  const sorted = numbers.filter(Number.isFinite).sort((a, b) => a - b);
  return numbers.map((value) => {
    if (!Number.isFinite(value)) return undefined;
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return `${Math.floor((8 * low) / sorted.length)}`;
  });
}

function quartersOf(counts: ArrayLike<number>): Uint8Array {
  const order = Array.from({ length: counts.length }, (_, i) => i).sort(
    (a, b) => (counts[a] as number) - (counts[b] as number) || a - b,
  );
  const quarters = new Uint8Array(counts.length);
  for (const [place, index] of order.entries()) quarters[index] = Math.floor((4 * place) / counts.length);
  return quarters;
}

/** With the correction of Miller & Madow (1955) for what few rows a value tell by chance. */
function information(labels: readonly (string | undefined)[], quarters: Uint8Array): number {
  const cells = new Map<string, number[]>();
  const margin = [0, 0, 0, 0];
  let rows = 0;
  for (const [i, label] of labels.entries()) {
    if (label === undefined) continue;
    const counts = cells.get(label) ?? [0, 0, 0, 0];
    cells.set(label, counts);
    const quarter = quarters[i] as number;
    counts[quarter] = (counts[quarter] as number) + 1;
    margin[quarter] = (margin[quarter] as number) + 1;
    rows++;
  }
  if (rows === 0) return 0;
  const entropy = (counts: readonly number[], total: number) =>
    -counts.reduce((sum, count) => (count === 0 ? sum : sum + (count / total) * Math.log2(count / total)), 0);
  let bits = entropy(margin, rows);
  for (const counts of cells.values()) {
    const total = counts.reduce((sum, count) => sum + count, 0);
    bits -= (total / rows) * entropy(counts, total);
  }
  const chance = ((cells.size - 1) * 3) / (2 * rows * Math.LN2);
  return Math.min(1, Math.max(0, (bits - chance) / 2));
}
