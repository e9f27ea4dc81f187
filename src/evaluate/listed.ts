import { filledRows, rowOf, stack } from "../core/csr.ts";
import { lowerBound, union } from "../core/sorted.ts";
import { blocksOf, checkScores } from "./blocks.ts";
import { collect, type Ranked, type RankedUser, type RankingTask } from "./ranked.ts";
import { settleTies, standing } from "./ties.ts";
import type { ScoreSource } from "./types.ts";

/** Items that one user's targets are ranked against; targets among them count once. */
export type NegativesOf = (user: number, targets: Int32Array) => Int32Array;

/** Ranks each user's held-out items among themselves and a short list of other items, by scoring that list alone. */
export function rankListed(source: ScoreSource, task: RankingTask, negativesOf: NegativesOf): Promise<Ranked> {
  return collect(rankedBlocks(source, task, negativesOf), task);
}

async function* rankedBlocks(
  source: ScoreSource,
  task: RankingTask,
  negativesOf: NegativesOf,
): AsyncGenerator<readonly RankedUser[]> {
  for (const users of blocksOf(filledRows(task.test.byUser), task)) {
    const targets = Array.from(users, (user) => union(rowOf(task.test.byUser, user)));
    const lists = stack(Array.from(users, (user, row) => union(at(targets, row), negativesOf(user, at(targets, row)))));
    const owners = new Int32Array(lists.items.length);
    for (const [row, user] of users.entries()) owners.fill(user, lists.offsets[row], lists.offsets[row + 1]);
    const scores = await source.score(owners, lists.items);
    checkScores(scores, owners, lists.items);
    yield Array.from(users, (user, row) => {
      const list = rowOf(lists, row);
      const own = at(targets, row);
      const listed = scores.subarray(lists.offsets[row], lists.offsets[row + 1]);
      const places = own.map((target) => lowerBound(list, target));
      const settled = settleTies(standing(listed, places), own, { user, seed: task.seed });
      const logits = task.logits
        ? { all: listed, targets: Float32Array.from(places, (place) => listed[place] as number) }
        : undefined;
      return { user, targets: own, places: settled, candidates: list.length, logits };
    });
  }
}

const at = (rows: readonly Int32Array[], row: number) => rows[row] as Int32Array;
