import { fail } from "../core/errors.ts";

/** An alias table; fits the engines' `NegativeDistribution`. */
export interface AliasTable {
  readonly kind: "alias";
  /** A cell keeps itself when a fresh u32 is below its threshold, and gives its alias otherwise. */
  readonly thresholds: Uint32Array;
  readonly aliases: Int32Array;
}

/**
 * Draws items in proportion to counts^exponent: 0 is uniform over items that occur, 1 plain popularity, 0.75 the usual
 * compromise (Mikolov et al., 2013, section 2.2). Items that never occur are never drawn.
 *
 * Vose's construction of Walker's alias table, with cells taken in order of their index, so that the table is a function
 * of the counts alone. Probabilities are exact up to 2^-32 per cell. Throws CONFIG_VALUE for an exponent outside [0, 4] and
 * DATA_INTERACTIONS when no item occurs.
 */
export function popularityTable(counts: ArrayLike<number>, exponent = 0.75): AliasTable {
  if (!(exponent >= 0 && exponent <= 4)) {
    fail("CONFIG_VALUE", {
      what: "The exponent of popularity",
      expected: "a number in [0, 4]",
      received: String(exponent),
    });
  }
  const weights = Float64Array.from(counts, (count) => (count > 0 ? count ** exponent : 0));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0)) fail("DATA_INTERACTIONS", { what: "Popularity needs at least one item that occurs" });
  const size = weights.length;
  const scaled = weights.map((weight) => (weight * size) / total);
  const thresholds = new Uint32Array(size).fill(0xffffffff);
  const aliases = Int32Array.from({ length: size }, (_, item) => item);
  const [small, large] = [cells(scaled, (x) => x < 1), cells(scaled, (x) => x >= 1)];
  while (small.length > 0 && large.length > 0) {
    const [low, high] = [small.pop() ?? 0, large.pop() ?? 0];
    thresholds[low] = Math.min(0xffffffff, Math.floor((scaled[low] ?? 0) * 2 ** 32));
    aliases[low] = high;
    scaled[high] = (scaled[high] ?? 0) + (scaled[low] ?? 0) - 1;
    ((scaled[high] ?? 0) < 1 ? small : large).push(high);
  }
  // what is left differs from a full cell by rounding only, and keeps itself; unless it must never be drawn
  const fallback = weights.indexOf(weights.reduce((most, weight) => Math.max(most, weight), 0));
  for (const item of small) {
    if (weights[item] !== 0) continue;
    thresholds[item] = 0;
    aliases[item] = fallback;
  }
  return { kind: "alias", thresholds, aliases };
}

/** Cells that pass, the first index last, so that it is popped first. */
function cells(scaled: Float64Array, test: (x: number) => boolean): number[] {
  const found: number[] = [];
  for (let item = scaled.length - 1; item >= 0; item--) if (test(scaled[item] ?? 0)) found.push(item);
  return found;
}
