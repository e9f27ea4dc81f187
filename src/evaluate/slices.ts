/**
 * Parts of a measurement: for some users alone, or with some items as the relevant ones. A mean hides that newcomers or rare items
 * fare badly. The lists are ranked once, over all items; a slice of items counts the others among the held-out ones as misses.
 */
import { meanIntervals, measureUsers } from "./measure.ts";
import type { Ranked } from "./ranked.ts";
import type { Interval, Part } from "./types.ts";

/** Which users, or which items, belong together. */
export interface Slice {
  /** What the slices are made by: `activity`, `popularity`, `cold`, `feature:genres`. */
  readonly by: string;
  /** In words: `13 to 40 training interactions`. */
  readonly name: string;
  readonly of: "users" | "items";
  /** Whether a user or an item, by index, belongs to it. */
  has(index: number): boolean;
}

/** A slice, measured. Plain JSON. */
export interface SliceEvaluation {
  readonly by: string;
  readonly name: string;
  readonly of: "users" | "items";
  /** Users measured in it, and their relevant items. */
  readonly users: number;
  readonly targets: number;
  /** By label, as in `Evaluation`; empty where nobody is in it. */
  readonly metrics: Readonly<Record<string, Interval>>;
}

/** Every metric at k in every slice. Slices of items need the items of `ranked`. */
export function evaluateSlices(
  ranked: Ranked,
  slices: readonly Slice[],
  { k, seed }: { readonly k: number; readonly seed: number },
): SliceEvaluation[] {
  return slices.map(({ by, name, of, has }) => {
    const part = partOf(ranked, of, has);
    const metrics = part.users.length === 0 ? {} : meanIntervals(measureUsers(part, k), { seed });
    return { by, name, of, users: part.users.length, targets: part.positions.length, metrics };
  });
}

/** The users or relevant items that belong to a slice; users without any are left out. */
function partOf(ranked: Ranked, of: Slice["of"], has: Slice["has"]): Ranked {
  const { users, offsets, positions, items, values, candidates, heldOut, logLosses } = ranked;
  const kept: number[] = [];
  const starts = [0];
  const places: number[] = [];
  for (const [row, user] of users.entries()) {
    if (of === "users" && !has(user)) continue;
    for (let at = offsets[row] as number; at < (offsets[row + 1] as number); at++) {
      if (of === "users" || has(items[at] as number)) places.push(at);
    }
    if (places.length === starts.at(-1)) continue;
    starts.push(places.length);
    kept.push(row);
  }
  return {
    users: Int32Array.from(kept, (row) => users[row] as number),
    offsets: Int32Array.from(starts),
    positions: Int32Array.from(places, (at) => positions[at] as number),
    items: Int32Array.from(places, (at) => items[at] as number),
    values: values && Float32Array.from(places, (at) => values[at] as number),
    candidates: Int32Array.from(kept, (row) => candidates[row] as number),
    heldOut: Int32Array.from(kept, (row) => heldOut[row] as number),
    // with some items as the relevant ones, labels are others
    ...(of === "users" && logLosses && { logLosses: Float64Array.from(kept, (row) => logLosses[row] as number) }),
  };
}

/** How far apart the slices of users of one kind are: what the best served have more than the worst. */
export interface FairnessGap {
  readonly by: string;
  readonly metric: string;
  readonly gap: number;
  /** Names of the slices. */
  readonly best: string;
  readonly worst: string;
}

/** Slices with fewer users than this are too noisy to be called best or worst. */
const FEWEST = 20;

export function fairnessGaps(slices: readonly SliceEvaluation[], metric: string): FairnessGap[] {
  const kinds = [...new Set(slices.filter(({ of }) => of === "users").map(({ by }) => by))];
  return kinds.flatMap((by) => {
    const own = slices.filter(
      (slice) => slice.by === by && slice.of === "users" && slice.users >= FEWEST && slice.metrics[metric],
    );
    const sorted = [...own].sort((a, b) => figureOf(b, metric) - figureOf(a, metric));
    const [best, worst] = [sorted[0], sorted.at(-1)];
    if (!best || !worst || best === worst) return [];
    return [{ by, metric, gap: figureOf(best, metric) - figureOf(worst, metric), best: best.name, worst: worst.name }];
  });
}

const figureOf = ({ metrics }: SliceEvaluation, metric: string): number => metrics[metric]?.value ?? Number.NaN;

/** Users by the number of their training interactions, in quarters of those measured. */
export const activitySlices = (train: Part, measured: Int32Array): Slice[] =>
  quarters("activity", "users", countsOf(train, "users"), measured);

/** Items by the number of their training interactions, in quarters of the catalogue. */
export const popularitySlices = (train: Part): Slice[] =>
  quarters("popularity", "items", countsOf(train, "items"), everyIndex(train.items.size));

/** At most so many training interactions make a user or an item cold. */
export const COLD = 5;

/** Cold and warm users, cold and warm items. */
export function coldSlices(train: Part): Slice[] {
  return (["users", "items"] as const).flatMap((of): Slice[] => {
    const counts = countsOf(train, of);
    const isCold = (index: number): boolean => (counts[index] as number) <= COLD;
    return [
      { by: "cold", name: `cold ${of}: at most ${COLD} training interactions`, of, has: isCold },
      { by: "cold", name: `warm ${of}: more than ${COLD}`, of, has: (index) => !isCold(index) },
    ];
  });
}

/** Slices by a number of each user or item; NaN is not known, and in no slice. */
export function quarters(
  by: string,
  of: Slice["of"],
  numbers: ArrayLike<number>,
  among: ArrayLike<number>,
  unit = "training interactions",
): Slice[] {
  const known = Float64Array.from(among, (index) => numbers[index] as number)
    .filter((value) => !Number.isNaN(value))
    .sort();
  const edges = [0.25, 0.5, 0.75].map((share) => known[Math.floor(share * (known.length - 1))] as number);
  const ends = [...new Set([...edges, known.at(-1) as number])]; // upper ends, of which equal ones are one
  return ends.flatMap((high, i): Slice[] => {
    const below = i === 0 ? Number.NEGATIVE_INFINITY : (ends[i - 1] as number);
    const inside = known.filter((value) => value > below && value <= high);
    if (inside.length === 0) return [];
    const [least, most] = [inside[0] as number, inside.at(-1) as number];
    const name = `${least === most ? shown(least) : `${shown(least)} to ${shown(most)}`} ${unit}`.trim();
    return [{ by, name, of, has: (index) => (numbers[index] as number) > below && (numbers[index] as number) <= high }];
  });
}

const shown = (value: number): string => (Number.isInteger(value) ? String(value) : value.toPrecision(3));

const everyIndex = (size: number): Int32Array => Int32Array.from({ length: size }, (_, index) => index);

function countsOf({ byUser, users, items }: Part, of: Slice["of"]): Float64Array {
  const counts = new Float64Array(of === "users" ? users.size : items.size);
  if (of === "items") for (const item of byUser.items) counts[item] = (counts[item] as number) + 1;
  else {
    for (let user = 0; user < counts.length; user++) {
      counts[user] = (byUser.offsets[user + 1] as number) - (byUser.offsets[user] as number);
    }
  }
  return counts;
}
