import { checkInteractions } from "../../core/argument.ts";
import { fail } from "../../core/errors.ts";
import type { Warning } from "../../ingest/index.ts";
import type { Interactions } from "../interactions.ts";
import { checkShares, cut, NOWHERE, type Split, TEST, TRAIN, VALIDATION } from "./split.ts";

export interface TimeOptions {
  /** Share of the interactions, the latest ones. Default 0.2. */
  readonly test?: number;
  /** Share before those. Default 0: no validation part. */
  readonly validation?: number;
  /** Keep held-out interactions of users who have none in training. Default false: dropped, with a warning. */
  readonly keepNewUsers?: boolean;
}

/**
 * Cuts at one instant for everybody: training is what happened before it. Interactions of the same second are never torn
 * apart, so a share is met as nearly as that allows. Interactions without a time are training.
 *
 * Throws DATA_SPLIT without times, or when they are all the same.
 */
export function timeSplit(
  interactions: Interactions,
  { test = 0.2, validation = 0, keepNewUsers = false }: TimeOptions = {},
): Split {
  checkInteractions(interactions, "timeSplit(interactions)");
  checkShares(test, validation);
  const times = timesOf(interactions);
  const sorted = times.filter((time) => !Number.isNaN(time)).sort();
  const instant = (share: number): number =>
    sorted[Math.floor(sorted.length * (1 - share))] ?? Number.POSITIVE_INFINITY;
  const [testFrom, validationFrom] = [instant(test), instant(test + validation)];
  const part = new Uint8Array(interactions.size);
  for (let at = 0; at < part.length; at++) {
    const time = times[at] ?? Number.NaN;
    part[at] = time >= testFrom ? TEST : time >= validationFrom ? VALIDATION : TRAIN;
  }
  const dropped = keepNewUsers ? 0 : dropNewUsers(interactions, part);
  return cut(interactions, part, { kind: "time", seed: 0, validation: validation > 0, warnings: newUsers(dropped) });
}

/** Throws DATA_SPLIT where there are none; `what` needs them. */
export function timesOf({ byUser: { times } }: Interactions, what = "A time split"): Float64Array {
  if (times) return times;
  return fail("DATA_SPLIT", {
    what: `${what} needs times`,
    received: "interactions without any",
    fix: "Name the time column when importing (--time), or use the ratio split.",
  });
}

/** Takes out what users without training interactions have in the other parts; returns how much that is. */
export function dropNewUsers({ users, byUser: { offsets } }: Interactions, part: Uint8Array): number {
  let dropped = 0;
  for (let user = 0; user < users.size; user++) {
    const row = part.subarray(offsets[user], offsets[user + 1]);
    if (row.includes(TRAIN)) continue;
    dropped += row.reduce((count, place) => count + (place === NOWHERE ? 0 : 1), 0);
    row.fill(NOWHERE);
  }
  return dropped;
}

export function newUsers(dropped: number): Warning[] {
  if (dropped === 0) return [];
  return [
    { code: "new-users", message: `${dropped} held-out interactions of users without earlier ones are left out.` },
  ];
}
