import { fail } from "../core/errors.ts";
import { packedVector, pixelsOf } from "./picture.ts";
import { placeOf } from "./places.ts";
import type { Cell, Kind } from "./types.ts";

const MISSING = /^(?:\\N|null|nan|n\/a|none|undefined|)$/i;
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;
const PRICE = /^(?:[$€£¥]|usd|eur)?\s*(\d+(?:[.,]\d+)?)\s*(?:[$€£¥]|usd|eur)?$/i;
const DATE =
  /^(?:(\d{4})-(\d{1,2})(?:-(\d{1,2}))?|(\d{1,2})\/(\d{1,2})\/(\d{4})|(\d{1,2})-([A-Z][a-z]{2})-(\d{4}))(?:[T ].*)?$/;
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Whether nothing is known: `null`, an empty or blank text, `NULL`, `NaN`, `N/A`, `\N`, an empty list. */
export function isMissing(cell: Cell | undefined): cell is null | undefined {
  if (cell === null || cell === undefined) return true;
  if (typeof cell === "string") return MISSING.test(cell.trim());
  if (typeof cell === "number") return Number.isNaN(cell);
  return Array.isArray(cell) && cell.length === 0;
}

/** The number that a cell is; undefined where it is none. */
export function numberOf(cell: Cell): number | undefined {
  if (typeof cell === "boolean") return Number(cell);
  const value =
    typeof cell === "number" ? cell : typeof cell === "string" && NUMBER.test(cell.trim()) ? Number(cell) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** A number with or without a currency; words that begin with "free" cost nothing. */
export function priceOf(cell: Cell): number | undefined {
  if (typeof cell !== "string") return numberOf(cell);
  if (/^free\b/i.test(cell.trim())) return 0;
  const amount = PRICE.exec(cell.trim())?.[1];
  return amount === undefined ? undefined : Number(amount.replace(",", "."));
}

export function booleanOf(cell: Cell): boolean | undefined {
  if (typeof cell === "boolean") return cell;
  const text = String(cell).trim().toLowerCase();
  if (["true", "yes", "t", "y", "1"].includes(text)) return true;
  return ["false", "no", "f", "n", "0"].includes(text) ? false : undefined;
}

/** Days since 1970 of a date: 2015-11-09, 11/9/2015, 9-Nov-2015; a number is seconds since then. */
export function daysOf(cell: Cell): number | undefined {
  if (typeof cell === "number") return Number.isFinite(cell) ? cell / 86400 : undefined;
  const found = typeof cell === "string" ? DATE.exec(cell.trim()) : null;
  if (!found) return undefined;
  const [, y, m, d, usMonth, usDay, usYear, day, name, year] = found;
  const month = name === undefined ? Number(m ?? usMonth) - 1 : MONTHS.indexOf(name.toLowerCase());
  const date = Number(d ?? usDay ?? day ?? 1);
  if (month < 0 || month > 11 || date < 1 || date > 31) return undefined;
  return Date.UTC(Number(y ?? usYear ?? year), month, date) / 86400000;
}

/** The parts of a list: of JSON, or separated by bars. */
export function partsOf(cell: Cell): readonly string[] {
  if (Array.isArray(cell)) return cell.map((part) => String(part).trim()).filter((part) => part !== "");
  const text = String(cell).trim();
  const listed = text.startsWith("[") ? jsonList(text) : undefined;
  if (listed) return partsOf(listed);
  return text.split("|").flatMap((part) => part.trim() || []);
}

/** The numbers of a vector: a list, JSON, numbers between spaces, commas or bars, or packed ones; undefined where it is none. */
export function vectorOf(cell: Cell): readonly number[] | undefined {
  if (typeof cell === "number" || typeof cell === "boolean" || cell === null) return undefined;
  const packed = typeof cell === "string" ? packedVector(cell.trim()) : undefined;
  if (packed) return packed;
  const parts = typeof cell === "string" ? (jsonList(cell.trim()) ?? cell.trim().split(/[\s,;|]+/)) : cell;
  const numbers = parts.map((part) => numberOf(part));
  return numbers.every((value) => value !== undefined) ? (numbers as number[]) : undefined;
}

function jsonList(text: string): (string | number)[] | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((part) => typeof part === "string" || typeof part === "number")
      ? list
      : undefined;
  } catch {
    return undefined;
  }
}

/** Words and, for what is spelled otherwise, three letters in a row; in lower case. */
export function tokensOf(cell: Cell): string[] {
  const words = (Array.isArray(cell) ? cell.join(" ") : String(cell)).toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.flatMap((word) => [word, ...trigrams(word)]);
}

function trigrams(word: string): string[] {
  const letters = [..."^", ...word, ..."$"];
  return Array.from({ length: Math.max(0, letters.length - 2) }, (_, at) => `#${letters.slice(at, at + 3).join("")}`);
}

/** Latitude and longitude of two columns as one value; missing where either is. What is no place stays to be seen. */
export function pairedCell(latitude: Cell | undefined, longitude: Cell | undefined): Cell {
  return isMissing(latitude) || isMissing(longitude) ? null : `${String(latitude).trim()},${String(longitude).trim()}`;
}

/** Whether a value is of a kind; of vectors, whether it has so many numbers. */
export function fitsKind(kind: Kind, cell: Cell, width: number): boolean {
  switch (kind) {
    case "number":
    case "buckets":
      return numberOf(cell) !== undefined;
    case "log":
      return (numberOf(cell) ?? -1) > -1;
    case "price":
      return (priceOf(cell) ?? -1) > -1;
    case "boolean":
      return booleanOf(cell) !== undefined;
    case "time":
      return daysOf(cell) !== undefined;
    case "vector":
      return vectorOf(cell)?.length === width;
    case "image":
      return pixelsOf(cell)?.length === width;
    case "place":
      return placeOf(cell) !== undefined;
    default:
      return true;
  }
}

const expected: { readonly [K in Kind]?: string } = {
  categorical: "one value, a text or a number",
  multi: "values, as a|b|c or a list of texts",
  boolean: "true or false",
  number: "a number",
  log: "a number above -1",
  price: "a price, as in 9.99 or $9.99",
  buckets: "a number",
  time: "a date, as in 2015-11-09, or seconds since 1970",
  vector: "numbers",
  place: "degrees of latitude and longitude, as in 52.52,13.40",
  image: "a PNG or JPEG file, read when features are imported (readPicture)",
};

/** Throws FEATURE_VALUE: a value that cannot be of its feature's kind. */
export function wrongValue(name: string, kind: Kind, cell: Cell): never {
  return fail("FEATURE_VALUE", {
    what: `The feature "${name}" has a value that is no ${kind}`,
    expected: expected[kind],
    received: JSON.stringify(cell)?.slice(0, 80),
    fix: `Correct the value, leave it empty, or read the feature otherwise (--kind ${name}=text).`,
    details: { feature: name, kind },
  });
}
