import { rowOf } from "../core/csr.ts";
import { fail } from "../core/errors.ts";
import { rankListed } from "./listed.ts";
import type { Ranked, RankingTask } from "./ranked.ts";
import type { ScoreSource } from "./types.ts";

/**
 * Ranks each user's held-out items among the candidates that the split came with. Candidates are a set: a repeated one, or
 * one that is the held-out item itself, counts once. (The file of the NCF paper has 156 of the latter; its authors keep
 * scores in a dictionary by item, which amounts to the same: those lists are one shorter.) Items of the user's training
 * stay if they are listed. Throws EVAL_CANDIDATES where there are none.
 */
export function rankGiven(source: ScoreSource, task: RankingTask): Promise<Ranked> {
  const { candidates } = task;
  if (!candidates) {
    return fail("EVAL_CANDIDATES", { what: "This split comes without candidates", received: "protocol given" });
  }
  return rankListed(source, task, (user) => {
    const row = rowOf(candidates, user);
    if (row.length > 0) return row;
    return fail("EVAL_CANDIDATES", {
      what: `User index ${user} has a held-out item and no candidates`,
      details: { user },
    });
  });
}
