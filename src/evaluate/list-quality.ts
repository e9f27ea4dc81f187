import { type Csr, rowOf } from "../core/csr.ts";
import { ItemDistances, listDistances, miscalibration, selfInformation, serendipity } from "./metrics/list-quality.ts";
import type { Part } from "./types.ts";

/** Popularity groups: items that together have the first half of the interactions, the next 30 %, and the rest. */
const GROUPS = [
  { name: "head", until: 0.5 },
  { name: "middle", until: 0.8 },
  { name: "tail", until: 1 },
] as const;

/** Shares of a group of items, each in [0, 1]. */
export interface GroupExposure {
  readonly group: string;
  readonly items: number;
  readonly interactions: number;
  readonly places: number;
}

/** Pairs of items are looked at in so many lists at most, evenly taken: each pair costs a walk through two columns. */
const PAIRED = 5000;

/** Means over lists of what `metrics/list-quality.ts` defines. */
export class ListQuality {
  readonly #train: Part;
  readonly #test: Part | undefined;
  readonly #k: number;
  readonly #every: number;
  readonly #counts: Float64Array;
  /** Items, most popular first; of equal ones the lower index. */
  readonly #popular: Int32Array;
  readonly #groupOf: Uint8Array;
  readonly #information: Float64Array;
  readonly #distances: ItemDistances;
  readonly #sums = new Map<string, { sum: number; count: number }>();
  #lists = 0;

  constructor(train: Part, test: Part | undefined, { k, lists }: { readonly k: number; readonly lists: number }) {
    this.#train = train;
    this.#test = test;
    this.#k = k;
    this.#every = Math.ceil(lists / PAIRED);
    const columns = columnsOf(train.byUser, train.items.size);
    this.#counts = Float64Array.from(columns, (column) => column.length);
    this.#popular = Int32Array.from(columns.keys()).sort(
      (a, b) => (this.#counts[b] as number) - (this.#counts[a] as number) || a - b,
    );
    this.#groupOf = groupsOf(this.#popular, this.#counts);
    this.#information = selfInformation(this.#counts, train.users.size);
    this.#distances = new ItemDistances(columns);
  }

  /** One list, best first. */
  add(user: number, list: Int32Array): void {
    const done = rowOf(this.#train.byUser, user);
    if (list.length > 0) {
      const bits = list.reduce((sum, item) => sum + (this.#information[item] as number), 0);
      this.#note("novelty", bits / list.length);
      if (done.length > 0) this.#note("miscalibration", miscalibration(this.#groups(done), this.#groups(list)));
    }
    const relevant = this.#test && rowOf(this.#test.byUser, user);
    if (relevant && relevant.length > 0) {
      this.#note("serendipity", serendipity(list, new Set(relevant), this.#expected(done)));
    }
    const distances = this.#lists++ % this.#every === 0 ? listDistances(list, this.#distances) : undefined;
    if (!distances) return;
    this.#note("distance", distances.mean);
    this.#note("least-distance", distances.least);
  }

  /** By label, in a fixed order; what no list has is left out. */
  means(): Record<string, number> {
    const names = ["novelty", "distance", "least-distance", "serendipity", "miscalibration"];
    return Object.fromEntries(
      names.flatMap((name) => {
        const noted = this.#sums.get(name);
        return noted ? [[`${name}@${this.#k}`, noted.sum / noted.count]] : [];
      }),
    );
  }

  /** What the groups get of all places. */
  exposure(places: Int32Array): GroupExposure[] {
    const totals = GROUPS.map(() => ({ items: 0, interactions: 0, places: 0 }));
    for (const [item, group] of this.#groupOf.entries()) {
      const total = totals[group] as (typeof totals)[number];
      total.items++;
      total.interactions += this.#counts[item] as number;
      total.places += places[item] as number;
    }
    const sum = (key: "items" | "interactions" | "places") => totals.reduce((all, each) => all + each[key], 0) || 1;
    const whole = { items: sum("items"), interactions: sum("interactions"), places: sum("places") };
    return totals.map(({ items, interactions, places: shown }, i) => ({
      group: GROUPS[i]?.name as string,
      ...{ items: items / whole.items, interactions: interactions / whole.interactions, places: shown / whole.places },
    }));
  }

  #note(name: string, value: number): void {
    const noted = this.#sums.get(name) ?? { sum: 0, count: 0 };
    noted.sum += value;
    noted.count++;
    this.#sums.set(name, noted);
  }

  #groups(items: Int32Array): Float64Array {
    const counts = new Float64Array(GROUPS.length);
    for (const item of items) {
      const group = this.#groupOf[item] as number;
      counts[group] = (counts[group] as number) + 1;
    }
    return counts;
  }

  /** What the list of the most popular items would show. */
  #expected(done: Int32Array): ReadonlySet<number> {
    const seen = new Set(done);
    const list = new Set<number>();
    for (const item of this.#popular) {
      if (list.size === this.#k) break;
      if (!seen.has(item)) list.add(item);
    }
    return list;
  }
}

/** Users of each item, ascending. */
function columnsOf({ offsets, items }: Csr, columns: number): Int32Array[] {
  const counts = new Int32Array(columns);
  for (const item of items) counts[item] = (counts[item] as number) + 1;
  const lists = Array.from(counts, (count) => new Int32Array(count));
  counts.fill(0);
  for (let user = 0; user + 1 < offsets.length; user++) {
    for (const item of items.subarray(offsets[user], offsets[user + 1])) {
      const place = counts[item] as number;
      (lists[item] as Int32Array)[place] = user;
      counts[item] = place + 1;
    }
  }
  return lists;
}

/** An item belongs to the group in which the middle of its interactions lies, counted from the most popular item on. */
function groupsOf(popular: Int32Array, counts: Float64Array): Uint8Array {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const groups = new Uint8Array(popular.length);
  let before = 0;
  for (const item of popular) {
    const count = counts[item] as number;
    const share = total === 0 ? 1 : (before + count / 2) / total;
    groups[item] = Math.max(
      0,
      GROUPS.findIndex(({ until }) => share <= until),
    );
    before += count;
  }
  return groups;
}
