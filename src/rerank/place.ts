import { fail } from "../core/errors.ts";
import { checkCount } from "./greedy.ts";

/**
 * The list with so many of each kind at most among its first `k`: those beyond go behind the others, in their order, so that a list
 * stays full where there is nothing else. `kinds`: the kinds of each entry. Returns places of the list. Throws CONFIG_VALUE.
 */
export function capped(kinds: readonly (readonly string[])[], most: number, k: number): Int32Array {
  checkCount(most, "most");
  checkCount(k, "k");
  const counts = new Map<string, number>();
  const kept: number[] = [];
  const beyond: number[] = [];
  for (const [place, own] of kinds.entries()) {
    const isFree = kept.length < k && own.every((kind) => (counts.get(kind) ?? 0) < most);
    (isFree ? kept : beyond).push(place);
    if (isFree) for (const kind of own) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return Int32Array.from([...kept, ...beyond]);
}

/**
 * The list with entries at places of their own, counted from 1; the others keep their order around them. `pins`: place by entry.
 * Returns places of the list, which is given by its length. Throws CONFIG_VALUE where two want the same place.
 */
export function pinned(size: number, pins: ReadonlyMap<number, number>): Int32Array {
  const at = new Map<number, number>();
  for (const [entry, place] of pins) {
    checkCount(place, "a pin's place");
    if (at.has(place)) fail("CONFIG_VALUE", { what: `Two items are pinned to place ${place}` });
    at.set(place, entry);
  }
  const others = Array.from({ length: size }, (_, entry) => entry).filter((entry) => !pins.has(entry));
  const list: number[] = [];
  const late = [...at].filter(([place]) => place > size).sort(([a], [b]) => a - b);
  for (let place = 1; place <= size - late.length; place++) {
    const entry = at.get(place);
    list.push(entry ?? (others.shift() as number));
  }
  return Int32Array.from([...list, ...late.map(([, entry]) => entry)]);
}
