import type { Csr } from "../core/csr.ts";
import { isBefore } from "./build.ts";
import type { TimedCsr } from "./timed.ts";

/**
 * What each user did, one event after the other: columns of each row in order of time, unknown times first. Of equal times (and
 * where no time is known) the order of the source decides, and where that says nothing the number of the column.
 */
export function sequencesOf({ offsets, items, times, order }: TimedCsr): Csr {
  const isEarlier = (a: number, b: number): number => {
    const [x, y] = [times?.[a] ?? Number.NaN, times?.[b] ?? Number.NaN];
    if (isBefore(x, y)) return -1;
    if (isBefore(y, x)) return 1;
    return (order?.[a] ?? 0) - (order?.[b] ?? 0) || a - b;
  };
  const sorted = new Int32Array(items.length);
  for (let row = 0; row + 1 < offsets.length; row++) {
    const [start, end] = [offsets[row] as number, offsets[row + 1] as number];
    const places = Int32Array.from({ length: end - start }, (_, i) => start + i).sort(isEarlier);
    for (const [i, at] of places.entries()) sorted[start + i] = items[at] as number;
  }
  return { offsets, items: sorted };
}
