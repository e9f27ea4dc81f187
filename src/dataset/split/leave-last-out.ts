import { checkInteractions } from "../../core/argument.ts";
import type { Warning } from "../../ingest/index.ts";
import { Interactions } from "../interactions.ts";
import { ordered } from "../time-order.ts";
import { inTime } from "../timed.ts";
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
  checkInteractions(interactions, "leaveLastOut(interactions)");
  const events = inOrder(interactions, seed);
  const part = lastOnes(events, { first: TEST, second: validation ? VALIDATION : TRAIN, least: LEAST });
  const ties = lastTies(interactions, LEAST);
  const warnings = [...noTimes(interactions), ...tieWarnings(ties)];
  return cut(events, part, { kind: "leave-last-out", seed, validation, ties, warnings });
}

type Rows = Pick<Interactions, "byUser">;

interface LastOnes {
  /** Part of each user's last interaction, and of the last but one. */
  readonly first: number;
  readonly second: number;
  /** Users with fewer are left alone. */
  readonly least: number;
}

/** The same interactions in an order that is total, for their parts as well: see `ordered`. */
export function inOrder(interactions: Interactions, seed: number): Interactions {
  if (interactions.byUser.order) return interactions;
  const { byUser, recorded } = ordered(interactions, seed);
  return new Interactions(interactions.users, interactions.items, byUser, recorded);
}

/** Part numbers in which each user's last interactions (by `inTime`) stand out from training. */
export function lastOnes({ byUser }: Rows, { first, second, least }: LastOnes): Uint8Array {
  const { offsets, items } = byUser;
  const part = new Uint8Array(items.length).fill(TRAIN);
  const compare = inTime(byUser);
  for (let user = 0; user + 1 < offsets.length; user++) {
    const [start, end] = [offsets[user] ?? 0, offsets[user + 1] ?? 0];
    if (end - start < least) continue;
    let [last, before] = [start, -1];
    for (let at = start + 1; at < end; at++) {
      if (compare(at, last) > 0) [last, before] = [at, last];
      else if (before < 0 || compare(at, before) > 0) before = at;
    }
    part[last] = first;
    if (before >= 0) part[before] = second;
  }
  return part;
}

export function noTimes({ byUser: { times } }: Interactions): Warning[] {
  if (times !== undefined) return [];
  const message = "There are no times, so a random interaction of each user is held out instead of the last one.";
  return [{ code: "no-times", message }];
}
