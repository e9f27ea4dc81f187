import { type Csr, filledRows, rowOf, stack } from "../core/csr.ts";
import { union } from "../core/sorted.ts";
import { blocksOf, checkScores } from "./blocks.ts";
import { collect, type Ranked, type RankedUser, type RankingTask } from "./ranked.ts";
import { settleTies } from "./ties.ts";
import type { ScoreSource } from "./types.ts";

/**
 * Ranks each user's held-out items among all items but those of the user's training and validation. The source streams over
 * the catalogue itself, so memory depends on the size of a block of users and not on users x items.
 */
export function rankFull(source: ScoreSource, task: RankingTask): Promise<Ranked> {
  return collect(rankedBlocks(source, task), task);
}

async function* rankedBlocks(source: ScoreSource, task: RankingTask): AsyncGenerator<readonly RankedUser[]> {
  for (const users of blocksOf(filledRows(task.test.byUser), task)) {
    const targets = stack(Array.from(users, (user) => union(rowOf(task.test.byUser, user))));
    const exclude = stack(Array.from(users, (user) => knownItems(task, user)));
    await checkTargets(source, users, targets);
    const { greater, equal, candidates } = await source.ranks({ users, targets, exclude });
    yield Array.from(users, (user, row) => {
      const [from, to] = [targets.offsets[row], targets.offsets[row + 1]];
      const standing = { greater: greater.subarray(from, to), equal: equal.subarray(from, to) };
      const own = targets.items.subarray(from, to);
      const places = settleTies(standing, own, { user, seed: task.seed });
      return { user, targets: own, places, candidates: candidates[row] as number };
    });
  }
}

/** Training and validation items of a user, ascending. */
export function knownItems({ train, validation }: RankingTask, user: number): Int32Array {
  const trained = rowOf(train.byUser, user);
  return validation ? union(trained, rowOf(validation.byUser, user)) : trained;
}

/** A target whose score is NaN would count as beaten by nobody. */
async function checkTargets(source: ScoreSource, users: Int32Array, targets: Csr): Promise<void> {
  const owners = new Int32Array(targets.items.length);
  for (const [row, user] of users.entries()) owners.fill(user, targets.offsets[row], targets.offsets[row + 1]);
  checkScores(await source.score(owners, targets.items), owners, targets.items);
}
