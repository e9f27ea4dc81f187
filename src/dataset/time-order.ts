import { hash, STREAM } from "../core/random.ts";
import { type EventRows, eventRows, type Recorded } from "./event-rows.ts";

/**
 * The same rows with a place for every entry, and so for every event: where the source gives none, that of hash(seed, user, item) among the
 * user's. Whatever is cut out of them afterwards is in this order.
 */
export function ordered({ byUser, recorded }: Recorded, seed: number): Recorded {
  if (byUser.order) return { byUser, recorded };
  return {
    byUser: { ...byUser, order: drawn(byUser, seed) },
    recorded: recorded && eventRows({ ...recorded, order: drawn(recorded, seed) }, recorded.kinds),
  };
}

/** The place of each entry among those of its row by what is drawn for row and item; equal items share what is drawn, not the place. */
function drawn({ offsets, items }: Pick<EventRows, "offsets" | "items">, seed: number): Int32Array {
  const places = new Int32Array(items.length);
  for (let row = 0; row + 1 < offsets.length; row++) {
    const [start, end] = [offsets[row] as number, offsets[row + 1] as number];
    const draws = Array.from(items.subarray(start, end), (item) => hash(seed, STREAM.split, row, item));
    const sorted = Array.from(draws.keys()).sort((a, b) => (draws[a] as number) - (draws[b] as number) || a - b);
    for (const [place, at] of sorted.entries()) places[start + at] = place;
  }
  return places;
}
