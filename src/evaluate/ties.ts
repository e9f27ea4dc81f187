/**
 * The order of equal scores. Where a target shares its score with `equal` other candidates, its place among them is drawn:
 * pseudo-random, but a pure function of (seed, user, places above the group), whatever the order in which candidates are
 * listed; and so is which of several tied targets gets which of the places drawn. So a scorer that gives every item the same
 * score measures as chance, neither as perfect (ties broken for the target) nor as useless (against it), and the same run
 * measures the same twice.
 */
import { hash, STREAM } from "../core/random.ts";
import { choose } from "./choose.ts";

/** How many other candidates score higher than each target of one user, and how many score the same. */
export interface Standing {
  readonly greater: Int32Array;
  readonly equal: Int32Array;
}

/** Whose places are drawn, and by which seed. */
export interface Draw {
  readonly user: number;
  readonly seed: number;
}

/**
 * The 0-based place of each of one user's targets, all distinct, in the order of `targets` (item indices). A group of t
 * targets with the same score among n candidates with that score gets t distinct places of the n, every choice and every
 * order equally likely.
 */
export function settleTies({ greater, equal }: Standing, targets: Int32Array, { user, seed }: Draw): Int32Array {
  const places = new Int32Array(greater.length);
  const order = Array.from(greater.keys()).sort((a, b) => (greater[a] as number) - (greater[b] as number));
  let settled = 0;
  while (settled < order.length) {
    const first = order[settled] as number;
    const above = greater[first] as number;
    let size = 1;
    while (greater[order[settled + size] ?? -1] === above) size++;
    const group = (equal[first] as number) + 1;
    const drawn = group === 1 ? ZERO : choose(size, group, (i) => hash(seed, STREAM.ties, user, above, i));
    const members = order.slice(settled, settled + size);
    for (const [i, member] of inDrawnOrder(members, targets, { user, seed }).entries()) {
      places[member] = above + (drawn[i] as number);
    }
    settled += size;
  }
  return places;
}

const ZERO = new Int32Array(1);

/** The indices into `items` in an order that is random, the same for the same items however they are listed. */
export function inDrawnOrder(indices: number[], items: Int32Array, { user, seed }: Draw): number[] {
  if (indices.length < 2) return indices;
  const item = (index: number) => items[index] as number;
  const key = (index: number) => hash(seed, STREAM.ties, user, item(index));
  return indices.sort((a, b) => key(a) - key(b) || item(a) - item(b));
}

/** Where the targets stand in a scored list. `targets` are indices into `scores`. */
export function standing(scores: ArrayLike<number>, targets: ArrayLike<number>): Standing {
  const greater = new Int32Array(targets.length);
  const equal = new Int32Array(targets.length);
  for (let t = 0; t < targets.length; t++) {
    const own = scores[targets[t] as number] as number;
    for (let i = 0; i < scores.length; i++) {
      const other = scores[i] as number;
      if (other > own) greater[t] = (greater[t] as number) + 1;
      else if (other === own && i !== targets[t]) equal[t] = (equal[t] as number) + 1;
    }
  }
  return { greater, equal };
}
