import { filledRows } from "../evaluate/blocks.ts";
import { type NegativesOf, rankListed } from "../evaluate/listed.ts";
import type { Ranked, RankingTask } from "../evaluate/ranked.ts";
import { checkRanked } from "../evaluate/ranking.ts";
import { rowOf, union } from "../evaluate/rows.ts";
import { sampler } from "../evaluate/sampled.ts";
import type { ScoreSource } from "../evaluate/types.ts";
import { givesWay } from "./turns.ts";

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
