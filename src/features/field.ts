import { booleanOf, daysOf, isMissing, numberOf, partsOf, priceOf } from "./cells.ts";
import type { Cell, Kind } from "./types.ts";

/**
 * A feature as a field that filters and rules read: numbers of numbers and prices, seconds since 1970 of times, true or false, lists of
 * texts of many values, else the text. Undefined where it is missing, or no more than numbers for models: vectors and pictures.
 */
export function fieldOf(kind: Kind, cell: Cell): string | number | boolean | readonly string[] | undefined {
  if (isMissing(cell)) return undefined;
  switch (kind) {
    case "vector":
    case "image":
      return undefined;
    case "multi":
      return partsOf(cell);
    case "boolean":
      return booleanOf(cell);
    case "number":
    case "log":
    case "buckets":
      return numberOf(cell);
    case "price":
      return priceOf(cell);
    case "time": {
      const days = daysOf(cell);
      return days === undefined ? undefined : Math.round(days * 86400);
    }
    default:
      return Array.isArray(cell) ? partsOf(cell) : typeof cell === "string" ? cell.trim() : (cell as number | boolean);
  }
}
