import { columnTotals } from "../evaluate/bootstrap.ts";
import { measureUsers } from "../evaluate/measure.ts";
import type { Ranked } from "../evaluate/ranked.ts";
import { givesWay } from "./turns.ts";

/** Users measured at a time. */
const PORTION = 64;

/** Every ranking metric's mean over users, by label. */
export async function rankingMeans(ranked: Ranked, k: number): Promise<Record<string, number>> {
  const totals: Record<string, number> = {};
  const giveWay = givesWay();
  for (let start = 0; start < ranked.users.length; start += PORTION) {
    const table = measureUsers(portion(ranked, start, start + PORTION), k);
    const sums = columnTotals(table);
    for (const [i, label] of table.labels.entries()) totals[label] = (totals[label] ?? 0) + (sums[i] ?? 0);
    await giveWay();
  }
  return Object.fromEntries(Object.entries(totals).map(([label, total]) => [label, total / ranked.users.length]));
}

/** The users [start, end); offsets still point into all positions. */
const portion = ({ users, offsets, candidates, heldOut, ...items }: Ranked, start: number, end: number): Ranked => ({
  ...items,
  users: users.subarray(start, end),
  offsets: offsets.subarray(start, end + 1),
  candidates: candidates.subarray(start, end),
  heldOut: heldOut.subarray(start, end),
});
