import { hash, STREAM } from "../core/random.ts";
import { nthMissing, union } from "../core/sorted.ts";
import { choose } from "./choose.ts";
import { knownItems } from "./full.ts";
import { type NegativesOf, rankListed } from "./listed.ts";
import type { Ranked, RankingTask } from "./ranked.ts";
import type { ScoreSource } from "./types.ts";

/**
 * Ranks each user's held-out items among `negatives` items drawn uniformly, without replacement, from those that the user
 * has met neither in training nor in validation nor in the test; all of them where there are fewer. The draw depends on
 * (seed, user) alone, so every model is asked the same question.
 */
export function rankSampled(source: ScoreSource, task: RankingTask, negatives: number): Promise<Ranked> {
  return rankListed(source, task, sampler(task, negatives));
}

/** The sampled negatives of a user, ascending. */
export function sampler(task: RankingTask, negatives: number): NegativesOf {
  return (user, targets) => {
    const known = union(knownItems(task, user), targets);
    const unknown = task.train.items.size - known.length;
    return choose(negatives, unknown, (i) => hash(task.seed, STREAM.candidates, user, i)).map((nth) =>
      nthMissing(known, nth),
    );
  };
}
