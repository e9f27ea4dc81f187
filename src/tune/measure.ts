import type { Csr } from "../engine/contract.ts";
import {
  type Interval,
  meanIntervals,
  measureUsers,
  type ProtocolName,
  rankUsers,
  ratingSums,
  summarizeRating,
  type UserMetrics,
} from "../evaluate/index.ts";
import { checkLogloss, checkMetric, type Run, scoresLogits, type TrainingData } from "../train/index.ts";

/** What trials are chosen by. */
export interface Question {
  readonly train: TrainingData;
  /** Held out; never the test part. */
  readonly validation: TrainingData;
  readonly candidates?: Csr | undefined;
  /** `ndcg@10`, `rmse` … */
  readonly metric: string;
  readonly protocol: ProtocolName;
  readonly relevant?: string | undefined;
  readonly seed: number;
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
}

/** The metric of a run with its interval, and every user's part of it. */
export interface Answer extends Interval {
  readonly users: UserMetrics;
}

export const lowerIsBetter = (metric: string): boolean => checkMetric(metric).lowerIsBetter;

/** Measures a run, which has learned from the training part alone, on all of the validation part. */
export async function measureRun(run: Run, question: Question): Promise<Answer> {
  const { metric: label, validation: test, train, candidates, protocol, relevant, seed, threads, signal } = question;
  const metric = checkMetric(label);
  using scorer = run.scorer(threads, test);
  if (metric.kind === "rating") {
    const users = await ratingSums(scorer, { test, seed, signal });
    return { users, ...(summarizeRating(users, { seed }).metrics[label] as Interval) };
  }
  const logits = scoresLogits(run);
  checkLogloss({ metric, protocol, logits });
  const ranked = await rankUsers(scorer, { train, test, candidates, protocol, relevant, logits, seed, signal });
  const users = measureUsers(ranked, metric.k);
  const interval = meanIntervals(users, { seed })[label] as Interval;
  return { users, ...interval };
}
