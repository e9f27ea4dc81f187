import { filledRows, rowOf } from "../../core/csr.ts";
import { union } from "../../core/sorted.ts";
import { givesWay } from "../../core/turns.ts";
import { columnTotals } from "../../evaluate/bootstrap.ts";
import { type NegativesOf, rankListed } from "../../evaluate/listed.ts";
import { measureUsers } from "../../evaluate/measure.ts";
import type { Ranked, RankingTask } from "../../evaluate/ranked.ts";
import { checkRanked } from "../../evaluate/ranking.ts";
import { sampler } from "../../evaluate/sampled.ts";
import type { ScoreSource } from "../../evaluate/types.ts";

/** At most so many candidates are kept in memory; beyond, they are drawn again for every validation. */
const KEPT = 1 << 24;

/**
 * The sampled candidates of every held-out user: those of the sampled protocol, drawn once for all validations of a run, in
 * small portions between which other work gets its turn.
 */
export async function drawCandidates(task: RankingTask, negatives: number): Promise<NegativesOf> {
  const draw = sampler(task, negatives);
  const users = filledRows(task.test.byUser);
  if (users.length * negatives > KEPT) return draw;
  const kept = new Map<number, Int32Array>();
  const giveWay = givesWay();
  for (const user of users) {
    kept.set(user, draw(user, union(rowOf(task.test.byUser, user))));
    await giveWay();
  }
  return (user, targets) => kept.get(user) ?? draw(user, targets);
}

/** Ranks held-out items among candidates drawn before. Throws EVAL_EMPTY where there is nothing to rank. */
export async function rankDrawn(source: ScoreSource, task: RankingTask, candidates: NegativesOf): Promise<Ranked> {
  const ranked = await rankListed(source, task, candidates);
  checkRanked(ranked, task);
  return ranked;
}

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
const portion = (
  { users, offsets, candidates, heldOut, logLosses, ...items }: Ranked,
  start: number,
  end: number,
): Ranked => ({
  ...items,
  users: users.subarray(start, end),
  offsets: offsets.subarray(start, end + 1),
  candidates: candidates.subarray(start, end),
  heldOut: heldOut.subarray(start, end),
  logLosses: logLosses?.subarray(start, end),
});
