import { booleanOf, daysOf, isMissing, numberOf, partsOf, priceOf } from "./cells.ts";
import type { Cell, FeatureColumn } from "./types.ts";

/** The values of a feature that is one of some (categorical, multi, boolean) for each item or user; none where nothing is known. */
export function categoriesIn({ kind, values }: FeatureColumn): (readonly string[])[] {
  return values.map((cell) => {
    if (isMissing(cell)) return [];
    if (kind === "boolean") return [String(booleanOf(cell) ?? cell)];
    return kind === "multi" ? [...new Set(partsOf(cell))] : [String(cell).trim()];
  });
}

/** The numbers of a feature that is one (number, log, price, buckets, and time as years), NaN where nothing is known. */
export function numbersIn({ kind, values }: FeatureColumn): Float64Array {
  return Float64Array.from(values, (cell) => (isMissing(cell) ? Number.NaN : (numberIn(kind, cell) ?? Number.NaN)));
}

function numberIn(kind: FeatureColumn["kind"], cell: Cell): number | undefined {
  if (kind === "price") return priceOf(cell);
  if (kind !== "time") return numberOf(cell);
  const days = daysOf(cell);
  return days === undefined ? undefined : 1970 + Math.floor(days / 365.25);
}
