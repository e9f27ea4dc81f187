import type { Warning } from "../../ingest/index.ts";
import type { Interactions } from "../interactions.ts";
import { isBefore } from "../timed.ts";

/** Users whose last interaction time alone does not tell. */
export interface Ties {
  /** Users with several interactions at their last time, among those who have enough to hold one out. */
  readonly users: number;
  /** Users who have enough to hold one out. */
  readonly of: number;
  /** What then decides: the place in the source, or a draw where the source is in no order of time. */
  readonly decidedBy: "source-order" | "seed";
}

/** Counts ties at the last time; users with fewer than `least` interactions are left out. Undefined without times. */
export function lastTies({ users, byUser }: Interactions, least: number): Ties | undefined {
  const { offsets, times, order } = byUser;
  if (times === undefined) return undefined;
  let [tied, of] = [0, 0];
  for (let user = 0; user < users.size; user++) {
    const [start, end] = [offsets[user] ?? 0, offsets[user + 1] ?? 0];
    if (end - start < least) continue;
    of++;
    let [last, count] = [times[start] ?? Number.NaN, 1];
    for (let at = start + 1; at < end; at++) {
      const time = times[at] ?? Number.NaN;
      if (isBefore(last, time)) [last, count] = [time, 1];
      else if (!isBefore(time, last)) count++;
    }
    if (count > 1) tied++;
  }
  return { users: tied, of, decidedBy: order ? "source-order" : "seed" };
}

/** Ties in words; nothing where there are none. */
export function tieWarnings(ties: Ties | undefined): Warning[] {
  if (ties === undefined || ties.users === 0) return [];
  const how =
    ties.decidedBy === "source-order"
      ? "the order of the file decides between them"
      : "the file is not in order of time, so the seed draws one of them";
  const message = `${ties.users} of ${ties.of} users have several interactions at their last time; ${how}.`;
  return [{ code: "tied-times", message }];
}
