import { hash, STREAM } from "../../core/random.ts";
import type { Warning } from "../../ingest/index.ts";
import type { Interactions } from "../interactions.ts";
import { isBefore } from "../timed.ts";
import { cut, LEAST, type Split, TEST, TRAIN, VALIDATION } from "./split.ts";
import { lastTies, tieWarnings } from "./ties.ts";

export interface LeaveLastOutOptions {
  /** Hold out the last but one as well. The test part does not depend on it. Default false. */
  readonly validation?: boolean;
  /** Only used where times are equal or missing, and the source is in no order of time. Default 0. */
  readonly seed?: number;
}

/**
 * Holds out each user's last interaction, by time. Of equal times the one later in the source counts as later (in a source
 * with the newest first, the earlier one); where the source is in no order of time (see `sourceOrder`), hash(seed, user,
 * item) decides. Unknown times come first. Without any times a random interaction of each user is held out instead, with a
 * warning; so it is told how many users tie. Users with one or two interactions stay in training.
 *
 * Throws DATA_SPLIT when no user has three.
 */
export function leaveLastOut(
  interactions: Interactions,
  { validation = false, seed = 0 }: LeaveLastOutOptions = {},
): Split {
  const part = lastOnes(interactions, { first: TEST, second: validation ? VALIDATION : TRAIN, least: LEAST, seed });
  const ties = lastTies(interactions, LEAST);
  const warnings = [...noTimes(interactions), ...tieWarnings(ties)];
  return cut(interactions, part, { kind: "leave-last-out", seed, validation, ties, warnings });
}

type Rows = Pick<Interactions, "byUser">;

interface LastOnes {
  /** Part of each user's last interaction, and of the last but one. */
  readonly first: number;
  readonly second: number;
  /** Users with fewer are left alone. */
  readonly least: number;
  readonly seed: number;
}

/** Part numbers in which each user's last interactions stand out from training. */
export function lastOnes(interactions: Rows, { first, second, least, seed }: LastOnes): Uint8Array {
  const { offsets, items } = interactions.byUser;
  const part = new Uint8Array(items.length).fill(TRAIN);
  const isLater = later(interactions, seed);
  for (let user = 0; user + 1 < offsets.length; user++) {
    const [start, end] = [offsets[user] ?? 0, offsets[user + 1] ?? 0];
    if (end - start < least) continue;
    let [last, before] = [start, -1];
    for (let at = start + 1; at < end; at++) {
      if (isLater(at, last, user)) [last, before] = [at, last];
      else if (before < 0 || isLater(at, before, user)) before = at;
    }
    part[last] = first;
    if (before >= 0) part[before] = second;
  }
  return part;
}

/** The total order "entry a of a user is later than entry b", where a and b are positions. */
function later({ byUser: { items, times, order } }: Rows, seed: number) {
  const draw = (at: number, user: number): number => hash(seed, STREAM.split, user, items[at] ?? 0);
  return (a: number, b: number, user: number): boolean => {
    const [x, y] = [times?.[a] ?? Number.NaN, times?.[b] ?? Number.NaN];
    if (isBefore(x, y) || isBefore(y, x)) return isBefore(y, x);
    const [first, second] = order ? [order[a] ?? 0, order[b] ?? 0] : [draw(a, user), draw(b, user)];
    return first !== second ? first > second : a > b;
  };
}

export function noTimes({ byUser: { times } }: Interactions): Warning[] {
  if (times !== undefined) return [];
  const message = "There are no times, so a random interaction of each user is held out instead of the last one.";
  return [{ code: "no-times", message }];
}
