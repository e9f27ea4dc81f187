import { booleanOf, daysOf, isMissing, numberOf, partsOf, priceOf, vectorOf } from "./cells.ts";
import { packedVector, pixelsOf } from "./picture.ts";
import { partsOfPair, placeOf } from "./places.ts";
import type { Cell, Kind } from "./types.ts";

export interface KindGuess {
  readonly kind: Kind;
  readonly why: string;
}

/** Share of the values that must fit a kind. */
const MOST = 0.95;
/** So many different whole numbers, or fewer, are codes. */
const CODES = 30;
/** Names of columns that hold both, latitude and longitude. */
const PLACE = /geo|gps|coord|location|position|place|lat.{0,3}l(?:on|ng)/i;

/** The kind that the known values speak for, with the reason. */
export function guessKind(name: string, values: readonly Cell[]): KindGuess {
  const known = values.filter((cell): cell is NonNullable<Cell> => !isMissing(cell));
  const texts = known.map((cell) => (typeof cell === "string" ? cell.trim() : JSON.stringify(cell)));
  const distinct = new Set(texts).size;
  if (known.length === 0) return { kind: "none", why: "no value is known" };
  if (distinct === 1) return { kind: "none", why: `every value is ${texts[0]?.slice(0, 40)}` };
  const share = (fits: (cell: NonNullable<Cell>) => unknown) =>
    known.filter((cell) => fits(cell) !== undefined).length / known.length;
  if ((partsOfPair(name) || PLACE.test(name)) && share(placeOf) >= MOST)
    return { kind: "place", why: `latitude and longitude by the name, as in ${texts[0]?.slice(0, 40)}` };
  if (share(pixelsOf) >= MOST) return { kind: "image", why: "pictures" };
  const vector = vectorKind(known);
  if (vector) return vector;
  if (distinct === 2 && share(booleanOf) === 1) return { kind: "boolean", why: "every value is true or false" };
  if (share(numberOf) >= MOST) return numeric(name, known, distinct);
  if (share(daysOf) >= MOST) return { kind: "time", why: `dates, as in ${texts[0]}` };
  if (/price|cost/i.test(name) && share(priceOf) >= 0.9) return { kind: "price", why: `prices, as in ${texts[0]}` };
  const lists = known.filter((cell) => Array.isArray(cell) || /\||^\[.*\]$/s.test(String(cell))).length / known.length;
  if (lists >= 0.05)
    return {
      kind: "multi",
      why: `lists, as in ${known
        .map(partsOf)
        .find(({ length }) => length > 1)
        ?.slice(0, 3)
        .join(" | ")}`,
    };
  const words = texts.reduce((sum, text) => sum + text.split(/\s+/).length, 0) / texts.length;
  if (words >= 6 || (words >= 2 && distinct > 0.7 * known.length))
    return { kind: "text", why: `${words.toFixed(1)} words on average, ${distinct} different` };
  if (distinct > 0.9 * known.length && known.length > 20)
    return { kind: "none", why: `${distinct} of ${known.length} values are different: they say nothing of others` };
  return { kind: "categorical", why: `${distinct} different texts` };
}

function vectorKind(known: readonly NonNullable<Cell>[]): KindGuess | undefined {
  const lengths = known.map((cell) => vectorOf(cell)?.length ?? 0);
  const isPacked = (cell: NonNullable<Cell>) => typeof cell === "string" && packedVector(cell.trim()) !== undefined;
  const least = known.every(isPacked) ? 1 : 3; // two numbers with a space between may be anything
  const vectors = lengths.filter((length) => length >= least);
  if (vectors.length < MOST * known.length) return undefined;
  return { kind: "vector", why: `lists of ${commonest(vectors)} numbers` };
}

/** The number that most of them are, of equals the first. */
export function commonest(lengths: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const length of lengths) counts.set(length, (counts.get(length) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 0;
}

function numeric(name: string, known: readonly NonNullable<Cell>[], distinct: number): KindGuess {
  const numbers = known.flatMap((cell) => numberOf(cell) ?? []).sort((a, b) => a - b);
  const isWhole = numbers.every(Number.isInteger);
  const [least = 0, median = 0, most = 0] = [numbers[0], numbers[numbers.length >> 1], numbers.at(-1)];
  if (/price|cost/i.test(name) && least >= 0)
    return { kind: "price", why: `a price by its name, from ${least} to ${most}` };
  const padded = known.find((cell) => typeof cell === "string" && /^0\d+$/.test(cell.trim()));
  if ((/zip|postal|code|_id$|Id$/i.test(name) || padded !== undefined) && isWhole) {
    const why = `numbers that name things${padded === undefined ? "" : `, as ${padded}`}`;
    return distinct > 0.9 * known.length && known.length > 20
      ? { kind: "none", why: `${why}, ${distinct} of ${known.length} different` }
      : { kind: "categorical", why };
  }
  if (isWhole && distinct <= CODES) return { kind: "categorical", why: `${distinct} different whole numbers: codes` };
  if (least >= 0 && most > 20 * Math.max(1, median))
    return { kind: "log", why: `numbers up to ${most}, half of them up to ${median}` };
  return { kind: "number", why: `numbers from ${least} to ${most}` };
}
