import { fail } from "../core/errors.ts";

/** Throws CONFIG_VALUE unless k is a whole number from 1 to `most`. */
export function checkK(k: number, most: number): number {
  if (Number.isInteger(k) && k >= 1 && k <= most) return k;
  return fail("CONFIG_VALUE", {
    what: k > most ? "k is larger than the catalogue" : "k is not a positive whole number",
    expected: `a whole number from 1 to ${most}`,
    received: String(k),
    fix: `Ask for at most ${most} items.`,
    details: { k, items: most },
  });
}
