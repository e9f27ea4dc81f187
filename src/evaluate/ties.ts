/**
 * The order of equal scores. Where a target shares its score with `equal` other candidates, its place among them is drawn:
 * pseudo-random, but a pure function of (seed, user, places above the group), whatever the order in which candidates are
 * listed. So a scorer that gives every item the same score measures as chance, neither as perfect (ties broken for the
 * target) nor as useless (against it), and the same run measures the same twice.
 */
import { hash, STREAM } from "../core/random.ts";
import { choose } from "./choose.ts";

/** How many other candidates score higher than each target of one user, and how many score the same. */
export interface Standing {
  readonly greater: Int32Array;
  readonly equal: Int32Array;
}

/**
 * 0-based places of one user's targets, ascending and distinct. A group of t targets with the same score among n candidates
 * with that score gets t distinct places of the n, every choice equally likely.
 */
export function settleTies({ greater, equal }: Standing, user: number, seed: number): Int32Array {
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
    for (const place of drawn) places[settled++] = above + place;
  }
  return places;
}

const ZERO = new Int32Array(1);

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
