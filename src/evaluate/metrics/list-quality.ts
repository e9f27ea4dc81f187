/**
 * What top-k lists are like beyond being right, user by user: how unknown their items are, how unlike each other, how unlike what
 * everybody gets, and whether they keep the proportions of what their user did.
 */

/**
 * Novelty of an item: its self-information, -log2 of the share of users who had it in training, in bits. One that nobody had counts as
 * half a user. Zhou et al., "Solving the apparent diversity-accuracy dilemma of recommender systems", PNAS 2010.
 */
export function selfInformation(counts: ArrayLike<number>, users: number): Float64Array {
  return Float64Array.from(counts, (count) => Math.log2(users / Math.min(users, Math.max(count, 0.5))));
}

/**
 * How unlike two items are, in [0, 1]: 1 minus the cosine of their columns of the training matrix, the share of users that they
 * have in common. It belongs to the data, not to a model, so that lists of all models are measured by the same.
 */
export class ItemDistances {
  /** Users of each item, ascending. */
  readonly #columns: readonly Int32Array[];
  readonly #known = new Map<number, number>();

  constructor(columns: readonly Int32Array[]) {
    this.#columns = columns;
  }

  between(a: number, b: number): number {
    const key = Math.min(a, b) * this.#columns.length + Math.max(a, b);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const [x, y] = [this.#columns[a] as Int32Array, this.#columns[b] as Int32Array];
    const distance = x.length === 0 || y.length === 0 ? 1 : 1 - inCommon(x, y) / Math.sqrt(x.length * y.length);
    this.#known.set(key, distance);
    return distance;
  }
}

function inCommon(a: Int32Array, b: Int32Array): number {
  let [i, j, count] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const order = (a[i] as number) - (b[j] as number);
    if (order === 0) count++;
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
  return count;
}

/** Mean and least distance of the pairs of a list; undefined where there is no pair. Ziegler et al., WWW 2005. */
export function listDistances(
  list: ArrayLike<number>,
  distances: ItemDistances,
): { readonly mean: number; readonly least: number } | undefined {
  let [sum, pairs, least] = [0, 0, Number.POSITIVE_INFINITY];
  for (let i = 0; i < list.length; i++) {
    for (let j = 0; j < i; j++) {
      const distance = distances.between(list[i] as number, list[j] as number);
      sum += distance;
      least = Math.min(least, distance);
      pairs++;
    }
  }
  return pairs === 0 ? undefined : { mean: sum / pairs, least };
}

/**
 * Share of the list's places that are right and would not be on the list of the most popular items: useful and unexpected.
 * Ge, Delgado-Battenfeld and Jannach, "Beyond accuracy", RecSys 2010, section 3.2.
 */
export function serendipity(
  list: ArrayLike<number>,
  relevant: ReadonlySet<number>,
  expected: ReadonlySet<number>,
): number {
  let found = 0;
  for (let i = 0; i < list.length; i++) {
    const item = list[i] as number;
    if (relevant.has(item) && !expected.has(item)) found++;
  }
  return list.length === 0 ? 0 : found / list.length;
}

/** Of the list's distribution in the divergence, so that a group that is missing in it does not make it infinite. */
const SMOOTHING = 0.01;

/**
 * Miscalibration: the Kullback-Leibler divergence of what a list shows from what its user did, over groups of items; 0 where the
 * proportions are the same. Steck, "Calibrated recommendations", RecSys 2018, equations 5 and 6.
 */
export function miscalibration(done: ArrayLike<number>, shown: ArrayLike<number>): number {
  let [did, places, divergence] = [0, 0, 0];
  for (let i = 0; i < done.length; i++) {
    did += done[i] as number;
    places += shown[i] as number;
  }
  if (did === 0 || places === 0) return 0;
  for (let i = 0; i < done.length; i++) {
    const p = (done[i] as number) / did;
    const q = (1 - SMOOTHING) * ((shown[i] as number) / places) + SMOOTHING * p;
    if (p > 0) divergence += p * Math.log(p / q);
  }
  return Math.max(0, divergence);
}
