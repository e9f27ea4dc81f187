import { fail } from "../core/errors.ts";

/**
 * Chooses places one by one: the one of largest gain that was not chosen, ties by the earlier place. `chosen` hears of each
 * choice before the next, and of the last one nothing. Ends after `k`, or where `gain` is minus infinity for all that are left.
 */
export function greedy(
  size: number,
  k: number,
  gain: (place: number) => number,
  chosen: (place: number) => void = () => {},
): Int32Array {
  checkCount(k, "k");
  const taken = new Uint8Array(size);
  const list: number[] = [];
  while (list.length < k && list.length < size) {
    let best = -1;
    let most = Number.NEGATIVE_INFINITY;
    for (let place = 0; place < size; place++) {
      if (taken[place] === 1) continue;
      const value = gain(place);
      if (value > most) {
        best = place;
        most = value;
      }
    }
    if (best < 0) break;
    taken[best] = 1;
    list.push(best);
    if (list.length < k) chosen(best);
  }
  return Int32Array.from(list);
}

/** Throws CONFIG_VALUE unless it is a whole number of at least 1. */
export function checkCount(value: number, name: string): void {
  if (Number.isInteger(value) && value >= 1) return;
  fail("CONFIG_VALUE", { what: `${name} is no positive whole number`, received: String(value) });
}

/** Throws CONFIG_VALUE unless it lies in [least, most]. */
export function checkWithin(value: number, name: string, [least, most]: readonly [number, number]): void {
  if (value >= least && value <= most) return;
  fail("CONFIG_VALUE", {
    what: `${name} lies outside its range`,
    expected: most === Number.POSITIVE_INFINITY ? `a number of at least ${least}` : `a number from ${least} to ${most}`,
    received: String(value),
  });
}
