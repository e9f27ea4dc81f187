import { calibrate, divergenceOf } from "./calibrate.ts";
import { checkCount, checkWithin } from "./greedy.ts";
import type { DiversityOptions } from "./mmr.ts";
import { scaled } from "./scale.ts";
import type { Shares } from "./xquad.ts";

/** Of candidates without a kind. */
const NONE = Symbol("no kind");
type Kind = string | typeof NONE;

/**
 * Calibration by a minimum-cost flow: the k candidates that make lambda * mean score - (1 - lambda) * KL(wanted, shares of the list) largest among all
 * lists, where each counts for one of its kinds, that which suits best; `calibrate` chooses one after the other. k units flow from candidates
 * through kinds, whose costs grow with what flows, along shortest paths one by one, so that no other list of k does better. Within the list
 * the order is that of `calibrate`. `kinds`: shares per candidate. Ties by the earlier place. Throws CONFIG_VALUE.
 *
 * After Abdollahpouri et al., "Calibrated recommendations as a minimum-cost flow problem", WSDM 2023; the costs are those of Steck's objective.
 */
export function calibrateByFlow(
  scores: ArrayLike<number>,
  kinds: readonly Shares[],
  wanted: Shares,
  { k, lambda = 0.5 }: DiversityOptions,
): Int32Array {
  checkCount(k, "k");
  checkWithin(lambda, "lambda", [0, 1]);
  const length = Math.min(k, scores.length);
  if (length === 0) return new Int32Array(0);
  const network = new Network(scaled(scores), kinds, (kind, count) => {
    const p = kind === NONE ? 0 : (wanted.get(kind) ?? 0);
    return (1 - lambda) * length * divergenceOf(p, count / length);
  });
  for (let unit = 0; unit < length; unit++) network.augment(lambda);
  const chosen = network.chosen();
  const order = calibrate(
    chosen.map((place) => scores[place] as number),
    chosen.map((place) => kinds[place] ?? new Map()),
    wanted,
    { k: length, lambda },
  );
  return Int32Array.from(order, (at) => chosen[at] as number);
}

/** The flow so far: which candidates are chosen, and for which of their kinds each counts. */
class Network {
  readonly #scores: Float64Array;
  readonly #kindsOf: readonly (readonly Kind[])[];
  readonly #cost: (kind: Kind, count: number) => number;
  readonly #kinds: readonly Kind[];
  readonly #places = new Map<number, Kind>();
  readonly #counts = new Map<Kind, number>();

  constructor(scores: Float64Array, kinds: readonly Shares[], cost: (kind: Kind, count: number) => number) {
    this.#scores = scores;
    this.#cost = cost;
    this.#kindsOf = Array.from(scores, (_, place) => {
      const own = [...(kinds[place] ?? [])].filter(([, share]) => share > 0).map(([kind]): Kind => kind);
      return own.length > 0 ? own : [NONE];
    });
    this.#kinds = [...new Set(this.#kindsOf.flat())];
  }

  chosen(): number[] {
    return [...this.#places.keys()].sort((a, b) => a - b);
  }

  /** One unit more: the best candidate left of some kind, those of that kind moved on to others where that is cheaper. */
  augment(lambda: number): void {
    let best: { readonly cost: number; readonly place: number; readonly path: readonly Move[] } | undefined;
    for (const kind of this.#kinds) {
      const place = this.#bestOf(kind);
      if (place === undefined) continue;
      for (const { end, path } of this.#reached(kind)) {
        const count = this.#counts.get(end) ?? 0;
        const more = this.#cost(end, count + 1) - this.#cost(end, count);
        const cost = more - lambda * (this.#scores[place] as number);
        const isEarlier = best !== undefined && cost === best.cost && place < best.place;
        if (!best || cost < best.cost || isEarlier) best = { cost, place, path: [{ place, to: kind }, ...path] };
      }
    }
    for (const { place, to } of best?.path ?? []) this.#places.set(place, to);
    const end = best?.path.at(-1)?.to;
    if (end !== undefined) this.#counts.set(end, (this.#counts.get(end) ?? 0) + 1);
  }

  #bestOf(kind: Kind): number | undefined {
    let best: number | undefined;
    for (const [place, own] of this.#kindsOf.entries()) {
      if (this.#places.has(place) || !own.includes(kind)) continue;
      if (best === undefined || (this.#scores[place] as number) > (this.#scores[best] as number)) best = place;
    }
    return best;
  }

  /** Kinds that a unit which came to one may end in, by moving what is there to its other kinds; the shortest way first. */
  #reached(from: Kind): readonly { readonly end: Kind; readonly path: readonly Move[] }[] {
    const found: { readonly end: Kind; readonly path: readonly Move[] }[] = [{ end: from, path: [] }];
    const seen = new Set<Kind>([from]);
    for (const { end, path } of found) {
      for (const [place, at] of this.#places) {
        if (at !== end) continue;
        for (const to of this.#kindsOf[place] as readonly Kind[]) {
          if (seen.has(to)) continue;
          seen.add(to);
          found.push({ end: to, path: [...path, { place, to }] });
        }
      }
    }
    return found;
  }
}

/** A candidate that counts for that kind from now on. */
interface Move {
  readonly place: number;
  readonly to: Kind;
}
